"""Escalations: a message to the scopes around, which need not interrupt anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.catching import throw
from bpmn_engine.elements.event_definitions.definition import Definition, Position
from bpmn_engine.elements.thrown import Match, Thrown

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class EscalationDefinition(Definition):
    """Not critical: uncaught it has no effect, and the thrower continues unless interrupted (BPMN 2.0.2, 10.5.7)."""

    tag = "escalationEventDefinition"
    positions = frozenset(
        {
            Position.SUB_START,
            Position.SUB_START_NON_INTERRUPTING,
            Position.BOUNDARY,
            Position.BOUNDARY_NON_INTERRUPTING,
            Position.THROW,
            Position.END,
        }
    )
    combines = True

    code: str | None = None

    def read(self, source: Source, position: Position) -> None:
        escalation = source.reference(self.drawn.reference, self.event.label)
        self.code = escalation.attributes.get("escalationCode") if escalation else None
        if position in (Position.THROW, Position.END) and not self.code:
            source.error(
                "escalation-code",
                f"{self.event.label} throws an escalation without code.",
                "Choose an escalation that has a code.",
            )

    def match(self, thrown: Thrown) -> Match:
        if thrown.definition != self.tag or self.code not in (None, thrown.code):
            return Match.NONE
        return Match.ANY if self.code is None else Match.EXACT

    def variables(self, thrown: Thrown) -> dict[str, Any]:
        name = self.drawn.extensions.escalation_code_variable
        return {name: thrown.code} if name else {}

    def throw(self, step: Step, token: Token) -> bool:
        thrown = Thrown(self.tag, self.code or "", variables=dict(step.instance.variables.get(token.key, {})))
        return not throw(step, token, thrown)
