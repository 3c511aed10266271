"""Put elements together: activities with their boundary events, loops and handlers, scopes with their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bpmn_engine.dialects import Report, expression
from bpmn_engine.elements import ELEMENTS, Element
from bpmn_engine.elements.events.boundary import BoundaryEvent
from bpmn_engine.elements.subprocesses.process import ProcessScope
from bpmn_engine.model import FlowNode, IoMapping, Problems, Process, Reference
from bpmn_engine.model.problems import label
from bpmn_engine.parser.vocabulary import ACTIVITIES

#: The extension property that gives a BPMN property its first value.
INITIAL_VALUE = "initialValue"


def link(process: Process, problems: Problems) -> dict[str, Element]:
    """The elements of a process by id, the process itself among them."""
    elements: dict[str, Element] = {process.id: ProcessScope.of(process)}
    for node in process.nodes.values():
        elements[node.id] = _element(node)
    for element in list(elements.values()):
        if element.node.id != process.id:
            _place(element, elements)
    for reference in process.artifacts.values():
        if reference.tag == "property":
            _initial_value(reference, elements, problems)
    _link_compensation(process, elements, problems)
    _mark_compensable(elements[process.id])
    return elements


def _element(node: FlowNode) -> Element:
    """An element; one that is repeated stands inside its loop."""
    tag = "eventSubProcess" if node.by_event else node.tag
    if node.loop is None or node.by_event:
        return ELEMENTS[tag](node)
    extensions = replace(node.extensions, inputs=(), outputs=(), listeners=())
    loop = ELEMENTS[node.loop.tag](replace(node, extensions=extensions))
    activity = ELEMENTS[tag](replace(node, incoming=(), outgoing=(), loop=None))
    loop.activity, activity.loop, activity.immediate = activity, loop, False
    return loop


def _place(element: Element, elements: Mapping[str, Element]) -> None:
    """Tell its scope and, for a boundary event or an event sub-process, whom it serves."""
    node = element.node
    around = elements.get(node.container)
    scope = None if around is None else around.activity or around
    if scope is None:
        return
    scope.content = (*scope.content, element)
    element.scope = scope
    if element.activity is not None:
        element.activity.scope = element
    host = elements.get(node.attached_to or "")
    if isinstance(element, BoundaryEvent) and host is not None and _may_have_events(host.node):
        host.catchers = (*host.catchers, element)
    if node.tag == "startEvent" and scope.node.by_event and scope.scope is not None:
        scope.scope.catchers = (*scope.scope.catchers, element)


def _may_have_events(node: FlowNode) -> bool:
    return node.tag in ACTIVITIES and not node.by_event


def _initial_value(reference: Reference, elements: Mapping[str, Element], problems: Problems) -> None:
    owner = elements.get(reference.attributes["container"])
    text = reference.extensions.properties.get(INITIAL_VALUE)
    if owner is None or text is None:
        return
    source = expression(text, Report(problems, reference), "initial value")
    inner = owner.activity or owner
    if inner.tag == "process":
        inner.initial = (*inner.initial, IoMapping(source, reference.name))
        return
    inner.inputs = (IoMapping(source, reference.name), *inner.inputs)


def _link_compensation(process: Process, elements: Mapping[str, Element], problems: Problems) -> None:
    """An association leads from a compensation boundary event to the handler of its activity (10.7.1)."""
    undone = set()
    for node in process.nodes.values():
        if node.tag != "boundaryEvent" or all(d.tag != "compensateEventDefinition" for d in node.event_definitions):
            continue
        handlers = [
            elements[target] for target in _associated(process, node.id)
            if target in elements and elements[target].node.for_compensation
        ]  # fmt: skip
        if len(handlers) != 1 or node.outgoing:
            problems.error(
                "compensation",
                node,
                f"{label(node, 'Compensation event')} needs an association to one compensation handler, and no "
                f"sequence flow; found {len(handlers)} and {len(node.outgoing)}.",
                "Associate it with an activity that is marked as compensation (isForCompensation).",
            )
        elif (host := elements.get(node.attached_to or "")) is not None:
            (host.activity or host).handler = handlers[0]
            undone.add(handlers[0].id)
    for node in process.nodes.values():
        if node.for_compensation and (node.id not in undone or node.incoming or node.outgoing):
            problems.error(
                "compensation",
                node,
                f"{label(node, 'Compensation handler')} must be associated with a compensation boundary event, and no "
                "sequence flow may be connected to it.",
                "Draw an association from the boundary event of the activity that it undoes.",
            )


def _associated(process: Process, node_id: str) -> set[str]:
    ends = [
        (reference.attributes.get("sourceRef", ""), reference.attributes.get("targetRef", ""))
        for reference in process.artifacts.values()
        if reference.tag == "association"
    ]
    return {target for source, target in ends if source == node_id} | {
        source for source, target in ends if target == node_id
    }


def _mark_compensable(scope: Element) -> bool:
    """Note where something may be left to undo; whether that is so in this scope."""
    marks = [_mark(element) for element in scope.content]
    scope.compensable = any(marks) or scope.handler is not None
    return scope.compensable


def _mark(element: Element) -> bool:
    if element.activity is not None:
        element.compensable = _mark_compensable(element.activity)
        return element.compensable
    undoes = element.node.by_event and any(
        drawn.tag == "compensateEventDefinition" for start in element.content for drawn in start.node.event_definitions
    )
    return _mark_compensable(element) or undoes
