"""The state of one process instance. Only `Change.happen` writes to it.

1. A token is in one flow node, or waits on one sequence flow in front of a joining gateway; it never changes its role.
2. A scope (the process, a sub-process) is a token that owns child tokens and variables.
3. What a token waits for (`Wait`) belongs to it and ends with it. Waits are values, never written to: a new one
   replaces the old one. (They are not frozen, which would cost three times as much to make.)
4. What a scope would need to be compensated (`Compensation`) outlives the activities that have completed in it.
5. `ready` is the agenda: the tokens that can proceed on their own. It follows from the tokens' states, so it survives a
   restart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class TokenState(StrEnum):
    """The state of a token; see docs/states.md."""

    WAITING = "WAITING"
    ACTIVATING = "ACTIVATING"
    ACTIVE = "ACTIVE"
    COMPLETING = "COMPLETING"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"
    CONSUMED = "CONSUMED"


class InstanceState(StrEnum):
    """The state of a process instance. A suspended one takes no step until it is resumed."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


class JobState(StrEnum):
    """FAILED and ERROR_THROWN jobs wait for an operator."""

    CREATED = "CREATED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    ERROR_THROWN = "ERROR_THROWN"
    CANCELED = "CANCELED"


class JobKind(StrEnum):
    """The purpose of a job: the work of an element, or a listener."""

    BPMN_ELEMENT = "BPMN_ELEMENT"
    EXECUTION_LISTENER = "EXECUTION_LISTENER"
    TASK_LISTENER = "TASK_LISTENER"


@dataclass(slots=True)
class Token:
    """A visit of one flow node, or a token waiting on a sequence flow. The root's key is the instance's key.

    `children` and `waits` are ordered sets of keys, or None while they are empty. One iteration of a loop has a
    `loop_counter`, from 1. One that undoes a completed scope has that scope's key in `compensates`. `listeners` counts
    those that have run, the start listeners before the end listeners.
    """

    key: int
    element_id: str
    scope_key: int
    state: TokenState
    flow_id: str | None = None
    loop_counter: int | None = None
    compensates: int | None = None
    listeners: int = 0
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
    kind: JobKind = JobKind.BPMN_ELEMENT
    event: str | None = None


@dataclass(slots=True)
class TaskTransition:
    """A change of a user task that its listeners are asked about: to create, assign, update or complete it."""

    event: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    listeners: int = 0


@dataclass(slots=True)
class UserTask:
    """Work for a person. While it has a `transition` its listeners are at work and any other change is a conflict.

    `denied` is why a listener has refused the last change.
    """

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
    transition: TaskTransition | None = None
    denied: str | None = None


@dataclass(slots=True)
class Timer:
    """A moment to wait for. A repeating one has a schedule (see `event_definitions/schedule.py`)."""

    key: int
    token_key: int
    element_id: str
    due_at: datetime
    schedule: str | None = None
    remaining: int | None = None


class SubscriptionKind(StrEnum):
    """The kind of a subscription. A signal has no correlation key; a condition can start a process."""

    MESSAGE = "MESSAGE"
    SIGNAL = "SIGNAL"
    CONDITION = "CONDITION"


@dataclass(slots=True)
class Subscription:
    """A message or a signal to wait for. A non-interrupting one stays open when it has occurred."""

    key: int
    token_key: int
    element_id: str
    name: str
    correlation_key: str = ""
    interrupting: bool = True
    kind: SubscriptionKind = SubscriptionKind.MESSAGE


@dataclass(slots=True)
class Condition:
    """A condition to wait for; `index` says which of the event's definitions, `holds` what it gave last."""

    key: int
    token_key: int
    element_id: str
    index: int
    holds: bool = False


@dataclass(slots=True)
class Call:
    """A called process instance, whose key this is, to wait for."""

    key: int
    token_key: int
    element_id: str


@dataclass(slots=True)
class Incident:
    """Why a token is stuck."""

    key: int
    token_key: int
    element_id: str
    error_type: str
    message: str
    job_key: int | None = None


class Kind(StrEnum):
    """The kinds of things that have a key and belong to a process instance, by the words of messages."""

    INSTANCE = "process instance"
    ELEMENT_INSTANCE = "element instance"
    JOB = "job"
    USER_TASK = "user task"
    TIMER = "timer"
    SUBSCRIPTION = "subscription"
    CONDITION = "condition"
    CALL = "call"
    INCIDENT = "incident"
    LOOP = "loop"
    COMPENSATION = "compensation"


Wait = Job | UserTask | Timer | Subscription | Condition | Call | Incident


@dataclass(slots=True)
class Compensation:
    """A completed activity that can be undone. `scope_key` is where it completed, `token_key` was its token.

    A scope or an iteration of a loop keeps the local `variables` that it ended with.
    """

    key: int
    scope_key: int
    token_key: int
    element_id: str
    loop_counter: int | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class LoopState:
    """The progress of a multi-instance activity. Its key is that of the body's token.

    `items` is the list as it was when the loop began, None for a mere number of runs. `results` are the output elements
    of the runs that have completed, by loop counter.
    """

    key: int
    total: int
    items: list[Any] | None
    started: int = 0
    terminated: int = 0
    results: dict[int, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Instance:
    """One process instance.

    `revision` counts the transactions that changed it; `start_key` is the correlation key of the message that
    started it; `parent_key` and `parent_token_key` are those of the call activity that did, `root_key` that of the
    outermost caller.
    """

    key: int
    definition_key: int
    state: InstanceState = InstanceState.ACTIVE
    revision: int = 0
    business_id: str | None = None
    tags: tuple[str, ...] = ()
    start_key: str | None = None
    parent_key: int | None = None
    parent_token_key: int | None = None
    root_key: int = 0
    depth: int = 0
    tokens: dict[int, Token] = field(default_factory=dict)
    waits: dict[int, Wait] = field(default_factory=dict)
    variables: dict[int, dict[str, Any]] = field(default_factory=dict)
    variable_keys: dict[int, dict[str, int]] = field(default_factory=dict)
    ready: OrderedDict[int, None] = field(default_factory=OrderedDict)
    joins: dict[int, dict[str, dict[str, dict[int, None]]]] = field(default_factory=dict)
    conditions: dict[int, None] = field(default_factory=dict)
    loops: dict[int, LoopState] = field(default_factory=dict)
    compensations: dict[int, dict[int, Compensation]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root_key = self.root_key or self.key

    def snapshot(self) -> Instance:
        """A copy that later changes do not touch; waits and values are shared, for they are never written to."""
        return replace(
            self,
            tokens={key: _copy(token) for key, token in self.tokens.items()},
            waits=dict(self.waits),
            variables={key: dict(values) for key, values in self.variables.items()},
            variable_keys={key: dict(keys) for key, keys in self.variable_keys.items()},
            ready=OrderedDict(self.ready),
            joins=deepcopy(self.joins),
            conditions=dict(self.conditions),
            loops={key: replace(loop, results=dict(loop.results)) for key, loop in self.loops.items()},
            compensations={key: dict(records) for key, records in self.compensations.items()},
        )

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.state in (InstanceState.COMPLETED, InstanceState.TERMINATED)

    @property
    def suspended(self) -> bool:
        """Whether it takes no step until it is resumed."""
        return self.state is InstanceState.SUSPENDED


def _copy(token: Token) -> Token:
    children = None if token.children is None else dict(token.children)
    waits = None if token.waits is None else dict(token.waits)
    return replace(token, children=children, waits=waits)
