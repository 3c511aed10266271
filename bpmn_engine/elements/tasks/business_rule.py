"""The business rule task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element, Source
from bpmn_engine.elements.tasks.work import work_of

if TYPE_CHECKING:
    from bpmn_engine.elements.execution import Execution
    from bpmn_engine.instance.state import Token


class BusinessRuleTask(Element):
    """Gives the decision to a handler and waits until it is made (BPMN 2.0.2, 13.3.3)."""

    tag = "businessRuleTask"
    noun = "Business rule task"

    def read(self, source: Source) -> None:
        self.work = work_of(self.node)

    def activate(self, run: Execution, token: Token) -> None:
        self.work.start(run, token)
