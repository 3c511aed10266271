"""The state of one process instance. Only `apply` in `changes.py` writes to it.

1. A token is in one flow node, or waits on one sequence flow in front of a joining gateway; it never changes its role.
2. A scope (the process, a sub-process) is a token that owns child tokens and variables.
3. What a token waits for (`Wait`) belongs to it and ends with it. Waits are values, never written to: a new one
   replaces the old one. (They are not frozen, which would cost three times as much to make.)
4. `ready` is the agenda: the tokens that can go on by themselves. It follows from the tokens' states, so it survives a
   restart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class TokenState(StrEnum):
    """Where a token is in its life; see docs/states.md."""

    WAITING = "WAITING"
    ACTIVATING = "ACTIVATING"
    ACTIVE = "ACTIVE"
    COMPLETING = "COMPLETING"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"
    CONSUMED = "CONSUMED"


class InstanceState(StrEnum):
    """Where a process instance is in its life."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


class JobState(StrEnum):
    """FAILED and ERROR_THROWN jobs wait for an operator."""

    CREATED = "CREATED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    ERROR_THROWN = "ERROR_THROWN"
    CANCELED = "CANCELED"


@dataclass(slots=True)
class Token:
    """A visit of one flow node, or a token waiting on a sequence flow. The root's key is the instance's key.

    `children` and `waits` are ordered sets of keys, or None while they are empty.
    """

    key: int
    element_id: str
    scope_key: int
    state: TokenState
    flow_id: str | None = None
    children: dict[int, None] | None = None
    waits: dict[int, None] | None = None


@dataclass(slots=True)
class Job:
    """Work for a handler."""

    key: int
    token_key: int
    element_id: str
    type: str
    retries: int
    headers: Mapping[str, str]
    state: JobState = JobState.CREATED


@dataclass(slots=True)
class UserTask:
    """Work for a person."""

    key: int
    token_key: int
    element_id: str
    assignee: str | None = None
    candidate_users: tuple[str, ...] = ()
    candidate_groups: tuple[str, ...] = ()
    due_at: datetime | None = None
    follow_up_at: datetime | None = None
    priority: int = 50
    form_id: str | None = None
    form_key: str | None = None
    external_form: str | None = None


@dataclass(slots=True)
class Timer:
    """A moment to wait for. A repeating one has a schedule (see `event_definitions/schedule.py`)."""

    key: int
    token_key: int
    element_id: str
    due_at: datetime
    schedule: str | None = None
    remaining: int | None = None


@dataclass(slots=True)
class Subscription:
    """A message to wait for. A non-interrupting one stays open when it has come."""

    key: int
    token_key: int
    element_id: str
    message_name: str
    correlation_key: str
    interrupting: bool = True


@dataclass(slots=True)
class Incident:
    """Why a token is stuck."""

    key: int
    token_key: int
    element_id: str
    error_type: str
    message: str
    job_key: int | None = None


Wait = Job | UserTask | Timer | Subscription | Incident


@dataclass(slots=True)
class Instance:
    """One process instance.

    `revision` counts the transactions that changed it; `start_key` is the correlation key of the message that
    started it.
    """

    key: int
    definition_key: int
    state: InstanceState = InstanceState.ACTIVE
    revision: int = 0
    business_id: str | None = None
    tags: tuple[str, ...] = ()
    start_key: str | None = None
    tokens: dict[int, Token] = field(default_factory=dict)
    waits: dict[int, Wait] = field(default_factory=dict)
    variables: dict[int, dict[str, Any]] = field(default_factory=dict)
    variable_keys: dict[int, dict[str, int]] = field(default_factory=dict)
    ready: OrderedDict[int, None] = field(default_factory=OrderedDict)
    joins: dict[tuple[int, str], dict[str, dict[int, None]]] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.state is not InstanceState.ACTIVE
