"""Cancel: a transaction is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.catching import throw
from bpmn_engine.elements.compensation import compensate_next
from bpmn_engine.elements.event_definitions.definition import Definition, Position
from bpmn_engine.elements.thrown import Match, Thrown

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class CancelDefinition(Definition):
    """Ends what is active in the transaction, undoes what has completed and leaves it (BPMN 2.0.2, 13.5.5)."""

    tag = "cancelEventDefinition"
    positions = frozenset({Position.BOUNDARY, Position.END})

    def read(self, source: Source, position: Position) -> None:
        node = self.event.node
        around = source.process.nodes.get(node.container if position is Position.END else node.attached_to or "")
        if around is None or not around.is_transaction:
            where = "stands directly in" if position is Position.END else "is attached to"
            source.error(
                "cancel", f"{self.event.label} is a cancel event, so it {where} a transaction.", "Move it there."
            )
        elif position is Position.END and not self._has_boundary():
            source.error(
                "cancel",
                f"{self.event.label} cancels the transaction '{around.name or around.id}', which has no cancel "
                "boundary event to leave by.",
                "Attach one to the transaction.",
            )

    def _has_boundary(self) -> bool:
        """Whether a cancel boundary event stands on the transaction, or on its loop."""
        scope = self.event.scope
        assert scope is not None
        return any(event.node.has(self.tag) for event in (scope.loop or scope).catchers)

    def match(self, thrown: Thrown) -> Match:
        return Match.EXACT if thrown.definition == self.tag else Match.NONE

    def throw(self, step: Step, token: Token) -> bool:
        step.terminate_children(step.instance.tokens[token.scope_key], but=token.key)
        step.become_active(token)
        self.compensation_ended(step, token)
        return False

    def compensation_ended(self, step: Step, token: Token) -> None:
        if not compensate_next(step, token):
            throw(step, token, Thrown(self.tag, ""))
