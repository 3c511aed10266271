"""From what was drawn to elements that run: resolve references, check the rules, compile each element."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bpmn_engine.elements import Element, ExecutableProcess, Source
from bpmn_engine.model import Definitions, FlowNode, Problems, Process, SequenceFlow
from bpmn_engine.model.flow import MAX_QUANTITY, is_quantity
from bpmn_engine.model.graph import Graph
from bpmn_engine.model.problems import flow_label, label
from bpmn_engine.parser.link import link

_JOBS = frozenset(
    (
        "serviceTask",
        "sendTask",
        "scriptTask",
        "businessRuleTask",
        "userTask",
        "intermediateThrowEvent",
        "endEvent",
    )
)
#: Extensions that change how an element runs, and the elements that run them.
_MEANT_FOR = {
    "job": _JOBS,
    "script": _JOBS - {"userTask"},
    "called": frozenset(("callActivity",)),
    "decision": frozenset(("businessRuleTask",)),
    "collection": frozenset(("adHocSubProcess",)),
    "form": frozenset(("userTask", "startEvent")),
    "condition_filter": frozenset(()),
    "escalation_code_variable": frozenset(()),
}
#: What has no meaning inside an event definition; some of it belongs on the event.
_NOT_IN_EVENTS = ("script", "called", "decision", "collection", "form", "listeners", "inputs", "outputs")
_EXTENSION_NAMES = {
    "listeners": "a listener",
    "inputs": "an input mapping",
    "outputs": "an output mapping",
    "job": "a job definition",
    "script": "an expression",
    "called": "a called element",
    "decision": "a called decision",
    "collection": "a collection",
    "form": "a form",
    "condition_filter": "a filter for variables",
    "escalation_code_variable": "an escalation variable",
}


#: A name to which something can be mapped; the words of FEEL that stand for values are none.
_NAME, _NO_NAMES = re.compile(r"[^\W\d][\w$-]*"), frozenset(("true", "false", "null"))


def build(graph: Graph, definitions: Definitions, problems: Problems) -> ExecutableProcess:
    """Compile the process of a graph; problems are noted, never raised."""
    process = graph.process
    for flow in process.flows.values():
        _check_flow(flow, process, problems)
    for node in process.nodes.values():
        _check_node(node, process, problems)
    _check_ends(process, problems)
    elements = link(graph, problems)
    for element in _each(elements):
        element.read(Source(element.node, graph, definitions, problems))
    executable = ExecutableProcess(process.id, process, elements)
    for element in _each(elements):
        element.check(executable, problems)
    for element in _each(elements):
        element.freeze()
    return executable


def _each(elements: Mapping[str, Element]) -> Iterator[Element]:
    """All elements, what is repeated beside its loop."""
    for element in elements.values():
        yield element
        if element.activity is not None:
            yield element.activity


def _check_flow(flow: SequenceFlow, process: Process, problems: Problems) -> None:
    name = flow_label(flow, process.called(flow.source), process.called(flow.target))
    for verb, reference in (("begins", flow.source), ("ends", flow.target)):
        if not reference:
            problems.error("unknown-reference", flow, f"{_capital(name)} {verb} nowhere.", "Connect both of its ends.")
        elif reference not in process.nodes and not problems.known_as_wrong(reference):
            problems.error(
                "unknown-reference",
                flow,
                f"{_capital(name)} {verb} at '{reference}', which is not in this process.",
                "Draw that element, or connect the flow to another one.",
            )
    source, target = process.nodes.get(flow.source), process.nodes.get(flow.target)
    if source and target and source.container != target.container:
        problems.error(
            "flow-across-scopes",
            flow,
            f"{_capital(name)} crosses the border of a sub-process.",
            "Connect it to the sub-process itself, or use an event.",
        )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _check_node(node: FlowNode, process: Process, problems: Problems) -> None:
    if node.default and node.default not in {flow.id for flow in node.outgoing}:
        problems.error(
            "unknown-reference",
            node,
            f"{label(node, 'The default flow of')} is '{node.default}', which does not leave it.",
            "Choose one of its outgoing flows as default.",
        )
    _check_extensions(node, problems)
    _check_mappings(node, problems)
    for quantity in ("startQuantity", "completionQuantity"):
        text = node.attributes.get(quantity, "1")
        if not is_quantity(text):
            problems.error(
                "quantity",
                node,
                f"{label(node, f'<{node.tag}>')} has the {quantity} '{text}'; expected a number from 1 to "
                f"{MAX_QUANTITY}.",
                "Correct it, or draw a multi-instance activity.",
            )
    if node.incoming and (node.is_start or node.is_boundary):
        problems.error(
            "flow-direction",
            node,
            f"A sequence flow leads into {label(node, f'<{node.tag}>')}.",
            "It may only leave it.",
        )
    if node.outgoing and node.is_end:
        problems.error(
            "flow-direction", node, f"A sequence flow leaves {label(node, '<endEvent>')}.", "It may only lead into it."
        )
    host = process.nodes.get(node.attached_to or "")
    if host is not None and host.container != node.container:
        problems.error(
            "attached-across-scopes",
            node,
            f"{label(node, 'Boundary event')} is attached to '{host.name or host.id}', but stands in another scope.",
            "Move it to the process or sub-process in which its activity stands.",
        )


def _check_extensions(node: FlowNode, problems: Problems) -> None:
    """Report extensions that have no effect on the element: they must not be dropped in silence."""
    found = [
        (_EXTENSION_NAMES[field], tags)
        for field, tags in _MEANT_FOR.items()
        if getattr(node.extensions, field) and node.tag not in tags
    ]
    found += [
        (_EXTENSION_NAMES.get(field, field), frozenset((node.tag,)))
        for drawn in node.event_definitions
        for field in _NOT_IN_EVENTS
        if getattr(drawn.extensions, field)
    ]
    if not node.is_user_task and any(listener.of_task for listener in node.extensions.listeners):
        found.append(("a task listener", frozenset(("userTask",))))
    for name, tags in found:
        problems.error(
            "misplaced-extension",
            node,
            f"{label(node, f'<{node.tag}>')} has {name} that has no effect on it.",
            f"Remove it; it is for: {', '.join(sorted(tags)) or 'other elements'}.",
        )


def _check_mappings(node: FlowNode, problems: Problems) -> None:
    """Report mappings whose target is not the name of a variable, or a path of names."""
    called = node.extensions.called
    inner = (*called.inputs, *called.outputs) if called else ()
    for mapping in (*node.extensions.inputs, *node.extensions.outputs, *inner):
        parts = mapping.target.split(".")
        if mapping.target and not all(_NAME.fullmatch(part) and part not in _NO_NAMES for part in parts):
            problems.error(
                "mapping",
                node,
                f"{label(node, f'<{node.tag}>')} maps to '{mapping.target}', which is not the name of a variable.",
                "Write a name, or names with dots between them, such as order.total.",
            )


def _check_ends(process: Process, problems: Problems) -> None:
    """BPMN 2.0.2, 10.5.3: where there is a start event there must be an end event. Engines run it all the same."""
    nodes = [node for node in process.nodes.values() if node.container == process.id]
    if not nodes:
        problems.error("empty", process, f"{label(process, 'Process')} is empty.", "Draw at least one activity.")
    elif any(node.is_start for node in nodes) and not any(node.is_end for node in nodes):
        problems.warning(
            "no-end-event",
            process,
            f"{label(process, 'Process')} has a start event but no end event.",
            "Draw an end event where the process is done.",
        )
