"""Compensation: undo what has been completed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.compensation import compensate_next
from bpmn_engine.elements.event_definitions.definition import Definition, Position

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class CompensationDefinition(Definition):
    """Undoes the completed activities of its scope, or one of them, and waits for the handlers (BPMN 2.0.2, 13.5.5)."""

    tag = "compensateEventDefinition"
    positions = frozenset({Position.SUB_START, Position.BOUNDARY, Position.THROW, Position.END})

    def read(self, source: Source, position: Position) -> None:
        self.activity = activity = self.drawn.reference
        if activity is not None and activity not in source.process.nodes:
            source.error(
                "unknown-reference",
                f"{self.event.label} compensates '{activity}', which is not in this process.",
                "Choose an activity of the same scope.",
            )
        if self.drawn.attributes.get("waitForCompletion") == "false":
            source.error(
                "not-supported",
                f"{self.event.label} does not wait for the compensation (waitForCompletion is false).",
                "Set it to true; draw a parallel branch for what continues meanwhile.",
            )

    def throw(self, step: Step, token: Token) -> bool:
        step.become_active(token)
        self.compensation_ended(step, token)
        return False

    def compensation_ended(self, step: Step, token: Token) -> None:
        if not compensate_next(step, token, self.activity):
            step.complete(token)
