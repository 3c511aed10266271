"""The intermediate throw event."""

from __future__ import annotations

from bpmn_engine.elements.element import Element, Source
from bpmn_engine.elements.event_definitions import Position
from bpmn_engine.elements.events.definitions import read_definition


class IntermediateThrowEvent(Element):
    """Passes its token on; without definition it marks a milestone (BPMN 2.0.2, 10.5.4)."""

    tag = "intermediateThrowEvent"
    noun = "Throw event"

    def read(self, source: Source) -> None:
        read_definition(self, source, Position.THROW)
