"""The meaning of the vendors' extension elements, in one neutral form. Only `dialects` knows their namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bpmn_engine.expressions import Expression
from bpmn_engine.expressions.iso8601 import Duration

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_EXPRESSIONS: Mapping[str, Expression] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class IoMapping:
    """An input or output mapping; `target` may be a path such as `order.total`."""

    source: Expression
    target: str


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """Work for a handler: its type, how often it is tried and how long to wait in between."""

    type: Expression
    retries: Expression | None = None
    backoff: tuple[Duration, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """The assignee, candidates and dates of a user task."""

    assignee: Expression | None = None
    candidate_users: Expression | None = None
    candidate_groups: Expression | None = None
    due_date: Expression | None = None
    follow_up_date: Expression | None = None
    priority: Expression | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form: one that is deployed (`form_id`), or the key or address of a form kept elsewhere."""

    form_id: str | None = None
    key: Expression | None = None
    external: Expression | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """An expression that the engine computes itself, and the variable for its result."""

    expression: Expression
    result_variable: str | None


@dataclass(frozen=True, slots=True)
class Listener:
    """Work for a handler at a moment in the life of an element: `event` is start, end, creating, completing ..."""

    event: str
    job: JobDefinition
    of_task: bool = False


@dataclass(frozen=True, slots=True)
class CalledElement:
    """The process that a call activity starts, and the variables passed to it and back.

    `binding` is latest, deployment, version or versionTag. Without `inputs` the called process gets all variables that
    the call activity sees if `all_in`; `outputs` and `all_out` likewise on the way back.
    """

    process_id: Expression
    binding: str = "latest"
    version: Expression | None = None
    inputs: tuple[IoMapping, ...] = ()
    outputs: tuple[IoMapping, ...] = ()
    all_in: bool = True
    all_out: bool = True
    business_id: Expression | None = None


@dataclass(frozen=True, slots=True)
class CalledDecision:
    """The decision that a business rule task makes, and the variable for its result.

    `binding` is latest, deployment, version or versionTag. `mapping` says what is made of the rules that matched:
    singleEntry, singleResult, collectEntries or resultList; without one the result is what the hit policy makes it.
    """

    decision_id: Expression
    result_variable: str | None
    binding: str = "latest"
    version: Expression | None = None
    mapping: str | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """The lists of a multi-instance activity or an ad-hoc sub-process."""

    input: Expression | None = None
    input_element: str | None = None
    output: str | None = None
    output_element: Expression | None = None


@dataclass(frozen=True, slots=True)
class ConditionFilter:
    """The variable writes after which a conditional event is evaluated again; empty means any."""

    variables: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Extensions:
    """All that extension elements and attributes add to a BPMN element."""

    job: JobDefinition | None = None
    inputs: tuple[IoMapping, ...] = ()
    outputs: tuple[IoMapping, ...] = ()
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    computed_headers: Mapping[str, Expression] = field(default_factory=lambda: _NO_EXPRESSIONS)
    assignment: Assignment = Assignment()
    form: Form | None = None
    script: Script | None = None
    result_variable: str | None = None
    correlation_key: Expression | None = None
    error_code_variable: str | None = None
    error_message_variable: str | None = None
    error_message: str | None = None
    escalation_code_variable: str | None = None
    listeners: tuple[Listener, ...] = ()
    called: CalledElement | None = None
    decision: CalledDecision | None = None
    collection: Collection | None = None
    condition_filter: ConditionFilter | None = None
    properties: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    version_tag: str | None = None


#: An element without any.
NO_EXTENSIONS = Extensions()
