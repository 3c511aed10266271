"""Work of a task: a job for a handler, or an expression that the engine computes itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression, static
from bpmn_engine.expressions.feel.text import to_text
from bpmn_engine.instance.changes import JobCreated
from bpmn_engine.instance.state import Job, Kind
from bpmn_engine.instance.variables import json_value
from bpmn_engine.model import Extensions, FlowNode, JobDefinition, Script

if TYPE_CHECKING:
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token

DEFAULT_RETRIES = 3


@dataclass(frozen=True, slots=True)
class Work:
    """A script if there is one, else a job."""

    job: JobDefinition
    script: Script | None
    extensions: Extensions

    def own_wait(self) -> Kind | None:
        """A job, unless the engine computes the result itself."""
        return Kind.JOB if self.script is None else None

    def start(self, step: Step, token: Token) -> None:
        """Compute the expression, or create the job and wait for it."""
        if self.script is not None:
            value = json_value(step.evaluate(self.script.expression, token.key))
            step.become_active(token)
            step.complete_with(token, {self.script.result_variable: value} if self.script.result_variable else {})
        else:
            step.become_active(token, JobCreated(step.now, new_job(step, token, self.job, self.extensions)))


def new_job(step: Step, token: Token, job: JobDefinition, extensions: Extensions) -> Job:
    """A job for a token; a `Failure` if its type or retries cannot be computed."""
    kind = step.evaluate(job.type, token.key)
    if not isinstance(kind, str) or not kind:
        raise Failure(
            "EXTRACT_VALUE_ERROR",
            f"The job type '{job.type.text}' evaluates to {kind!r}; expected the name of a handler.",
        )
    retries = first_retries(step, token, job)
    headers = extensions.headers
    if extensions.computed_headers:
        headers = {**headers, **_computed(step, token, extensions.computed_headers)}
    return Job(next(step.keys), token.key, token.element_id, kind, retries, headers)


def _computed(step: Step, token: Token, headers: Mapping[str, Expression]) -> dict[str, str]:
    """Convert header values to strings: null becomes empty, anything else what FEEL's string() gives."""
    return {name: to_text(step.evaluate(source, token.key)) or "" for name, source in headers.items()}


def first_retries(step: Step, token: Token, job: JobDefinition | None) -> int:
    """How often a job is tried: as drawn, else three times; a `Failure` if that cannot be computed."""
    if job is None or job.retries is None:
        return DEFAULT_RETRIES
    value = step.evaluate(job.retries, token.key)
    try:
        retries = int(str(value))
    except ValueError:
        retries = -1
    if retries < 0:
        raise Failure(
            "EXTRACT_VALUE_ERROR",
            f"The retries '{job.retries.text}' evaluate to {value!r}; expected a whole number, 0 or more.",
        )
    return retries


def work_of(node: FlowNode, job: JobDefinition | None = None) -> Work:
    """Read the work of a task from its extensions; without any, the element id is the job type."""
    extensions = node.extensions
    return Work(job or extensions.job or JobDefinition(static(node.id)), extensions.script, extensions)
