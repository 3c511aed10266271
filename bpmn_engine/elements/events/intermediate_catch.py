"""The intermediate catch event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import Catcher
from bpmn_engine.elements.event_definitions import Definition, Position
from bpmn_engine.elements.events.triggers import arm_all, occurred, required_definitions
from bpmn_engine.elements.gateways import event_based

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Token, Wait


class IntermediateCatchEvent(Catcher):
    """Waits for what its definition says; a link is only the end of a jump (BPMN 2.0.2, 13.5.1)."""

    tag = "intermediateCatchEvent"
    noun = "Catch event"

    definitions: tuple[Definition, ...] = ()

    def read(self, source: Source) -> None:
        choices = "a message, timer, signal, condition or link"
        self.definitions = required_definitions(self, source, Position.CATCH, choices)

    def awaited_events(self) -> Sequence[Catcher]:
        return () if self.node.is_link_catch else (self,)

    def activate(self, step: Step, token: Token) -> None:
        if self.node.is_link_catch:
            step.complete(token)
        else:
            step.become_active(token, *self.arm(step, token))

    def arm(self, step: Step, token: Token) -> Sequence[Change]:
        return arm_all(self, step, token.key, token.key)

    def begin_instance(self, step: Step, scope_key: int) -> None:
        event_based.started_by(step, self, scope_key)

    def trigger(self, step: Step, token: Token, wait: Wait, variables: dict[str, Any]) -> None:
        if not occurred(self, step, token, wait, token.key):
            step.write(token.key, variables)
            return
        step.complete_with(event_based.chosen(step, token, self), variables)
