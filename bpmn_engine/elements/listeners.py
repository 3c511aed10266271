"""Listeners: work for a handler at a moment in the life of an element. They run as jobs, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.tasks.work import new_job
from bpmn_engine.instance.changes import JobCreated, ListenerCompleted
from bpmn_engine.instance.state import Job, JobKind, Token, TokenState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bpmn_engine.elements.step import Step
    from bpmn_engine.model import Listener


def listen(step: Step, token: Token, listeners: tuple[Listener, ...], before: int = 0) -> bool:
    """Ask the next execution listener of a phase, `before` which there were so many; False if all have run."""
    index = token.listeners - before
    if index >= len(listeners):
        return False
    listener = listeners[index]
    job = new_job(step, token, listener.job, step.element(token).node.extensions)
    job.kind, job.event = JobKind.EXECUTION_LISTENER, listener.event
    step.emit(JobCreated(step.now, job))
    return True


def listened(step: Step, job: Job, variables: Mapping[str, Any]) -> None:
    """An execution listener has run: what a start listener gives is local, what an end listener gives goes upwards."""
    token = step.instance.tokens[job.token_key]
    if token.state is TokenState.ACTIVATING or token.scope_key not in step.instance.tokens:
        step.write_locals(token.key, variables)
    else:
        step.write(token.scope_key, variables)
    step.emit(ListenerCompleted(token.key, token.listeners + 1))
