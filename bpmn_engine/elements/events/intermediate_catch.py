"""The intermediate catch event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import Element, Source
from bpmn_engine.elements.event_definitions import Definition, Position
from bpmn_engine.elements.events.definitions import read_definition

if TYPE_CHECKING:
    from bpmn_engine.elements.execution import Execution
    from bpmn_engine.instance.state import Subscription, Timer, Token


class IntermediateCatchEvent(Element):
    """Waits for what its definition says (BPMN 2.0.2, 13.5.1)."""

    tag = "intermediateCatchEvent"
    noun = "Catch event"

    definition: Definition | None = None

    def read(self, source: Source) -> None:
        self.definition = read_definition(self, source, Position.CATCH)
        if not self.node.event_definitions:
            source.error("event-definition", f"{self.label} waits for nothing.", "Choose a timer or a message.")

    def activate(self, run: Execution, token: Token) -> None:
        armed = self.definition.arm(run, token.key) if self.definition else None
        run.activated(token, *([armed] if armed else []))

    def trigger(self, run: Execution, token: Token, wait: Timer | Subscription, variables: dict[str, Any]) -> None:
        if self.definition:
            self.definition.fired(run, wait, stay=False)
        run.finish(token, variables)
