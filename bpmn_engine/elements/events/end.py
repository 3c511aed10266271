"""The end event."""

from __future__ import annotations

from bpmn_engine.elements.event_definitions import Position
from bpmn_engine.elements.events.throwing import ThrowingEvent


class EndEvent(ThrowingEvent):
    """Consumes its token; its definition says what else happens (BPMN 2.0.2, 13.5.6)."""

    tag = "endEvent"
    noun = "End event"
    position = Position.END
