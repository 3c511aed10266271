"""Flow nodes, sequence flows and event definitions as drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bpmn_engine.expressions import Expression
from bpmn_engine.model.extensions import NO_EXTENSIONS, Extensions

_TRUE = ("true", "1")


#: The largest number of tokens that an activity may gather or send.
MAX_QUANTITY = 100


def is_quantity(text: str) -> bool:
    """Whether this is a number of tokens from 1 to `MAX_QUANTITY`."""
    return text.strip().isdecimal() and len(text.strip()) <= 3 and 1 <= int(text) <= MAX_QUANTITY


def _quantity(text: str) -> int:
    return int(text) if is_quantity(text) else 1


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    """An arrow between two flow nodes of one scope (BPMN 2.0.2, 8.4.13)."""

    id: str
    name: str
    line: int | None
    container: str
    source: str
    target: str
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """The trigger or result of an event; `reference` is the id of its message, signal, error or escalation."""

    id: str
    tag: str
    line: int | None
    reference: str | None = None
    expressions: Mapping[str, Expression] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    extensions: Extensions = NO_EXTENSIONS
    name: str = ""


@dataclass(frozen=True, slots=True)
class LoopCharacteristics:
    """The repetition of an activity: for each item of a list, a number of times, or under a condition (10.3.8)."""

    tag: str
    line: int | None
    attributes: Mapping[str, str] = field(default_factory=dict)
    expressions: Mapping[str, Expression] = field(default_factory=dict)
    extensions: Extensions = NO_EXTENSIONS


@dataclass(frozen=True, slots=True)
class FlowNode:
    """An activity, event or gateway. `tag` is its BPMN name; `container` the process or sub-process that holds it."""

    id: str
    tag: str
    name: str
    line: int | None
    container: str
    incoming: tuple[SequenceFlow, ...] = ()
    outgoing: tuple[SequenceFlow, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    event_definitions: tuple[EventDefinition, ...] = ()
    extensions: Extensions = NO_EXTENSIONS
    loop: LoopCharacteristics | None = None
    lane: str | None = None
    documentation: str = ""

    def has(self, event_definition: str) -> bool:
        """Whether one of its event definitions has this BPMN name."""
        return any(definition.tag == event_definition for definition in self.event_definitions)

    @property
    def is_start(self) -> bool:
        """Whether this is a start event."""
        return self.tag == "startEvent"

    @property
    def is_end(self) -> bool:
        """Whether this is an end event."""
        return self.tag == "endEvent"

    @property
    def is_boundary(self) -> bool:
        """Whether this is a boundary event."""
        return self.tag == "boundaryEvent"

    @property
    def is_exclusive_gateway(self) -> bool:
        """Whether this is an exclusive gateway."""
        return self.tag == "exclusiveGateway"

    @property
    def is_parallel_gateway(self) -> bool:
        """Whether this is a parallel gateway."""
        return self.tag == "parallelGateway"

    @property
    def is_ad_hoc(self) -> bool:
        """Whether this is an ad-hoc sub-process."""
        return self.tag == "adHocSubProcess"

    @property
    def is_user_task(self) -> bool:
        """Whether this is a user task."""
        return self.tag == "userTask"

    @property
    def is_transaction(self) -> bool:
        """Whether this is a transaction."""
        return self.tag == "transaction"

    @property
    def link(self) -> str | None:
        """The name of a link event; None for all others."""
        links = (drawn for drawn in self.event_definitions if drawn.tag == "linkEventDefinition")
        return next((drawn.attributes.get("name", "") for drawn in links), None)

    @property
    def is_link_catch(self) -> bool:
        """Whether this is where a link arrives."""
        return self.tag == "intermediateCatchEvent" and self.link is not None

    @property
    def is_link_throw(self) -> bool:
        """Whether this is where a link leaves."""
        return self.tag == "intermediateThrowEvent" and self.link is not None

    @property
    def is_compensation(self) -> bool:
        """Whether this event throws or catches compensation."""
        return self.has("compensateEventDefinition")

    @property
    def begins_by_itself(self) -> bool:
        """Whether it begins when its scope does, if no flow leads to it and the scope has no start event (13.5.6)."""
        triggered = self.is_boundary or self.triggered_by_event or self.instantiating or self.is_link_catch
        return not (triggered or self.for_compensation)

    @property
    def start_quantity(self) -> int:
        """How many tokens must come before an activity begins (10.3)."""
        return _quantity(self.attributes.get("startQuantity", "1"))

    @property
    def completion_quantity(self) -> int:
        """How many tokens an activity sends along each flow that it takes (10.3)."""
        return _quantity(self.attributes.get("completionQuantity", "1"))

    @property
    def default(self) -> str | None:
        """The id of the default flow."""
        return self.attributes.get("default")

    @property
    def attached_to(self) -> str | None:
        """The activity that a boundary event sits on."""
        return self.attributes.get("attachedToRef")

    @property
    def triggered_by_event(self) -> bool:
        """Whether this is an event sub-process."""
        return self.attributes.get("triggeredByEvent") in _TRUE

    @property
    def for_compensation(self) -> bool:
        """Whether this is a compensation handler."""
        return self.attributes.get("isForCompensation") in _TRUE

    @property
    def instantiating(self) -> bool:
        """Whether a receive task or event-based gateway starts the process."""
        return self.attributes.get("instantiate") in _TRUE

    @property
    def parallel_multiple(self) -> bool:
        """Whether all event definitions must occur, and not one of them (10.5.5)."""
        return self.attributes.get("parallelMultiple") in _TRUE

    @property
    def interrupting(self) -> bool:
        """Whether a boundary event ends its activity, or the start of an event sub-process its scope."""
        name = "cancelActivity" if self.is_boundary else "isInterrupting"
        return self.attributes.get(name, "true") not in ("false", "0")
