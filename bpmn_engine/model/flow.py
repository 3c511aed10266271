"""Flow nodes, sequence flows and event definitions as drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bpmn_engine.expressions import Expression
from bpmn_engine.model.extensions import NO_EXTENSIONS, Extensions

_TRUE = ("true", "1")


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
    """What an event waits for or does; `reference` is the id of its message, signal, error or escalation."""

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
    """How often an activity runs: for each item of a list, a number of times, or while a condition holds (10.3.8)."""

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

    @property
    def default(self) -> str | None:
        """The id of the default flow."""
        return self.attributes.get("default")

    @property
    def attached_to(self) -> str | None:
        """The activity that a boundary event sits on."""
        return self.attributes.get("attachedToRef")

    @property
    def by_event(self) -> bool:
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
    def interrupting(self) -> bool:
        """Whether a boundary event ends its activity, or the start of an event sub-process its scope."""
        name = "cancelActivity" if self.tag == "boundaryEvent" else "isInterrupting"
        return self.attributes.get(name, "true") not in ("false", "0")
