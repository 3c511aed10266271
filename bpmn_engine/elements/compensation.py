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
    from bpmn_engine.elements.step import Step


def note(step: Step, token: Token) -> None:
    """An activity has completed: remember how it can be undone, if there is anything to undo."""
    element, instance = step.element(token), step.instance
    nested = token.key in instance.compensations
    if token.compensates is not None or element.node.by_event:
        forget(step, token.key)
        return
    if not (nested or element.handler or event_subprocess(element)):
        return
    keeps = nested or token.loop_counter is not None or element.content
    variables = dict(instance.variables.get(token.key, {})) if keeps else {}
    step.emit(
        CompensationNoted(
            Compensation(next(step.keys), token.scope_key, token.key, token.element_id, token.loop_counter, variables)
        )
    )


def forget(step: Step, scope_key: int) -> None:
    """What has completed in this scope will never be undone."""
    for record in list(step.instance.compensations.get(scope_key, {}).values()):
        forget(step, record.token_key)
        step.emit(CompensationTaken(record.key, scope_key))


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


def go_on(step: Step, token: Token) -> None:
    """Undo the next activity in the scope of this token; when none is left, it is done."""
    if token.compensates is None:
        record = _next_for_throw(step, token)
    elif event_subprocess(step.element(token)) is not None:
        forget(step, token.compensates)
        record = None
    else:
        record = _last(step.instance.compensations.get(token.compensates, {}))
    if record is not None:
        _undo(step, token, record)
    elif token.compensates is not None:
        step.leave(token, ())
    else:
        step.element(token).compensated(step, token)


def _last(records: dict[int, Compensation]) -> Compensation | None:
    return next(reversed(records.values()), None)


def _next_for_throw(step: Step, token: Token) -> Compensation | None:
    """The newest note of the throw event's scope that is older than the throw, of its one activity if it names one."""
    activity = step.element(token).compensates
    newest = None
    for scope in _scopes(step, token):
        records = step.instance.compensations.get(scope.compensates or scope.key, {})
        for record in reversed(records.values()):
            if record.key < token.key and activity in (None, record.element_id):
                newest = record if newest is None or record.key > newest.key else newest
                break
    return newest


def _scopes(step: Step, token: Token) -> list[Token]:
    """The scope of a throw event and, for one in an event sub-process, the scope that this handles."""
    scope = step.instance.tokens[token.scope_key]
    found = [scope]
    while step.element(scope).node.by_event:
        scope = step.instance.tokens[scope.scope_key]
        found.append(scope)
    return found


def _undo(step: Step, parent: Token, record: Compensation) -> None:
    step.emit(CompensationTaken(record.key, record.scope_key))
    loop = step.process.elements[record.element_id]
    element = loop.activity if record.loop_counter is not None and loop.activity is not None else loop
    if element.handler is not None:
        forget(step, record.token_key)
        handler = step.enter(element.handler, parent.key)
        step.write_locals(handler.key, record.variables)
        return
    key = next(step.keys)
    step.emit(
        TokenCreated(
            step.now,
            key,
            record.element_id,
            parent.key,
            TokenState.ACTIVATING,
            None,
            record.loop_counter,
            record.token_key,
        )
    )
    step.emit(TokenActivated(key))
    step.write_locals(key, record.variables)
    token = step.instance.tokens[key]
    handler_scope = event_subprocess(element)
    if handler_scope is not None:
        step.enter(handler_scope, key)
    else:
        go_on(step, token)
