"""The process itself, as the outermost scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.gateways.event_based import EventBasedGateway
from bpmn_engine.elements.subprocesses.queueing import queue, queued_tokens
from bpmn_engine.elements.subprocesses.scope import open_scope
from bpmn_engine.instance.changes import InstanceEnded, TokenActivated, TokenCompleted, TokenConsumed
from bpmn_engine.instance.state import InstanceState
from bpmn_engine.model import FlowNode, IoMapping, Process

if TYPE_CHECKING:
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class ProcessScope(Element):
    """Starts its start events and ends when no token is left (BPMN 2.0.2, 13.1)."""

    tag = "process"
    noun = "Process"

    #: The variables that it has from the start, unless they are given.
    initial: tuple[IoMapping, ...] = ()

    @classmethod
    def of(cls, process: Process) -> Self:
        """The scope of a process."""
        return cls(FlowNode(process.id, cls.tag, process.name, process.line, "", extensions=process.extensions))

    def begin_at(self, step: Step, token: Token, triggered: Element | None, elements: Sequence[Element]) -> None:
        """Begin by an event that has occurred, or at given elements, as soon as the process itself is active."""
        if self.start_listeners or self.catchers:
            for element in (*((triggered,) if triggered else ()), *elements):
                queue(step, element, token.key)
            return
        step.emit(TokenActivated(token.key))
        if triggered is not None:
            triggered.begin_instance(step, token.key)
        for element in elements:
            step.enter(element, token.key)

    def activate(self, step: Step, token: Token) -> None:
        queued = queued_tokens(step, token)
        if not queued:
            open_scope(self, step, token)
            return
        step.become_active(token)
        for first in queued:
            _begin(step, step.process.elements[first.element_id], token.key)
            step.emit(TokenConsumed(step.now, first.key))

    def complete(self, step: Step, token: Token) -> None:
        step.forget_compensation(token.key)
        for key in list(token.waits or ()):
            step.cancel_wait(key)
        variables = dict(step.instance.variables.get(token.key, {})) if step.instance.parent_key is not None else {}
        step.emit(TokenCompleted(step.now, token.key))
        step.emit(InstanceEnded(step.now, InstanceState.COMPLETED, variables))

    def terminate(self, step: Step, token: Token) -> None:
        step.emit(InstanceEnded(step.now, InstanceState.TERMINATED))


def _begin(step: Step, element: Element, scope_key: int) -> None:
    """An element that starts a process has been started; any other is entered."""
    sources = (step.process.elements[flow.source] for flow in element.node.incoming)
    gateways = (source.node for source in sources if isinstance(source, EventBasedGateway))
    if element.node.instantiating or any(gateway.instantiating for gateway in gateways):
        element.begin_instance(step, scope_key)
    else:
        step.enter(element, scope_key)
