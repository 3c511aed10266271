"""The exclusive gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token
    from bpmn_engine.model import SequenceFlow


class ExclusiveGateway(Element):
    """Takes the first flow whose condition is true, else the default flow; joins nothing (BPMN 2.0.2, 13.4.2)."""

    tag = "exclusiveGateway"
    noun = "Gateway"

    def read(self, source: Source) -> None:
        for flow in self.outgoing:
            if len(self.outgoing) > 1 and flow.condition is None and flow.id != self.node.default:
                source.error(
                    "missing-condition",
                    f"{self.label}: {source.flow(flow)} has no condition and is not the default flow.",
                    "Give it a condition, or mark it as default.",
                )

    def leaving(self, step: Step, token: Token) -> tuple[SequenceFlow, ...]:
        if not self.conditional:
            return self.outgoing
        for flow in self.outgoing:
            if flow.id != self.node.default and step.holds(flow, token):
                return (flow,)
        return self.default_flow()
