"""The complex gateway.

1. It starts when its activation condition holds; without one, when a token is on every incoming flow. The condition
   sees the variables, `activationCount` (the tokens on all incoming flows) and each flow's own count under its id.
2. Then it waits for reset: until every incoming flow has had a token, or cannot get one any more (as for an inclusive
   join). The tokens stay on their flows until then, so a second one on a flow counts for the next start.
3. `waitingForStart` tells the conditions of the outgoing flows which of the two it is. A condition that does not ask
   is for the start: the standard would take its flow twice, which nobody means.

While it waits for reset it has an active token, and that is its whole state.
"""

from __future__ import annotations

import re
from collections import ChainMap
from typing import TYPE_CHECKING, Any

from bpmn_engine.dialects import condition
from bpmn_engine.elements.element import Element
from bpmn_engine.elements.gateways.inclusive import can_arrive
from bpmn_engine.elements.gateways.joining import consume_join, tokens_waiting, wait_on
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression
from bpmn_engine.instance.state import TokenState
from bpmn_engine.instance.variables import visible

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token
    from bpmn_engine.model import SequenceFlow


class ComplexGateway(Element):
    """Starts when its activation condition holds, and again when the missing tokens have arrived (BPMN 2.0.2, 13.4.5).

    On reset only flows whose condition holds and mentions `waitingForStart` are taken: all others, and the default
    flow, are for the start. So "two of three" continues once.
    """

    tag = "complexGateway"
    noun = "Gateway"
    idles = True

    condition: Expression | None = None

    def read(self, source: Source) -> None:
        self.graph = source.graph
        if text := self.node.texts.get("activationCondition", ""):
            self.condition = condition(text, source, "activation condition")
        elif "activationCondition" in self.node.attributes:
            source.error(
                "activation-condition",
                f"{self.label} has its activation condition as an attribute.",
                "Write it as a child element <activationCondition>...</activationCondition>.",
            )

    def arrive(self, step: Step, flow: SequenceFlow, scope_key: int) -> None:
        wait_on(step, flow, scope_key)
        step.scopes_to_recheck[scope_key] = None

    def recheck(self, step: Step, scope: Token) -> None:
        waiting = tokens_waiting(step, self, scope.key)
        stuck = any(step.instance.tokens[key].waits for tokens in waiting.values() for key in tokens)
        if not waiting or stuck:
            return
        try:
            self._look_again(step, scope)
        except Failure as failure:
            newest = max(key for tokens in waiting.values() for key in tokens)
            step.incident(step.instance.tokens[newest], failure)

    def _look_again(self, step: Step, scope: Token) -> None:
        active = self._active(step, scope)
        if active is None:
            if self._starts(step, scope):
                flows = self.leaving_in(step, scope, starting=True)
                step.enter_triggered(self, scope.key)
                self._take(step, scope, flows)
                step.scopes_to_recheck[scope.key] = None
        elif not can_arrive(step, self, scope, self.graph.sources_of(self.node)):
            flows = self.leaving_in(step, scope, starting=False)
            consume_join(step, self, scope.key)
            step.leave(active, flows)

    def _active(self, step: Step, scope: Token) -> Token | None:
        tokens = (step.instance.tokens[key] for key in scope.children or ())
        mine = (token for token in tokens if token.element_id == self.id and token.state is TokenState.ACTIVE)
        return next(mine, None)

    def _starts(self, step: Step, scope: Token) -> bool:
        waiting = tokens_waiting(step, self, scope.key)
        if self.condition is None:
            return len(waiting) == len(self.node.incoming)
        return step.truth(
            self.condition, self._names(step, scope, starting=True), f"activation condition of {self.label}"
        )

    def _names(self, step: Step, scope: Token, *, starting: bool) -> ChainMap[str, Any]:
        waiting = tokens_waiting(step, self, scope.key)
        counts: dict[str, Any] = {flow.id: len(waiting.get(flow.id, ())) for flow in self.node.incoming}
        own = {**counts, "activationCount": sum(counts.values()), "waitingForStart": starting}
        return ChainMap(own, dict(visible(step.instance, scope.key)))

    def leaving_in(self, step: Step, scope: Token, *, starting: bool) -> tuple[SequenceFlow, ...]:
        """The flows to take at the start or on reset."""
        names = self._names(step, scope, starting=starting)
        taken = tuple(
            flow
            for flow in self.outgoing
            if flow.id != self.node.default
            and (starting or _mentions_start(flow))
            and (flow.condition is None or step.truth(flow.condition, names, f"condition of '{flow.id}'"))
        )
        if not starting or not self.outgoing or any(flow.condition is not None for flow in taken):
            return taken
        return (*taken, *self.default_flow()) if self.node.default or not taken else taken

    def _take(self, step: Step, scope: Token, flows: tuple[SequenceFlow, ...]) -> None:
        for flow in flows:
            step.process.elements[flow.target].arrive(step, flow, scope.key)


def _mentions_start(flow: SequenceFlow) -> bool:
    return flow.condition is not None and re.search(r"\bwaitingForStart\b", flow.condition.text) is not None
