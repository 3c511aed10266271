"""The send task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.event_definitions.message import Sending
from bpmn_engine.expressions import static
from bpmn_engine.model import JobDefinition

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Kind, Token


class SendTask(Element):
    """Gives the sending of a message to a handler, or sends it to whoever waits for it (BPMN 2.0.2, 13.3.3).

    Without handler and without message its id is the job type.
    """

    tag = "sendTask"
    noun = "Send task"

    def read(self, source: Source) -> None:
        reference = self.node.attributes.get("messageRef")
        job = self.node.extensions.job or (None if reference else JobDefinition(static(self.id)))
        self.sending = Sending.read(source, self.node, job, reference, self.label)

    def own_wait(self) -> Kind | None:
        return self.sending.own_wait()

    def activate(self, step: Step, token: Token) -> None:
        if self.sending.send(step, token):
            step.complete(token)
