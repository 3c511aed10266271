"""The receive task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import Element, Source
from bpmn_engine.elements.event_definitions.message import MessageWait
from bpmn_engine.instance.changes import SubscriptionClosed

if TYPE_CHECKING:
    from bpmn_engine.elements.execution import Execution
    from bpmn_engine.instance.state import Subscription, Timer, Token


class ReceiveTask(Element):
    """Waits until its message is correlated (BPMN 2.0.2, 13.3.3)."""

    tag = "receiveTask"
    noun = "Receive task"

    def read(self, source: Source) -> None:
        if self.node.attributes.get("instantiate") == "true":
            source.error("not-supported", f"{self.label} starts the process.", "Use a message start event for that.")
        self.message = MessageWait.read(source, self.node.attributes.get("messageRef"), self.label)

    def activate(self, run: Execution, token: Token) -> None:
        run.activated(token, self.message.arm(run, token.key, self.id))

    def trigger(self, run: Execution, token: Token, wait: Timer | Subscription, variables: dict[str, Any]) -> None:
        run.emit(SubscriptionClosed(wait.key))
        run.finish(token, variables)
