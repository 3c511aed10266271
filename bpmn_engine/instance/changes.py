"""What can happen to a process instance: facts in the past tense, and `apply`, the only place that changes its state.

A change is never written to after it was emitted. The store turns the same changes into rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bpmn_engine.instance.state import (
    Incident,
    Instance,
    InstanceState,
    Job,
    JobState,
    Subscription,
    Timer,
    Token,
    TokenState,
    UserTask,
    Wait,
)


def apply(instance: Instance, change: Change) -> None:
    """Let a change happen to an instance."""
    change.happen(instance)


class Change:
    """Anything that can happen."""

    __slots__ = ()

    def happen(self, instance: Instance) -> None:
        """Write this change to the instance; called by `apply` only."""
        raise NotImplementedError(type(self).__name__)  # pragma: no cover - every change has its own


# the instance


@dataclass(slots=True)
class InstanceStarted(Change):
    at: datetime
    business_id: str | None
    tags: tuple[str, ...]
    start_key: str | None

    def happen(self, instance: Instance) -> None:
        instance.business_id, instance.tags, instance.start_key = self.business_id, self.tags, self.start_key


@dataclass(slots=True)
class InstanceEnded(Change):
    at: datetime
    state: InstanceState

    def happen(self, instance: Instance) -> None:
        instance.state = self.state


# tokens


@dataclass(slots=True)
class TokenCreated(Change):
    """`state` is ACTIVATING in a flow node, WAITING on the flow in front of a join."""

    at: datetime
    key: int
    element_id: str
    scope_key: int
    state: TokenState
    flow_id: str | None

    def happen(self, instance: Instance) -> None:
        token = Token(self.key, self.element_id, self.scope_key, self.state, self.flow_id)
        add_token(instance, token)
        if self.state is TokenState.ACTIVATING:
            instance.ready[self.key] = None


@dataclass(slots=True)
class TokenActivated(Change):
    key: int

    def happen(self, instance: Instance) -> None:
        instance.tokens[self.key].state = TokenState.ACTIVE
        instance.ready.pop(self.key, None)


@dataclass(slots=True)
class TokenCompleting(Change):
    key: int

    def happen(self, instance: Instance) -> None:
        instance.tokens[self.key].state = TokenState.COMPLETING
        instance.ready[self.key] = None


@dataclass(slots=True)
class TokenCompleted(Change):
    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        _remove_token(instance, self.key)


@dataclass(slots=True)
class TokenTerminated(Change):
    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        _remove_token(instance, self.key)


@dataclass(slots=True)
class TokenConsumed(Change):
    """A joining gateway took the token from its flow."""

    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        _remove_token(instance, self.key)


# variables


@dataclass(slots=True)
class VariableSet(Change):
    """`created` tells whether the scope had no variable of that name before."""

    key: int
    scope_key: int
    name: str
    value: Any
    created: bool

    def happen(self, instance: Instance) -> None:
        instance.variables.setdefault(self.scope_key, {})[self.name] = self.value
        if self.created:
            instance.variable_keys.setdefault(self.scope_key, {})[self.name] = self.key


# jobs


@dataclass(slots=True)
class JobCreated(Change):
    at: datetime
    job: Job

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.job)


@dataclass(slots=True)
class JobCompleted(Change):
    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        _remove_wait(instance, self.key)


@dataclass(slots=True)
class JobFailed(Change):
    """`retry_at` is when a worker may have it again; without retries the job is FAILED."""

    at: datetime
    key: int
    retries: int
    message: str
    retry_at: datetime

    def happen(self, instance: Instance) -> None:
        state = JobState.CREATED if self.retries > 0 else JobState.FAILED
        _replace_job(instance, self.key, retries=self.retries, state=state)


@dataclass(slots=True)
class JobErrorThrown(Change):
    """A business error for which the diagram has no catcher; the job waits for an operator."""

    at: datetime
    key: int
    code: str
    message: str

    def happen(self, instance: Instance) -> None:
        _replace_job(instance, self.key, state=JobState.ERROR_THROWN)


@dataclass(slots=True)
class JobRetriesUpdated(Change):
    key: int
    retries: int

    def happen(self, instance: Instance) -> None:
        _replace_job(instance, self.key, retries=self.retries)


@dataclass(slots=True)
class JobReleased(Change):
    """A job that was stuck may be activated again."""

    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        _replace_job(instance, self.key, state=JobState.CREATED)


@dataclass(slots=True)
class JobCanceled(Change):
    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        _remove_wait(instance, self.key)


# user tasks


@dataclass(slots=True)
class UserTaskCreated(Change):
    at: datetime
    task: UserTask

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.task)


@dataclass(slots=True)
class UserTaskUpdated(Change):
    at: datetime
    task: UserTask

    def happen(self, instance: Instance) -> None:
        instance.waits[self.task.key] = self.task


@dataclass(slots=True)
class UserTaskCompleted(Change):
    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        _remove_wait(instance, self.key)


@dataclass(slots=True)
class UserTaskCanceled(Change):
    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        _remove_wait(instance, self.key)


# timers and messages


@dataclass(slots=True)
class TimerScheduled(Change):
    timer: Timer

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.timer)


@dataclass(slots=True)
class TimerRescheduled(Change):
    """A repeating timer fired and waits for its next occurrence."""

    timer: Timer

    def happen(self, instance: Instance) -> None:
        instance.waits[self.timer.key] = self.timer


@dataclass(slots=True)
class TimerEnded(Change):
    """It fired for the last time, or nobody waits for it any more."""

    key: int

    def happen(self, instance: Instance) -> None:
        _remove_wait(instance, self.key)


@dataclass(slots=True)
class SubscriptionOpened(Change):
    subscription: Subscription

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.subscription)


@dataclass(slots=True)
class SubscriptionClosed(Change):
    key: int

    def happen(self, instance: Instance) -> None:
        _remove_wait(instance, self.key)


# incidents


@dataclass(slots=True)
class IncidentRaised(Change):
    at: datetime
    incident: Incident

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.incident)
        instance.ready.pop(self.incident.token_key, None)


@dataclass(slots=True)
class IncidentResolved(Change):
    at: datetime
    key: int

    def happen(self, instance: Instance) -> None:
        token = instance.tokens[instance.waits[self.key].token_key]
        _remove_wait(instance, self.key)
        if is_ready(token):
            instance.ready[token.key] = None


# how state hangs together; the store uses these to rebuild an instance from its rows


def add_token(instance: Instance, token: Token) -> None:
    """Put a token into its scope and, if it waits on a flow, in front of its join."""
    instance.tokens[token.key] = token
    scope = instance.tokens.get(token.scope_key)
    if scope is not None:
        if scope.children is None:
            scope.children = {}
        scope.children[token.key] = None
    if token.state is TokenState.WAITING and token.flow_id is not None:
        join = instance.joins.setdefault((token.scope_key, token.element_id), {})
        join.setdefault(token.flow_id, {})[token.key] = None


def add_wait(instance: Instance, wait: Wait) -> None:
    """Let a token wait for something."""
    instance.waits[wait.key] = wait
    token = instance.tokens[wait.token_key]
    if token.waits is None:
        token.waits = {}
    token.waits[wait.key] = None


def is_ready(token: Token) -> bool:
    """Whether a token without incident can go on by itself."""
    return token.state in (TokenState.ACTIVATING, TokenState.COMPLETING)


def _remove_token(instance: Instance, key: int) -> None:
    token = instance.tokens.pop(key)
    instance.ready.pop(key, None)
    instance.variables.pop(key, None)
    instance.variable_keys.pop(key, None)
    scope = instance.tokens.get(token.scope_key)
    if scope is not None and scope.children is not None:
        del scope.children[key]
        scope.children = scope.children or None
    if token.state is TokenState.WAITING and token.flow_id is not None:
        _leave_join(instance, token, token.flow_id)


def _leave_join(instance: Instance, token: Token, flow_id: str) -> None:
    where = (token.scope_key, token.element_id)
    join = instance.joins[where]
    del join[flow_id][token.key]
    if not join[flow_id]:
        del join[flow_id]
    if not join:
        del instance.joins[where]


def _remove_wait(instance: Instance, key: int) -> None:
    token = instance.tokens[instance.waits.pop(key).token_key]
    assert token.waits is not None
    del token.waits[key]
    token.waits = token.waits or None


def _replace_job(instance: Instance, key: int, **fields: Any) -> None:
    job = instance.waits[key]
    assert isinstance(job, Job)
    instance.waits[key] = replace(job, **fields)
