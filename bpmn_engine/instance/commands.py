"""Commands to a process instance. `at` is the time of the request: the core has no clock of its own."""

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
    """Start at the none start event, at the given flow nodes, or by the event that has occurred (`triggered`)."""

    variables: Variables = field(default_factory=dict)
    start_at: tuple[str, ...] = ()
    triggered: str | None = None
    business_id: str | None = None
    tags: tuple[str, ...] = ()
    start_key: str | None = None


@dataclass(slots=True, kw_only=True)
class CancelInstance(Command):
    """Terminate everything. A called instance is cancelled by its caller only."""

    by_caller: bool = False


@dataclass(slots=True, kw_only=True)
class Continue(Command):
    """Go on with the agenda that the last step's budget left over."""


@dataclass(slots=True, kw_only=True)
class HaltRun(Command):
    """Stop every ready token with an incident: the instance has entered `entered` elements without ever waiting."""

    entered: int


@dataclass(slots=True, kw_only=True)
class CompleteJob(Command):
    """The handler has done the work. A task listener may deny the task's change, or correct fields of the task."""

    job_key: int
    variables: Variables = field(default_factory=dict)
    denied: str | None = None
    corrections: Mapping[str, Any] = field(default_factory=dict)


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
    """Report a business error from a handler."""

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
    """Correlate a message with an open subscription."""

    subscription_key: int
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class CatchSignal(Command):
    """Deliver a signal to an open subscription."""

    subscription_key: int
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class CompleteCall(Command):
    """The called instance has completed with these variables."""

    call_key: int
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ReportLostCall(Command):
    """Report a called instance that has ended (`what`) although its call activity does not wait for it."""

    token_key: int
    call_key: int
    what: str


@dataclass(slots=True, kw_only=True)
class ReportStuck(Command):
    """Raise an incident at a token that is stuck without one, for a job if one is concerned."""

    token_key: int
    error_type: str
    message: str
    job_key: int | None = None


@dataclass(slots=True, kw_only=True)
class RenewWait(Command):
    """Open a missing wait of a token on behalf of an event again."""

    token_key: int
    element_id: str


@dataclass(slots=True, kw_only=True)
class CatchFromCall(Command):
    """The called instance has thrown an error or an escalation (`definition` is the event definition's BPMN name)."""

    call_key: int
    definition: str
    code: str
    message: str = ""
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class CallTerminated(Command):
    """Report that the called instance was cancelled."""

    call_key: int


@dataclass(slots=True, kw_only=True)
class ActivateAdHoc(Command):
    """Activate flow nodes of an ad-hoc sub-process: (element id, its local variables)."""

    token_key: int
    elements: tuple[tuple[str, Variables], ...]
    cancel_remaining: bool = False


@dataclass(slots=True, kw_only=True)
class Suspend(Command):
    """Take no step until `Resume`."""


@dataclass(slots=True, kw_only=True)
class Resume(Command):
    """Go on."""


@dataclass(slots=True)
class Activation:
    """Activate an element: inside the scope instance `ancestor`, or the only one there is.

    `variables` are written to the process (key "") or to the scope or element with that id.
    """

    element_id: str
    ancestor: int | None = None
    variables: tuple[tuple[str, Variables], ...] = ()


@dataclass(slots=True)
class Move:
    """Move tokens to another element: the one token `key`, or all of `element_id`.

    `scope` is "inferred" (the scopes around the source serve the target too), "sourceParent" (its own scope is the
    target's) or "direct" (`ancestor` is a scope of the target).
    """

    target: str
    element_id: str | None = None
    key: int | None = None
    scope: str = "inferred"
    ancestor: int | None = None
    variables: tuple[tuple[str, Variables], ...] = ()


@dataclass(slots=True, kw_only=True)
class ModifyInstance(Command):
    """Activate, terminate and move; all or nothing. `terminate` holds element ids or token keys."""

    activate: tuple[Activation, ...] = ()
    terminate: tuple[str | int, ...] = ()
    move: tuple[Move, ...] = ()


@dataclass(slots=True, kw_only=True)
class MigrateInstance(Command):
    """Go on as another definition. `target` is its executable process; `mapping` maps source ids to target ids."""

    definition_key: int
    target: Any
    mapping: Mapping[str, str]


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
