"""Tokens that wait until their scope lets them begin: they wait on no flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.instance.changes import TokenCreated
from bpmn_engine.instance.state import TokenState

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


def queue(step: Step, element: Element, scope_key: int) -> int:
    """Let a new token wait for its scope; return its key."""
    key = next(step.keys)
    step.emit(TokenCreated(step.now, key, element.id, scope_key, TokenState.WAITING, None))
    return key


def queued_tokens(step: Step, scope: Token) -> list[Token]:
    """The tokens of a scope that may not begin yet, oldest first."""
    tokens = (step.instance.tokens[key] for key in scope.children or ())
    return [token for token in tokens if token.state is TokenState.WAITING and token.flow_id is None]
