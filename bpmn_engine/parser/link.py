"""Put elements together: activities with their boundary events, loops and handlers, scopes with their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bpmn_engine.dialects import ElementProblems, expression
from bpmn_engine.elements import ELEMENTS, Element, Loop
from bpmn_engine.elements.element import AttachedEvent
from bpmn_engine.elements.subprocesses.process import ProcessScope
from bpmn_engine.model import FlowNode, IoMapping, Problems, Process
from bpmn_engine.model.graph import Graph
from bpmn_engine.model.problems import label
from bpmn_engine.parser.vocabulary import ACTIVITIES

#: The extension property that gives a BPMN property its first value.
INITIAL_VALUE = "initialValue"


def link(graph: Graph, problems: Problems) -> dict[str, Element]:
    """The elements of a process by id, the process itself among them."""
    process = graph.process
    root = ProcessScope.of(process)
    elements: dict[str, Element] = {process.id: root}
    for node in process.nodes.values():
        elements[node.id] = _element(node)
    inside = [element for element in elements.values() if element.node.id != process.id]
    for element in inside:
        _place(element, elements)
    _gather(inside, elements)
    _initial_values(root, process, elements, problems)
    _link_compensation(process, elements, problems)
    for element in reversed(elements.values()):
        _mark_compensable(element)
    return elements


def _element(node: FlowNode) -> Element:
    """An element; one that is repeated stands inside its loop."""
    tag = "eventSubProcess" if node.triggered_by_event else node.tag
    if node.loop is None or node.triggered_by_event:
        return ELEMENTS[tag](node)
    extensions = replace(node.extensions, inputs=(), outputs=(), listeners=())
    loop = ELEMENTS[node.loop.tag](replace(node, extensions=extensions))
    assert isinstance(loop, Loop)
    activity = ELEMENTS[tag](replace(node, incoming=(), outgoing=(), loop=None))
    loop.activity, activity.loop, activity.leaves_at_once = activity, loop, False
    return loop


def _place(element: Element, elements: Mapping[str, Element]) -> None:
    """Tell an element its scope."""
    around = elements.get(element.node.container)
    element.scope = None if around is None else around.activity or around
    if element.activity is not None:
        element.activity.scope = element


def _gather(inside: list[Element], elements: Mapping[str, Element]) -> None:
    """Tell the scopes their content; activities their boundary events, and scopes the starts of their handlers."""
    content: dict[Element, list[Element]] = {}
    catchers: dict[Element, list[AttachedEvent]] = {}
    for element in inside:
        node, scope = element.node, element.scope
        if scope is None:
            continue
        content.setdefault(scope, []).append(element)
        host = elements.get(node.attached_to or "")
        if not isinstance(element, AttachedEvent):
            continue
        if node.is_boundary and host is not None and _may_have_events(host.node):
            catchers.setdefault(host, []).append(element)
        if node.is_start and scope.node.triggered_by_event and scope.scope is not None:
            catchers.setdefault(scope.scope, []).append(element)
    for scope, elements_inside in content.items():
        scope.content = tuple(elements_inside)
    for host, events in catchers.items():
        host.catchers = tuple(events)


def _may_have_events(node: FlowNode) -> bool:
    return node.tag in ACTIVITIES and not node.triggered_by_event


def _initial_values(root: ProcessScope, process: Process, elements: Mapping[str, Element], problems: Problems) -> None:
    """Give scopes and activities the variables that their properties say; of an activity the last comes first."""
    values: dict[Element, list[IoMapping]] = {}
    for reference in process.artifacts.values():
        owner = elements.get(reference.attributes["container"])
        text = reference.extensions.properties.get(INITIAL_VALUE)
        if reference.tag == "property" and owner is not None and text is not None:
            source = expression(text, ElementProblems(problems, reference), "initial value")
            values.setdefault(owner.activity or owner, []).append(IoMapping(source, reference.name))
    for owner, mappings in values.items():
        if owner is root:
            root.initial = (*root.initial, *mappings)
        else:
            owner.inputs = (*reversed(mappings), *owner.inputs)


def _link_compensation(process: Process, elements: Mapping[str, Element], problems: Problems) -> None:
    """An association leads from a compensation boundary event to the handler of its activity (10.7.1)."""
    associated_activities = set()
    associated = _associated(process)
    for node in process.nodes.values():
        if not (node.is_boundary and node.is_compensation):
            continue
        undoing = [
            elements[target]
            for target in associated.get(node.id, ())
            if target in elements and elements[target].node.for_compensation
        ]
        if len(undoing) != 1 or node.outgoing:
            problems.error(
                "compensation",
                node,
                f"{label(node, 'Compensation event')} needs an association to one compensation handler, and no "
                f"sequence flow; found {len(undoing)} and {len(node.outgoing)}.",
                "Associate it with an activity that is marked as compensation (isForCompensation).",
            )
        elif (host := elements.get(node.attached_to or "")) is not None:
            (host.activity or host).compensation_activity = undoing[0]
            associated_activities.add(undoing[0].id)
    for node in process.nodes.values():
        if node.for_compensation and (node.id not in associated_activities or node.incoming or node.outgoing):
            problems.error(
                "compensation",
                node,
                f"{label(node, 'Compensation handler')} must be associated with a compensation boundary event, and no "
                "sequence flow may be connected to it.",
                "Draw an association from the boundary event of the activity that it undoes.",
            )


def _associated(process: Process) -> Mapping[str, set[str]]:
    """For each end of an association the other ends."""
    found: dict[str, set[str]] = {}
    for reference in process.artifacts.values():
        if reference.tag == "association":
            source, target = (reference.attributes.get(name, "") for name in ("sourceRef", "targetRef"))
            found.setdefault(source, set()).add(target)
            found.setdefault(target, set()).add(source)
    return found


def _mark_compensable(element: Element) -> None:
    """Note whether something may be left to undo in an element; all that is inside it is marked already."""
    inner = element.activity or element
    undoable = inner.compensation_activity is not None
    inner.compensable = undoable or any(part.compensable or part.catches_compensation for part in inner.content)
    element.compensable = inner.compensable
