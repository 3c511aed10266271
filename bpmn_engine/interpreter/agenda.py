"""One step of one process instance.

1. A command does its own part first (`commands.py`): it is rejected before it emits, or not at all.
2. Then the agenda: tokens that can proceed on their own do so, oldest first, until none can or the budget is spent.
   `Continue` takes up the rest in the next transaction, so an endless loop cannot hang the engine.
3. After each of them, joins whose scope has moved and conditions that see what was written look again.
4. An element that cannot proceed gets an incident; the others continue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpmn_engine.elements import ExecutableProcess, Lookup, Step
from bpmn_engine.elements.compensation import compensate_inside
from bpmn_engine.elements.event_definitions.conditional import recheck_conditions
from bpmn_engine.elements.listeners import listen
from bpmn_engine.errors import Failure, InvalidArgument
from bpmn_engine.instance.changes import Change
from bpmn_engine.instance.commands import Command
from bpmn_engine.instance.state import Instance, Token, TokenState
from bpmn_engine.interpreter.commands import handle

#: How many tokens one step moves at most.
STEP_BUDGET = 1000


def take_step(  # noqa: PLR0913 - the whole input of the core
    process: ExecutableProcess,
    instance: Instance,
    command: Command,
    keys: Iterator[int],
    lookup: Lookup | None = None,
    budget: int = STEP_BUDGET,
    is_over: Callable[[], bool] | None = None,
) -> list[Change]:
    """Carry out a command and return what has happened; `instance` has changed accordingly.

    At most `budget` tokens move, and none once `is_over` says so; `Continue` takes up the rest. Raise
    `Rejected`, with nothing changed, if the command is wrong.
    """
    step = Step(process, instance, keys, command.at, lookup)
    handle(step, command)
    _recheck(step)
    ready = () if instance.suspended else instance.ready
    while ready and budget:
        _advance(step, instance.tokens[next(iter(ready))])
        if step.scopes_to_recheck or step.scopes_to_compensate or step.written_variables or step.new_conditions:
            _recheck(step)
        budget -= 1
        if is_over is not None and is_over():
            break
    return step.changes


def _advance(step: Step, token: Token) -> None:
    element = step.element(token)
    step.advancing = token.key
    try:
        if token.state is TokenState.ACTIVATING:
            if element.loop is not None:
                element.loop.iteration_activating(step, token)
            if element.inputs:
                step.map_inputs(token, element.inputs)
            if not (element.start_listeners and listen(step, token, element.start_listeners)):
                element.activate(step, token)
        else:
            started = len(element.start_listeners)
            if element.outputs and token.listeners == started:
                step.map_outputs(token, element.outputs)
            if not (element.end_listeners and listen(step, token, element.end_listeners, started)):
                element.complete(step, token)
    except Failure as failure:
        step.incident(token, failure)
    except InvalidArgument as refused:  # an expression gave what no variable can hold
        step.incident(token, Failure("EXTRACT_VALUE_ERROR", f"{element.label}: {refused}"))


def _recheck(step: Step) -> None:
    """Recheck what the last element has noted: joins, scopes, conditions, scopes that are being undone."""
    while step.scopes_to_recheck or step.scopes_to_compensate or step.written_variables or step.new_conditions:
        scopes, step.scopes_to_recheck = step.scopes_to_recheck, {}
        for key in scopes:
            _recheck_scope(step, key)
        compensation_ended, step.scopes_to_compensate = step.scopes_to_compensate, {}
        for key in compensation_ended:
            token = step.instance.tokens.get(key)
            if token is not None and not token.children:
                compensate_inside(step, token)
        recheck_conditions(step)


def _recheck_scope(step: Step, scope_key: int) -> None:
    scope = step.instance.tokens.get(scope_key)
    if scope is None or scope.state is not TokenState.ACTIVE:
        return
    for element_id in list(step.instance.joins.get(scope_key, ())):
        step.process.elements[element_id].recheck(step, scope)
    step.element(scope).recheck(step, scope)
