"""The intermediate throw event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements import compensation
from bpmn_engine.elements.element import Element, Source
from bpmn_engine.elements.event_definitions import Position
from bpmn_engine.elements.events.triggers import read_definitions, throw_all

if TYPE_CHECKING:
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class IntermediateThrowEvent(Element):
    """Does what its definition says and passes its token on; without one it marks a milestone (BPMN 2.0.2, 10.5.4)."""

    tag = "intermediateThrowEvent"
    noun = "Throw event"

    def read(self, source: Source) -> None:
        self.definitions = read_definitions(self, source, Position.THROW)

    def activate(self, step: Step, token: Token) -> None:
        if throw_all(self, step, token):
            step.complete(token)

    def drained(self, step: Step, token: Token) -> None:
        compensation.go_on(step, token)

    def compensated(self, step: Step, token: Token) -> None:
        self.definitions[0].compensated(step, token)
