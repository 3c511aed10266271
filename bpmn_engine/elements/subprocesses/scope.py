"""What a process and a sub-process have in common: which of their elements begin by themselves."""

from __future__ import annotations

from bpmn_engine.elements.element import Element


def none_starts(scope: Element) -> list[Element]:
    """All none start events; without any start event, all nodes without incoming flow (BPMN 2.0.2, 13.5.6)."""
    starts = [element for element in scope.content if element.node.tag == "startEvent"]
    if starts:
        return [element for element in starts if not element.node.event_definitions]
    return [element for element in scope.content if not element.node.incoming and element.node.tag != "boundaryEvent"]
