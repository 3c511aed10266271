"""The event sub-process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class EventSubProcess(Element):
    """Runs when its start event occurs in the scope around it, once per event (BPMN 2.0.2, 13.5.4).

    An interrupting one ends everything else in that scope first. What the event brings are local variables.
    """

    tag = "eventSubProcess"
    noun = "Event sub-process"

    def read(self, source: Source) -> None:
        starts = [element for element in self.content if element.node.is_start]
        if len(starts) != 1 or not starts[0].node.event_definitions:
            source.error(
                "event-sub-process",
                f"{self.label} needs exactly one start event, with an event definition; found {len(starts)}.",
                "Draw one start event that says what it waits for.",
            )
        if self.node.incoming or self.node.outgoing:
            source.error(
                "event-sub-process", f"A sequence flow is connected to {self.label}.", "Remove it: the event starts it."
            )
        if self.node.for_compensation or self.node.loop:
            source.error("event-sub-process", f"{self.label} can neither be repeated nor undo an activity.")
        self._check_compensation(source)

    def _check_compensation(self, source: Source) -> None:
        if self.catches_compensation and self.scope is not None and self.scope.scope is None:
            source.warning(
                "unreachable",
                f"{self.label} undoes the whole process, but no event can throw that.",
                "Draw it in the sub-process that it is to undo.",
            )

    def activate(self, step: Step, token: Token) -> None:
        step.become_active(token)
        start = next(element for element in self.content if element.node.is_start)
        step.enter(start, token.key)
