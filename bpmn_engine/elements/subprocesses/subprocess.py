"""The embedded sub-process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.subprocesses.scope import open_scope

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class SubProcess(Element):
    """Opens a scope of its own, starts its start events, and ends when no token is left in it (BPMN 2.0.2, 13.3.4)."""

    tag = "subProcess"
    noun = "Sub-process"

    def read(self, source: Source) -> None:
        if not self.content:
            source.warning("empty", f"{self.label} is empty.", "Draw something into it.")

    def activate(self, step: Step, token: Token) -> None:
        open_scope(self, step, token)
