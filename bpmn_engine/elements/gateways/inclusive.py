"""The inclusive gateway.

1. Split: every flow whose condition holds is taken, all of those without a condition, else the default flow.
2. Join: it waits while a token elsewhere in the scope can still reach one of its empty incoming flows without passing
   the gateway itself; a token that could also reach a flow that has one already is not waited for (13.4.3).
3. Which elements can reach which flow is known from the diagram (`model/graph.py`): boundary events, links and
   event-based gateways are paths like any other, and a sub-process or call activity is one element of its scope.
4. The question is asked again whenever a token of the scope has moved, ended or was taken away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.gateways.joining import consume_join, tokens_waiting, wait_on
from bpmn_engine.instance.state import TokenState

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token
    from bpmn_engine.model import SequenceFlow
    from bpmn_engine.model.graph import NodeSet


class InclusiveGateway(Element):
    """Waits for every token that can still arrive, then takes each flow whose condition holds (BPMN 2.0.2, 13.4.3)."""

    tag = "inclusiveGateway"
    noun = "Gateway"

    def read(self, source: Source) -> None:
        self.graph = source.graph
        for flow in self.outgoing:
            if len(self.outgoing) > 1 and flow.condition is None and flow.id != self.node.default:
                source.warning(
                    "missing-condition",
                    f"{self.label}: {source.flow(flow)} has no condition, so it is always taken.",
                    "Give it a condition, mark it as default, or use a parallel gateway.",
                )

    def arrive(self, step: Step, flow: SequenceFlow, scope_key: int) -> None:
        if len(self.node.incoming) < 2:
            step.enter(self, scope_key, flow.id)
            return
        wait_on(step, flow, scope_key)
        step.scopes_to_recheck[scope_key] = None

    def recheck(self, step: Step, scope: Token) -> None:
        waiting = tokens_waiting(step, self, scope.key)
        if waiting and not can_arrive(step, self, scope, self.graph.sources_of(self.node)):
            step.enter(self, scope.key)
            consume_join(step, self, scope.key)


def can_arrive(step: Step, gateway: Element, scope: Token, sources: Mapping[str, NodeSet]) -> bool:
    """Whether a token of the scope can still reach an empty flow in front of a gateway (rule 2)."""
    waiting = tokens_waiting(step, gateway, scope.key)
    empty = [nodes for flow, nodes in sources.items() if flow not in waiting]
    full = [nodes for flow, nodes in sources.items() if flow in waiting]
    if not empty:
        return False
    for key in scope.children or ():
        token = step.instance.tokens[key]
        if token.element_id == gateway.id and token.state in (TokenState.WAITING, TokenState.ACTIVE):
            continue
        at = token.element_id
        if any(at in nodes for nodes in empty) and not any(at in nodes for nodes in full):
            return True
    return False
