"""The process itself, as the outermost scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from bpmn_engine.elements import compensation
from bpmn_engine.elements.element import Element
from bpmn_engine.elements.subprocesses.scope import open_scope
from bpmn_engine.instance.changes import InstanceEnded, TokenActivated, TokenCompleted, TokenConsumed
from bpmn_engine.instance.state import InstanceState
from bpmn_engine.model import FlowNode, Process

if TYPE_CHECKING:
    from bpmn_engine.elements.execution import Execution
    from bpmn_engine.instance.state import Token


class ProcessScope(Element):
    """Starts its start events and ends when no token is left (BPMN 2.0.2, 13.1)."""

    tag = "process"
    noun = "Process"

    @classmethod
    def of(cls, process: Process) -> Self:
        """The scope of a process."""
        return cls(FlowNode(process.id, cls.tag, process.name, process.line, "", extensions=process.extensions))

    def begin_at(self, run: Execution, token: Token, triggered: Element | None, elements: Sequence[Element]) -> None:
        """Begin by an event that has occurred, or at given elements, as soon as the process itself is active."""
        if self.start_listeners or self.catchers:
            for element in (*((triggered,) if triggered else ()), *elements):
                run.queue(element, token.key)
            return
        run.emit(TokenActivated(token.key))
        if triggered is not None:
            triggered.started(run, token.key)
        for element in elements:
            run.enter(element, token.key)

    def activate(self, run: Execution, token: Token) -> None:
        queued = run.queued(token)
        if not queued:
            open_scope(self, run, token)
            return
        run.activated(token)
        for first in queued:
            _begin(run, run.process.elements[first.element_id], token.key)
            run.emit(TokenConsumed(run.now, first.key))

    def complete(self, run: Execution, token: Token) -> None:
        compensation.forget(run, token.key)
        for key in list(token.waits or ()):
            run.cancel_wait(key)
        variables = dict(run.instance.variables.get(token.key, {})) if run.instance.parent_key is not None else {}
        run.emit(TokenCompleted(run.now, token.key))
        run.emit(InstanceEnded(run.now, InstanceState.COMPLETED, variables))

    def terminate(self, run: Execution, token: Token) -> None:
        run.emit(InstanceEnded(run.now, InstanceState.TERMINATED))


def _begin(run: Execution, element: Element, scope_key: int) -> None:
    """An element that starts a process has been started; any other is entered."""
    gateways = [run.process.elements[flow.source].node for flow in element.node.incoming]
    if element.node.instantiating or any(gateway.instantiating for gateway in gateways):
        element.started(run, scope_key)
    else:
        run.enter(element, scope_key)
