"""The intermediate throw event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element, Source
from bpmn_engine.elements.event_definitions import Definition, Position
from bpmn_engine.elements.events.definitions import read_definition

if TYPE_CHECKING:
    from bpmn_engine.elements.execution import Execution
    from bpmn_engine.instance.state import Token


class IntermediateThrowEvent(Element):
    """Passes its token on; without definition it marks a milestone (BPMN 2.0.2, 10.5.4)."""

    tag = "intermediateThrowEvent"
    noun = "Throw event"

    definition: Definition | None = None

    def read(self, source: Source) -> None:
        self.definition = read_definition(self, source, Position.THROW)

    def activate(self, run: Execution, token: Token) -> None:
        if self.definition is None:
            run.complete(token)
        else:
            self.definition.throw(run, token)
