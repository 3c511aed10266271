"""The service task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.tasks.work import work_of

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Kind, Token


class ServiceTask(Element):
    """Gives a job to a handler and waits until it is done (BPMN 2.0.2, 13.3.3)."""

    tag = "serviceTask"
    noun = "Service task"

    def read(self, source: Source) -> None:
        self.work = work_of(self.node)

    def own_wait(self) -> Kind | None:
        return self.work.own_wait()

    def activate(self, step: Step, token: Token) -> None:
        self.work.start(step, token)
