"""Undoing completed activities (BPMN 2.0.2, 10.7 and 13.5.5; semantics.md 21).

1. An activity that another one undoes, and a scope in which there is something to undo, is recorded when it
   completes (`Step.leave`).
2. Compensating a scope runs what was recorded in it in reverse order of completion, one after the other. The token of
   the throwing event is the scope of the compensation activities: it continues when none is left.
3. A completed sub-process (or loop) is undone in a token of its own, with the variables that it ended with: by its
   compensation event sub-process if it has one, else by undoing what has completed in it.
4. Every record is taken once; what completes after the throw is not undone by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.instance.changes import CompensationRemoved, TokenActivated, TokenCreated
from bpmn_engine.instance.state import Compensation, Token, TokenState

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element
    from bpmn_engine.elements.step import Step


def compensate_next(step: Step, token: Token, activity: str | None = None) -> bool:
    """Undo the next activity for a throwing event, all of its scope or the one that it names; False if none is left."""
    record = _newest(step, token, activity)
    if record is not None:
        _undo(step, token, record)
    return record is not None


def compensate_inside(step: Step, token: Token) -> None:
    """Undo the next activity of a completed scope in the token that undoes it; when none is left, it is undone."""
    assert token.compensates is not None
    if _event_subprocess(step.element(token)) is not None:
        step.forget_compensation(token.compensates)
    record = next(reversed(step.instance.compensations.get(token.compensates, {}).values()), None)
    if record is not None:
        _undo(step, token, record)
    else:
        step.leave(token, ())


def _newest(step: Step, token: Token, activity: str | None) -> Compensation | None:
    """The newest record of the throw event's scope that is older than the throw, of one activity if it is named."""
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
    while step.element(scope).node.triggered_by_event:
        scope = step.instance.tokens[scope.scope_key]
        found.append(scope)
    return found


def _event_subprocess(element: Element) -> Element | None:
    """The compensation event sub-process of a scope."""
    return next((inner for inner in element.content if inner.catches_compensation), None)


def _undo(step: Step, parent: Token, record: Compensation) -> None:
    step.emit(CompensationRemoved(record.key, record.scope_key))
    loop = step.process.elements[record.element_id]
    element = loop.activity if record.loop_counter is not None and loop.activity is not None else loop
    if element.compensation_activity is not None:
        step.forget_compensation(record.token_key)
        undoing = step.enter(element.compensation_activity, parent.key)
        step.write_locals(undoing.key, record.variables)
        return
    token = _reopened(step, parent, record)
    event_subprocess = _event_subprocess(element)
    if event_subprocess is not None:
        step.enter(event_subprocess, token.key)
    else:
        compensate_inside(step, token)


def _reopened(step: Step, parent: Token, record: Compensation) -> Token:
    """A token in which a completed scope is undone, with the variables that it ended with."""
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
    return step.instance.tokens[key]
