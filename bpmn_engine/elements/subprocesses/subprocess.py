"""The embedded sub-process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element, Source
from bpmn_engine.elements.subprocesses.scope import none_starts

if TYPE_CHECKING:
    from bpmn_engine.elements.execution import Execution
    from bpmn_engine.instance.state import Token


class SubProcess(Element):
    """Opens a scope of its own, starts its start events, and ends when no token is left in it (BPMN 2.0.2, 13.3.4)."""

    tag = "subProcess"
    noun = "Sub-process"

    def read(self, source: Source) -> None:
        if self.node.attributes.get("triggeredByEvent") == "true":
            source.error("not-supported", f"{self.label} is an event sub-process, which is not run yet.")
        for element in self.content:
            if element.node.tag == "startEvent" and element.node.event_definitions:
                source.error(
                    "event-position",
                    f"{self.label} has a start event that waits for something.",
                    "Start an embedded sub-process by a none start event.",
                )
        if not self.content:
            source.warning("empty", f"{self.label} is empty.", "Draw something into it.")

    def activate(self, run: Execution, token: Token) -> None:
        run.activated(token)
        for element in none_starts(self):
            run.enter(element, token.key)
        run.settle(token.key)
