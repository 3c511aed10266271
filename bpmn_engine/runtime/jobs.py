"""Activated jobs, and the protocol by which the loop uses this process's own handlers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from bpmn_engine.instance.state import JobKind, UserTask

#: What the names of the threads that run handlers begin with.
HANDLER_THREAD = "bpmn-handler-"


class ActivatedJob(NamedTuple):
    """A job with what its handler needs to know."""

    key: int
    type: str
    instance_key: int
    definition_key: int
    process_id: str
    version: int
    element_id: str
    token_key: int
    retries: int
    headers: Mapping[str, str]
    worker: str
    deadline: datetime
    variables: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    business_id: str | None = None
    kind: JobKind = JobKind.BPMN_ELEMENT
    event: str | None = None
    root_key: int = 0
    task: UserTask | None = None
    lapses: int = 0

    @property
    def is_suspect(self) -> bool:
        """Whether its lock has run out without an answer more than once."""
        return self.lapses > 1


class JobRunner(Protocol):
    """Runs jobs with the Python handlers of this process (see `bpmn_engine.worker`)."""

    def types(self) -> frozenset[str]:
        """The job types that have a handler here."""
        ...

    def room(self) -> int:
        """The number of jobs that it can still take."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether it has no job, and no result that is still to be reported."""
        ...

    def room_for_suspects(self) -> int:
        """The number of suspect jobs that it can still take."""
        ...

    def take(self, job: ActivatedJob) -> None:
        """Run a job and report its result to the engine."""
        ...

    def forget(self) -> None:
        """Drop all jobs: they belong to other nodes by now, and their results are not reported."""
        ...

    def stop(self, patience: float) -> None:
        """Let running handlers finish within so many seconds; give the other jobs back."""
        ...


def in_handler() -> bool:
    """Whether a job handler of this process makes this call."""
    return threading.current_thread().name.startswith(HANDLER_THREAD)
