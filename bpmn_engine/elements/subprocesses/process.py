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
    from bpmn_engine.instance.commands import Variables
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

    def begin_at(
        self, step: Step, token: Token, triggered: Sequence[tuple[Element, Variables]], elements: Sequence[Element]
    ) -> None:
        """Begin by an event that has occurred with its local variables, or at given elements.

        They wait until the process itself is active.
        """
        if self.start_listeners or self.catchers:
            for element, variables in (*triggered, *((element, {}) for element in elements)):
                step.write_locals(queue(step, element, token.key), variables)
            return
        step.emit(TokenActivated(token.key))
        for event, variables in triggered:
            _occur(step, event, token.key, variables)
        for element in elements:
            step.enter(element, token.key)

    def activate(self, step: Step, token: Token) -> None:
        queued = queued_tokens(step, token)
        if not queued:
            open_scope(self, step, token)
            return
        step.become_active(token)
        for first in queued:
            variables = dict(step.instance.variables.get(first.key, {}))
            step.emit(TokenConsumed(step.now, first.key))
            _begin(step, step.process.elements[first.element_id], token.key, variables)

    def complete(self, step: Step, token: Token) -> None:
        step.forget_compensation(token.key)
        for key in list(token.waits or ()):
            step.cancel_wait(key)
        variables = dict(step.instance.variables.get(token.key, {})) if step.instance.parent_key is not None else {}
        step.emit(TokenCompleted(step.now, token.key))
        step.emit(InstanceEnded(step.now, InstanceState.COMPLETED, variables))

    def terminate(self, step: Step, token: Token) -> None:
        step.emit(InstanceEnded(step.now, InstanceState.TERMINATED))


def _occur(step: Step, event: Element, scope_key: int, variables: Variables) -> None:
    """Let an event start the process; what it brings is local if its output mappings pick from it."""
    event.begin_instance(step, scope_key)
    if variables:
        inside = step.instance.tokens[scope_key].children or ()
        step.write_locals(next(key for key in inside if step.instance.tokens[key].element_id == event.id), variables)


def _begin(step: Step, element: Element, scope_key: int, variables: Variables) -> None:
    """An element that starts a process has been started; any other is entered."""
    sources = (step.process.elements[flow.source] for flow in element.node.incoming)
    gateways = (source.node for source in sources if isinstance(source, EventBasedGateway))
    if element.node.instantiating or any(gateway.instantiating for gateway in gateways):
        _occur(step, element, scope_key, variables)
    else:
        step.write_locals(step.enter(element, scope_key).key, variables)
