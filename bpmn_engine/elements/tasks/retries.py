"""The pause before a job that failed is tried again.

1. What the worker says counts first (see `FailJob`), then what is drawn, then 1, 2, 4 ... seconds, at most five
   minutes.
2. How often it has failed is not kept: it is the tries that were drawn without those that are left. An operator who
   gives a job more tries lets the pauses begin anew.
3. Each pause is up to a fifth shorter than that, so that jobs which failed together are not tried together. By how much
   follows from the job's key: a step that is repeated gives the same.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zlib import crc32

from bpmn_engine.elements.tasks.work import first_retries
from bpmn_engine.errors import Failure

if TYPE_CHECKING:
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Job
    from bpmn_engine.model import JobDefinition

#: The first pause, in seconds, and the longest one.
FIRST, MAX_RETRY_DELAY = 1, timedelta(minutes=5)
#: The part of a pause by which it may be shorter.
SPREAD = 0.2


def retry_delay(step: Step, job: Job, retries: int) -> timedelta:
    """Return the time until the next try of a job that has failed and has so many tries left."""
    definition = _definition(step, job)
    if definition is not None and definition.backoff:
        pauses = definition.backoff
        drawn = pauses[min(len(pauses), max(len(pauses) + 1 - retries, 1)) - 1]
        return drawn.after(step.now) - step.now
    failures = max(_first(step, job, definition) - retries, 1)
    longest = MAX_RETRY_DELAY.total_seconds()
    pause = min(FIRST * 2 ** (min(failures, 32) - 1), longest)
    return timedelta(seconds=round(pause * (1 - SPREAD * _share(job.key, failures)), 3))


def _definition(step: Step, job: Job) -> JobDefinition | None:
    """What was drawn for a job of an element, of its event definition, or of a listener."""
    node = step.element(step.instance.tokens[job.token_key]).node
    if job.event is not None:
        return next((listener.job for listener in node.extensions.listeners if listener.event == job.event), None)
    drawn = (definition.extensions.job for definition in node.event_definitions)
    return node.extensions.job or next(filter(None, drawn), None)


def _first(step: Step, job: Job, definition: JobDefinition | None) -> int:
    try:
        return first_retries(step, step.instance.tokens[job.token_key], definition)
    except Failure:  # a variable has changed meanwhile
        return job.retries


def _share(key: int, failures: int) -> float:
    """A number from 0 to 1 that differs from job to job and from try to try."""
    return crc32(f"{key}/{failures}".encode()) / 0xFFFFFFFF
