"""One step of one process instance.

1. A command's handler says what it does first (`handlers.py`); it rejects before it emits.
2. Then the agenda: tokens that can go on by themselves do so, oldest first, until none can or the budget is spent.
   What is left over goes on with `Continue` in the next transaction, so an endless loop cannot hang the engine.
3. An element that cannot go on gets an incident; the others go on.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpmn_engine.elements import ExecutableProcess, Execution
from bpmn_engine.errors import Failure, InvalidArgument
from bpmn_engine.instance.changes import Change
from bpmn_engine.instance.commands import Command
from bpmn_engine.instance.state import Instance, Token, TokenState
from bpmn_engine.interpreter.handlers import HANDLERS

#: How many tokens one step moves at most.
STEP_BUDGET = 1000


def step(
    process: ExecutableProcess, instance: Instance, command: Command, keys: Iterator[int], budget: int = STEP_BUDGET
) -> list[Change]:
    """Carry out a command and return what has happened; `instance` has changed accordingly.

    Raise `Rejected`, with nothing changed, if the command is wrong.
    """
    run = Execution(process, instance, keys, command.at)
    HANDLERS[type(command)](run, command)
    ready = instance.ready
    while ready and budget:
        _advance(run, instance.tokens[next(iter(ready))])
        budget -= 1
    return run.changes


def _advance(run: Execution, token: Token) -> None:
    element = run.element(token)
    try:
        if token.state is TokenState.ACTIVATING:
            if element.inputs:
                run.map_inputs(token, element.inputs)
            element.activate(run, token)
        else:
            if element.outputs:
                run.map_outputs(token, element.outputs)
            element.complete(run, token)
    except Failure as failure:
        run.incident(token, failure)
    except InvalidArgument as refused:  # an expression gave what no variable can hold
        run.incident(token, Failure("EXTRACT_VALUE_ERROR", f"{element.label}: {refused}"))
