"""Events that throw, in the middle of a path and at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.event_definitions import Definition, Position
from bpmn_engine.elements.events.triggers import read_definitions, throw_all

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Kind, Token


class ThrowingEvent(Element):
    """An event that throws what its definitions say; without any it passes its token on."""

    position: ClassVar[Position]

    definitions: tuple[Definition, ...] = ()

    def read(self, source: Source) -> None:
        self.definitions = read_definitions(self, source, self.position)

    def own_wait(self) -> Kind | None:
        return next(filter(None, (definition.throw_wait() for definition in self.definitions)), None)

    def activate(self, step: Step, token: Token) -> None:
        if throw_all(self, step, token):
            step.complete(token)

    def children_ended(self, step: Step, token: Token) -> None:
        self.definitions[0].compensation_ended(step, token)
