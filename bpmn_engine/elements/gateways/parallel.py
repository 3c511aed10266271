"""The parallel gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.gateways.joining import consume_join, tokens_waiting, wait_on

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token
    from bpmn_engine.model import SequenceFlow


class ParallelGateway(Element):
    """Waits for a token on every incoming flow, then takes all outgoing flows (BPMN 2.0.2, 13.4.1).

    It counts flows, not tokens: a second token on one flow waits there for the next firing.
    """

    tag = "parallelGateway"
    noun = "Gateway"

    def read(self, source: Source) -> None:
        for flow in self.outgoing:
            if flow.condition is not None:
                source.warning(
                    "condition-ignored",
                    f"{self.label} takes all flows, so the condition on '{flow.name or flow.id}' has no effect.",
                    "Remove the condition, or use an inclusive gateway.",
                )

    def leaving(self, step: Step, token: Token) -> tuple[SequenceFlow, ...]:
        return self.outgoing

    def arrive(self, step: Step, flow: SequenceFlow, scope_key: int) -> None:
        if len(self.node.incoming) < 2:
            step.enter(self, scope_key, flow.id)
            return
        wait_on(step, flow, scope_key)
        if len(tokens_waiting(step, self, scope_key)) == len(self.node.incoming):
            step.enter(self, scope_key)
            consume_join(step, self, scope_key)

    def recheck(self, step: Step, scope: Token) -> None:
        """Fire if all is there: only after a migration has taken the flow away that was waited for."""
        while len(tokens_waiting(step, self, scope.key)) == len(self.node.incoming):
            step.enter(self, scope.key)
            consume_join(step, self, scope.key)
