"""The receive task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import NO_TOKEN, Catcher
from bpmn_engine.elements.event_definitions.message import MessageWait
from bpmn_engine.elements.gateways import event_based

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Token, Wait


class ReceiveTask(Catcher):
    """Waits until its message is correlated; one that instantiates starts the process with it (BPMN 2.0.2, 13.3.3)."""

    tag = "receiveTask"
    noun = "Receive task"

    def read(self, source: Source) -> None:
        starts = self.node.instantiating
        if starts and (self.node.incoming or (self.scope and self.scope.scope is not None)):
            source.error(
                "receive-task",
                f"{self.label} starts the process, but it is not the first element of the process.",
                "Remove the flow that leads to it, or set instantiate to false.",
            )
        self.message = MessageWait.read(source, self.node.attributes.get("messageRef"), self.label, start=starts)

    def awaited_events(self) -> Sequence[Catcher]:
        return (self,)

    def activate(self, step: Step, token: Token) -> None:
        step.become_active(token, *self.arm(step, token))

    def arm(self, step: Step, token: Token) -> Sequence[Change]:
        return (self.message.arm(step, token.key, self.id, token.key),)

    def start_waits(self, step: Step) -> Sequence[Change]:
        return self.arm(step, NO_TOKEN) if self.node.instantiating else ()

    def begin_instance(self, step: Step, scope_key: int) -> None:
        if self.node.incoming:
            event_based.started_by(step, self, scope_key)
        else:
            step.complete(step.enter_triggered(self, scope_key))

    def trigger(self, step: Step, token: Token, wait: Wait, variables: dict[str, Any]) -> None:
        step.cancel_wait(wait.key)
        step.complete_with(event_based.chosen(step, token, self), variables)
