"""Undoing completed activities (BPMN 2.0.2, 10.7 and 13.5.5; SEMANTICS 21).

1. An activity with a compensation handler, and a scope in which there is something to undo, is noted when it completes.
2. Compensating a scope runs what was noted in it in reverse order of completion, one after the other. The token of the
   throwing event is the scope of the handlers: it goes on when none is left.
3. A completed sub-process (or loop) is undone in a token of its own, with the variables that it ended with: by its
   compensation event sub-process if it has one, else through the handlers of what has completed in it.
4. Every note is taken once; what completes after the throw is not undone by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.instance.changes import CompensationNoted, CompensationTaken, TokenActivated, TokenCreated
from bpmn_engine.instance.state import Compensation, Token, TokenState

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element
    from bpmn_engine.elements.execution import Execution


def note(run: Execution, token: Token) -> None:
    """An activity has completed: remember how it can be undone, if there is anything to undo."""
    element, instance = run.element(token), run.instance
    nested = token.key in instance.compensations
    if token.compensates is not None or element.node.by_event:
        forget(run, token.key)
        return
    if not (nested or element.handler or event_subprocess(element)):
        return
    keeps = nested or token.loop_counter is not None or element.content
    variables = dict(instance.variables.get(token.key, {})) if keeps else {}
    run.emit(
        CompensationNoted(
            Compensation(next(run.keys), token.scope_key, token.key, token.element_id, token.loop_counter, variables)
        )
    )


def forget(run: Execution, scope_key: int) -> None:
    """What has completed in this scope will never be undone."""
    for record in list(run.instance.compensations.get(scope_key, {}).values()):
        forget(run, record.token_key)
        run.emit(CompensationTaken(record.key, scope_key))


def event_subprocess(element: Element) -> Element | None:
    """The compensation event sub-process of a scope."""
    for inner in element.content:
        if inner.node.by_event and any(
            definition.tag == "compensateEventDefinition"
            for start in inner.content
            for definition in start.node.event_definitions
        ):
            return inner
    return None


def go_on(run: Execution, token: Token) -> None:
    """Undo the next activity in the scope of this token; when none is left, it is done."""
    if token.compensates is None:
        record = _next_for_throw(run, token)
    elif event_subprocess(run.element(token)) is not None:
        forget(run, token.compensates)
        record = None
    else:
        record = _last(run.instance.compensations.get(token.compensates, {}))
    if record is not None:
        _undo(run, token, record)
    elif token.compensates is not None:
        run.leave(token, ())
    else:
        run.element(token).compensated(run, token)


def _last(records: dict[int, Compensation]) -> Compensation | None:
    return next(reversed(records.values()), None)


def _next_for_throw(run: Execution, token: Token) -> Compensation | None:
    """The newest note of the throw event's scope that is older than the throw, of its one activity if it names one."""
    activity = run.element(token).compensates
    newest = None
    for scope in _scopes(run, token):
        records = run.instance.compensations.get(scope.compensates or scope.key, {})
        for record in reversed(records.values()):
            if record.key < token.key and activity in (None, record.element_id):
                newest = record if newest is None or record.key > newest.key else newest
                break
    return newest


def _scopes(run: Execution, token: Token) -> list[Token]:
    """The scope of a throw event and, for one in an event sub-process, the scope that this handles."""
    scope = run.instance.tokens[token.scope_key]
    found = [scope]
    while run.element(scope).node.by_event:
        scope = run.instance.tokens[scope.scope_key]
        found.append(scope)
    return found


def _undo(run: Execution, parent: Token, record: Compensation) -> None:
    run.emit(CompensationTaken(record.key, record.scope_key))
    loop = run.process.elements[record.element_id]
    element = loop.activity if record.loop_counter is not None and loop.activity is not None else loop
    if element.handler is not None:
        forget(run, record.token_key)
        handler = run.enter(element.handler, parent.key)
        run.write_locals(handler.key, record.variables)
        return
    key = next(run.keys)
    run.emit(
        TokenCreated(
            run.now,
            key,
            record.element_id,
            parent.key,
            TokenState.ACTIVATING,
            None,
            record.loop_counter,
            record.token_key,
        )
    )
    run.emit(TokenActivated(key))
    run.write_locals(key, record.variables)
    token = run.instance.tokens[key]
    handler_scope = event_subprocess(element)
    if handler_scope is not None:
        run.enter(handler_scope, key)
    else:
        go_on(run, token)
