"""The start event."""

from __future__ import annotations

from bpmn_engine.elements.element import Element, Source
from bpmn_engine.elements.event_definitions import Definition, Position
from bpmn_engine.elements.events.definitions import read_definition


class StartEvent(Element):
    """Where a process or sub-process begins; one with a timer or message starts the process (BPMN 2.0.2, 13.5.1)."""

    tag = "startEvent"
    noun = "Start event"

    definition: Definition | None = None

    def read(self, source: Source) -> None:
        self.definition = read_definition(self, source, Position.START)
