"""The rows that `reader.py` builds running instances from; values and lists are JSON texts."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class LiveInstance(NamedTuple):
    """A running instance."""

    key: int
    definition_key: int
    state: str
    revision: int
    business_id: str | None
    tags: str
    start_key: str | None
    parent_key: int | None
    parent_token_key: int | None
    root_key: int
    depth: int


class LiveToken(NamedTuple):
    """A token that has not ended."""

    key: int
    instance_key: int
    element_id: str
    scope_key: int
    state: str
    flow_id: str | None
    loop_counter: int | None
    compensates: int | None
    listeners: int


class LiveVariable(NamedTuple):
    """A variable of a live scope."""

    key: int
    instance_key: int
    scope_key: int
    name: str
    value: str


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


class LiveLoop(NamedTuple):
    """A running multi-instance activity or loop."""

    key: int
    instance_key: int
    total: int
    items: str | None


class EndedIteration(NamedTuple):
    """An iteration of a running loop that has ended."""

    instance_key: int
    loop_key: int
    counter: int
    completed: bool
    result: str


class LiveCompensation(NamedTuple):
    """A completed activity that can be compensated."""

    key: int
    instance_key: int
    scope_key: int
    token_key: int
    element_id: str
    loop_counter: int | None
    variables: str
