"""One step of one process instance.

1. A command's handler says what it does first (`commands.py`); it rejects before it emits.
2. Then the agenda: tokens that can go on by themselves do so, oldest first, until none can or the budget is spent.
   What is left over goes on with `Continue` in the next transaction, so an endless loop cannot hang the engine.
3. After each of them, joins whose scope has moved and conditions that see what was written look again.
4. An element that cannot go on gets an incident; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpmn_engine.elements import ExecutableProcess, Execution, World
from bpmn_engine.elements.event_definitions.conditional import recheck
from bpmn_engine.elements.listeners import listen
from bpmn_engine.errors import Failure, InvalidArgument
from bpmn_engine.instance.changes import Change
from bpmn_engine.instance.commands import Command
from bpmn_engine.instance.state import Instance, Token, TokenState
from bpmn_engine.interpreter.commands import handle

#: How many tokens one step moves at most.
STEP_BUDGET = 1000


def step(  # noqa: PLR0913 - the whole input of the core
    process: ExecutableProcess,
    instance: Instance,
    command: Command,
    keys: Iterator[int],
    world: World | None = None,
    budget: int = STEP_BUDGET,
    is_over: Callable[[], bool] | None = None,
) -> list[Change]:
    """Carry out a command and return what has happened; `instance` has changed accordingly.

    At most `budget` tokens move, and none once `is_over` says so; what is left goes on with `Continue`. Raise
    `Rejected`, with nothing changed, if the command is wrong.
    """
    run = Execution(process, instance, keys, command.at, world)
    handle(run, command)
    _reconsider(run)
    ready = () if instance.suspended else instance.ready
    while ready and budget:
        _advance(run, instance.tokens[next(iter(ready))])
        if run.moved or run.written or run.fresh:
            _reconsider(run)
        budget -= 1
        if is_over is not None and is_over():
            break
    return run.changes


def _advance(run: Execution, token: Token) -> None:
    element = run.element(token)
    try:
        if token.state is TokenState.ACTIVATING:
            if element.loop is not None:
                element.loop.run_activating(run, token)
            if element.inputs:
                run.map_inputs(token, element.inputs)
            if not (element.start_listeners and listen(run, token, element.start_listeners)):
                element.activate(run, token)
        else:
            started = len(element.start_listeners)
            if element.outputs and token.listeners == started:
                run.map_outputs(token, element.outputs)
            if not (element.end_listeners and listen(run, token, element.end_listeners, started)):
                element.complete(run, token)
    except Failure as failure:
        run.incident(token, failure)
    except InvalidArgument as refused:  # an expression gave what no variable can hold
        run.incident(token, Failure("EXTRACT_VALUE_ERROR", f"{element.label}: {refused}"))


def _reconsider(run: Execution) -> None:
    """Tokens have moved, variables were written: joins, ad-hoc sub-processes and conditions look again."""
    while run.moved or run.written or run.fresh:
        moved, run.moved = run.moved, {}
        for key in moved:
            _ask_waiting(run, key)
        recheck(run)


def _ask_waiting(run: Execution, scope_key: int) -> None:
    scope = run.instance.tokens.get(scope_key)
    if scope is None or scope.state is not TokenState.ACTIVE:
        return
    for element_id in list(run.instance.joins.get(scope_key, ())):
        run.process.elements[element_id].reconsider(run, scope)
    run.element(scope).reconsider(run, scope)
