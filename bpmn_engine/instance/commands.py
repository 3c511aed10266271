"""What may be asked of a process instance. `at` is the time of the request: the core has no clock of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Variables = Mapping[str, Any]

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Command:
    """Anything that may be asked."""

    at: datetime = _LONG_AGO


@dataclass(slots=True, kw_only=True)
class StartInstance(Command):
    """Start at the none start event, or at the given flow nodes of the process."""

    variables: Variables = field(default_factory=dict)
    start_at: tuple[str, ...] = ()
    business_id: str | None = None
    tags: tuple[str, ...] = ()
    start_key: str | None = None


@dataclass(slots=True, kw_only=True)
class CancelInstance(Command):
    """Terminate everything."""


@dataclass(slots=True, kw_only=True)
class Continue(Command):
    """Go on with the agenda that the last step's budget left over."""


@dataclass(slots=True, kw_only=True)
class CompleteJob(Command):
    """The handler has done the work."""

    job_key: int
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class FailJob(Command):
    """The handler could not do the work; with no retries left an incident is raised.

    Without `backoff` the pause before the next try is the one drawn, or one that doubles each time.
    """

    job_key: int
    retries: int
    message: str = ""
    backoff: timedelta | None = None
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ThrowJobError(Command):
    """The handler says that the business cannot go on as drawn."""

    job_key: int
    code: str
    message: str = ""
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class UpdateJobRetries(Command):
    """An operator gives a job more tries."""

    job_key: int
    retries: int


@dataclass(slots=True, kw_only=True)
class CompleteUserTask(Command):
    """A person has done the task."""

    task_key: int
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class AssignUserTask(Command):
    """Give a task to a person; None takes it from whoever has it."""

    task_key: int
    assignee: str | None
    allow_override: bool = True


@dataclass(slots=True, kw_only=True)
class UpdateUserTask(Command):
    """Change fields of a `UserTask`, by name."""

    task_key: int
    changes: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class TriggerTimer(Command):
    """A timer has fallen due."""

    timer_key: int


@dataclass(slots=True, kw_only=True)
class CorrelateMessage(Command):
    """A message has come for an open subscription."""

    subscription_key: int
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ResolveIncident(Command):
    """Try the failed step again."""

    incident_key: int


@dataclass(slots=True, kw_only=True)
class SetVariables(Command):
    """Write variables from outside; `scope_key` 0 is the process."""

    variables: Variables
    scope_key: int = 0
    local: bool = False
