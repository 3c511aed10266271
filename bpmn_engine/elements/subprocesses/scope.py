"""What a process and its sub-processes have in common: which of their elements begin by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element

if TYPE_CHECKING:
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


def open_scope(scope: Element, step: Step, token: Token) -> None:
    """Activate a scope and what begins in it."""
    step.activated(token)
    for element in none_starts(scope):
        step.enter(element, token.key)
    step.settle(token.key)


def none_starts(scope: Element) -> list[Element]:
    """All none start events; without any start event, all nodes without incoming flow (BPMN 2.0.2, 13.5.6)."""
    starts = [element for element in scope.content if element.node.tag == "startEvent"]
    if starts:
        return [element for element in starts if not element.node.event_definitions]
    return [element for element in scope.content if not element.node.incoming and _begins(element)]


def _begins(element: Element) -> bool:
    node = element.node
    by_something_else = node.tag == "boundaryEvent" or node.by_event or node.for_compensation or node.instantiating
    is_link = node.tag == "intermediateCatchEvent" and any(
        drawn.tag == "linkEventDefinition" for drawn in node.event_definitions
    )
    return not by_something_else and not is_link
