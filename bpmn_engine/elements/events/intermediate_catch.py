"""The intermediate catch event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import Element, Source
from bpmn_engine.elements.event_definitions import Definition, Position
from bpmn_engine.elements.events.definitions import required_definition

if TYPE_CHECKING:
    from bpmn_engine.elements.execution import Execution
    from bpmn_engine.instance.state import Subscription, Timer, Token


class IntermediateCatchEvent(Element):
    """Waits for what its definition says (BPMN 2.0.2, 13.5.1)."""

    tag = "intermediateCatchEvent"
    noun = "Catch event"

    definition: Definition

    def read(self, source: Source) -> None:
        self.definition = required_definition(self, source, Position.CATCH, "a timer or a message")

    def activate(self, run: Execution, token: Token) -> None:
        run.activated(token, *self.definition.arm(run, token.key))

    def trigger(self, run: Execution, token: Token, wait: Timer | Subscription, variables: dict[str, Any]) -> None:
        self.definition.fired(run, wait, stay=False)
        run.finish(token, variables)
