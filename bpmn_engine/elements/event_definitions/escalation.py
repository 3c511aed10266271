"""Escalations: a message to the scopes around, which need not interrupt anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.catching import throw
from bpmn_engine.elements.event_definitions.codes import code_of, fit, read_code
from bpmn_engine.elements.event_definitions.definition import Definition, Position
from bpmn_engine.elements.thrown import Match, Thrown

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.expressions import Expression
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
    interrupts = True

    code: Expression | None = None

    def read(self, source: Source, position: Position) -> None:
        escalation = source.reference(self.drawn.reference, self.event.label)
        if escalation or self.drawn.reference is None:
            text = escalation.attributes.get("escalationCode") if escalation else None
            self.code = read_code(text, source, self.event.label, "escalation", position)

    def match(self, thrown: Thrown) -> Match:
        return fit(self.code, self.tag, thrown)

    def variables(self, thrown: Thrown) -> dict[str, Any]:
        name = self.drawn.extensions.escalation_code_variable
        return {name: thrown.code} if name else {}

    def throw(self, step: Step, token: Token) -> bool:
        assert self.code is not None
        code = code_of(step, self.code, token.key, self.event.label, "escalation")
        thrown = Thrown(self.tag, code, variables=dict(step.instance.variables.get(token.key, {})))
        return not throw(step, token, thrown)
