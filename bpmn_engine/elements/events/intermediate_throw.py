"""The intermediate throw event."""

from __future__ import annotations

from bpmn_engine.elements.event_definitions import Position
from bpmn_engine.elements.events.throwing import ThrowingEvent


class IntermediateThrowEvent(ThrowingEvent):
    """Does what its definition says and passes its token on; without one it marks a milestone (BPMN 2.0.2, 10.5.4)."""

    tag = "intermediateThrowEvent"
    noun = "Throw event"
    position = Position.THROW
