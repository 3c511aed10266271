"""The process itself, as the outermost scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from bpmn_engine.elements import compensation
from bpmn_engine.elements.element import Element
from bpmn_engine.elements.subprocesses.scope import open_scope
from bpmn_engine.instance.changes import InstanceEnded, TokenCompleted
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

    def activate(self, run: Execution, token: Token) -> None:
        open_scope(self, run, token)

    def complete(self, run: Execution, token: Token) -> None:
        compensation.forget(run, token.key)
        for key in list(token.waits or ()):
            run.cancel_wait(key)
        variables = dict(run.instance.variables.get(token.key, {})) if run.instance.parent_key is not None else {}
        run.emit(TokenCompleted(run.now, token.key))
        run.emit(InstanceEnded(run.now, InstanceState.COMPLETED, variables))

    def terminate(self, run: Execution, token: Token) -> None:
        run.emit(InstanceEnded(run.now, InstanceState.TERMINATED))
