"""The start of a scope, for a process and its sub-processes alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element

if TYPE_CHECKING:
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


def open_scope(scope: Element, step: Step, token: Token) -> None:
    """Activate a scope and what begins in it."""
    step.become_active(token)
    for element in none_starts(scope):
        step.enter(element, token.key)
    step.check_scope_end(token.key)


def none_starts(scope: Element) -> list[Element]:
    """All none start events; without any start event, all nodes without incoming flow (BPMN 2.0.2, 13.5.6)."""
    starts = [element for element in scope.content if element.node.is_start]
    if starts:
        return [element for element in starts if not element.node.event_definitions]
    return [element for element in scope.content if not element.node.incoming and element.node.begins_by_itself]
