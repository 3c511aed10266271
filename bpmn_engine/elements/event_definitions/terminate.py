"""Terminate: end everything else in the scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.event_definitions.definition import Definition, Position

if TYPE_CHECKING:
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class TerminateDefinition(Definition):
    """Ends all tokens of its scope, and with them the scope; the scopes around it continue (BPMN 2.0.2, 13.5.6)."""

    tag = "terminateEventDefinition"
    positions = frozenset({Position.END})

    def throw(self, step: Step, token: Token) -> bool:
        step.terminate_children(step.instance.tokens[token.scope_key], but=token.key)
        return True
