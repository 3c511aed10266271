"""The waits of tokens as rows: the table of each kind, and how a row becomes a wait.

Loading instances, migrating them, and the checks of a database follow from `WAITS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table

from bpmn_engine.instance.state import (
    Call,
    Condition,
    Incident,
    Job,
    JobKind,
    JobState,
    Kind,
    Subscription,
    SubscriptionKind,
    TaskTransition,
    Timer,
    UserTask,
    Wait,
)
from bpmn_engine.store import tables
from bpmn_engine.store.json import loads


class LiveJob(NamedTuple):
    """A job that has not ended."""

    key: int
    instance_key: int
    token_key: int
    element_id: str
    type: str
    retries: int
    headers: str
    state: str
    kind: str
    event: str | None


class LiveUserTask(NamedTuple):
    """A user task that has not ended."""

    key: int
    instance_key: int
    token_key: int
    element_id: str
    assignee: str | None
    candidate_users: str
    candidate_groups: str
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    form_id: str | None
    form_key: str | None
    external_form: str | None
    transition: str | None
    denied: str | None


class LiveTimer(NamedTuple):
    """A timer of a token."""

    key: int
    instance_key: int
    token_key: int
    element_id: str
    due_at: datetime
    schedule: str | None
    remaining: int | None


class LiveSubscription(NamedTuple):
    """A subscription of a token."""

    key: int
    instance_key: int
    token_key: int
    element_id: str
    name: str
    correlation_key: str
    interrupting: bool
    kind: str


class LiveCondition(NamedTuple):
    """A condition that a token waits for."""

    key: int
    instance_key: int
    token_key: int
    element_id: str
    position: int
    holds: bool


class LiveCall(NamedTuple):
    """A call of a token."""

    key: int
    instance_key: int
    token_key: int
    element_id: str


class LiveIncident(NamedTuple):
    """An incident that is not resolved."""

    key: int
    instance_key: int
    token_key: int
    element_id: str
    error_type: str
    message: str
    job_key: int | None


def _job(row: LiveJob) -> Job:
    headers = loads(row.headers)
    return Job(
        row.key,
        row.token_key,
        row.element_id,
        row.type,
        row.retries,
        headers,
        JobState(row.state),
        JobKind(row.kind),
        row.event,
    )


def _user_task(row: LiveUserTask) -> UserTask:
    return UserTask(
        row.key,
        row.token_key,
        row.element_id,
        row.assignee,
        tuple(loads(row.candidate_users)),
        tuple(loads(row.candidate_groups)),
        row.due_at,
        row.follow_up_at,
        row.priority,
        row.form_id,
        row.form_key,
        row.external_form,
        _transition(row.transition),
        row.denied,
    )


def _transition(text: str | None) -> TaskTransition | None:
    if text is None:
        return None
    event, changes, variables, listeners = loads(text)
    for name in ("due_at", "follow_up_at"):
        if changes.get(name):
            changes[name] = datetime.fromisoformat(changes[name])
    for name in ("candidate_users", "candidate_groups"):
        if name in changes:
            changes[name] = tuple(changes[name])
    return TaskTransition(event, changes, variables, listeners)


def _timer(row: LiveTimer) -> Timer:
    return Timer(row.key, row.token_key, row.element_id, row.due_at, row.schedule, row.remaining)


def _subscription(row: LiveSubscription) -> Subscription:
    return Subscription(
        row.key,
        row.token_key,
        row.element_id,
        row.name,
        row.correlation_key,
        row.interrupting,
        SubscriptionKind(row.kind),
    )


def _condition(row: LiveCondition) -> Condition:
    return Condition(row.key, row.token_key, row.element_id, row.position, row.holds)


def _call(row: LiveCall) -> Call:
    return Call(row.key, row.token_key, row.element_id)


def _incident(row: LiveIncident) -> Incident:
    return Incident(row.key, row.token_key, row.element_id, row.error_type, row.message, row.job_key)


class WaitTable(NamedTuple):
    """Where the waits of one kind are kept.

    `state` is the state of a row whose token has ended, for tables that keep ended rows; others delete them.
    """

    kind: Kind
    wait: type[Wait]
    table: Table
    row: type[Any]
    read: Callable[[Any], Wait]
    state: str | None = None

    @property
    def noun(self) -> str:
        """The kind, as a sentence begins with it."""
        return self.kind.capitalize()


WAITS = (
    WaitTable(Kind.JOB, Job, tables.job, LiveJob, _job, "CANCELED"),
    WaitTable(Kind.USER_TASK, UserTask, tables.user_task, LiveUserTask, _user_task, "CANCELED"),
    WaitTable(Kind.INCIDENT, Incident, tables.incident, LiveIncident, _incident, "RESOLVED"),
    WaitTable(Kind.TIMER, Timer, tables.timer, LiveTimer, _timer),
    WaitTable(Kind.SUBSCRIPTION, Subscription, tables.subscription, LiveSubscription, _subscription),
    WaitTable(Kind.CONDITION, Condition, tables.condition, LiveCondition, _condition),
    WaitTable(Kind.CALL, Call, tables.call, LiveCall, _call),
)

#: The table of each kind of wait.
TABLES: Mapping[type[Wait], Table] = {of.wait: of.table for of in WAITS}
