"""Tokens that wait on the flows in front of a joining gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bpmn_engine.instance.changes import TokenConsumed, TokenCreated
from bpmn_engine.instance.state import TokenState

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element
    from bpmn_engine.elements.step import Step
    from bpmn_engine.model import SequenceFlow


def wait_on(step: Step, flow: SequenceFlow, scope_key: int) -> None:
    """Let a new token wait on a flow."""
    step.emit(TokenCreated(step.now, next(step.keys), flow.target, scope_key, TokenState.WAITING, flow.id))


def tokens_waiting(step: Step, gateway: Element, scope_key: int) -> Mapping[str, Mapping[int, None]]:
    """The tokens that wait in front of a gateway, by the flow that they wait on; flows without are absent."""
    return step.instance.joins.get(scope_key, {}).get(gateway.id, {})


def consume_join(step: Step, gateway: Element, scope_key: int) -> None:
    """Take the oldest waiting token from each flow in front of a gateway."""
    for key in [next(iter(tokens)) for tokens in tokens_waiting(step, gateway, scope_key).values()]:
        step.emit(TokenConsumed(step.now, key))
