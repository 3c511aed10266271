"""From what was drawn to elements that run: resolve references, check the rules, compile each element."""

from __future__ import annotations

from bpmn_engine.elements import ELEMENTS, Element, ExecutableProcess, Source
from bpmn_engine.elements.events.boundary import BoundaryEvent
from bpmn_engine.elements.subprocesses.process import ProcessScope
from bpmn_engine.model import Definitions, FlowNode, Problems, Process, SequenceFlow
from bpmn_engine.model.problems import label
from bpmn_engine.parser.vocabulary import ACTIVITIES

#: Elements inside one process, and nesting of sub-processes: enough for any diagram that a person can read.
MAX_NODES, MAX_NESTING = 20_000, 50


def build(process: Process, definitions: Definitions, problems: Problems) -> ExecutableProcess:
    """Compile one process; problems are noted, never raised."""
    if len(process.nodes) > MAX_NODES:
        problems.error("size", process, f"The process has more than {MAX_NODES:,} flow nodes.")
        return ExecutableProcess(process, {})
    for flow in process.flows.values():
        _check_flow(flow, process, problems)
    for node in process.nodes.values():
        _check_node(node, process, problems)
    _check_ends(process, problems)
    elements: dict[str, Element] = {process.id: ProcessScope.of(process)}
    for node in process.nodes.values():
        kind = ELEMENTS.get(node.tag)
        if kind is None:
            problems.error(
                "not-supported", node, f"{label(node, f'<{node.tag}>')} is not run by this engine yet.",
                "Replace it by an element that is run; `bpmn lint` lists them.",
            )  # fmt: skip
        else:
            elements[node.id] = kind(node)
    _link(elements, process)
    for element in elements.values():
        element.read(Source(element.node, definitions, problems))
    executable = ExecutableProcess(process, elements)
    for element in elements.values():
        element.check(executable, problems)
    return executable


def _check_flow(flow: SequenceFlow, process: Process, problems: Problems) -> None:
    for role, reference in (("sourceRef", flow.source), ("targetRef", flow.target)):
        if not reference:
            problems.error(
                "unknown-reference", flow, f"{label(flow, 'Sequence flow')} has no {role}.", "Connect both of its ends."
            )
        elif reference not in process.nodes:
            problems.error(
                "unknown-reference",
                flow,
                f"{label(flow, 'Sequence flow')} refers to '{reference}' as its {role}, which is not in this process.",
                "Draw that element, or connect the flow to another one.",
            )
    source, target = process.nodes.get(flow.source), process.nodes.get(flow.target)
    if source and target and source.container != target.container:
        problems.error(
            "flow-across-scopes",
            flow,
            f"{label(flow, 'Sequence flow')} crosses the border of a sub-process.",
            "Connect it to the sub-process itself, or use an event.",
        )


def _check_node(node: FlowNode, process: Process, problems: Problems) -> None:
    if node.default and node.default not in {flow.id for flow in node.outgoing}:
        problems.error(
            "unknown-reference", node,
            f"{label(node, 'The default flow of')} is '{node.default}', which does not leave it.",
            "Choose one of its outgoing flows as default.",
        )  # fmt: skip
    if node.loop:
        problems.error(
            "not-supported", node, f"{label(node, f'<{node.tag}>')} has <{node.loop}>, which is not run yet."
        )
    for quantity in ("startQuantity", "completionQuantity"):
        if node.attributes.get(quantity, "1") != "1":
            problems.error("not-supported", node, f"{label(node, f'<{node.tag}>')} has {quantity}, which is not run.")
    if node.attributes.get("isForCompensation") == "true":
        problems.error(
            "not-supported", node, f"{label(node, f'<{node.tag}>')} is for compensation, which is not run yet."
        )
    if node.incoming and node.tag in ("startEvent", "boundaryEvent"):
        problems.error(
            "flow-direction",
            node,
            f"A sequence flow leads into {label(node, f'<{node.tag}>')}.",
            "It may only leave it.",
        )
    if node.outgoing and node.tag == "endEvent":
        problems.error(
            "flow-direction", node, f"A sequence flow leaves {label(node, '<endEvent>')}.", "It may only lead into it."
        )
    if _nesting(node, process) > MAX_NESTING:
        problems.error("nesting", node, f"Sub-processes are nested more than {MAX_NESTING} levels deep.")


def _nesting(node: FlowNode, process: Process) -> int:
    depth = 0
    container = node.container
    while container in process.nodes:
        container = process.nodes[container].container
        depth += 1
    return depth


def _check_ends(process: Process, problems: Problems) -> None:
    """BPMN 2.0.2, 10.5.3: where there is a start event there must be an end event. Engines run it all the same."""
    tags = {node.tag for node in process.nodes.values() if node.container == process.id}
    if not tags:
        problems.error("empty", process, f"{label(process, 'Process')} is empty.", "Draw at least one activity.")
    elif "startEvent" in tags and "endEvent" not in tags:
        problems.warning(
            "no-end-event", process, f"{label(process, 'Process')} has a start event but no end event.",
            "Draw an end event where the process is done.",
        )  # fmt: skip


def _link(elements: dict[str, Element], process: Process) -> None:
    """Tell each activity its boundary events and each scope its start events."""
    for element in elements.values():
        node = element.node
        host = elements.get(node.attached_to or "")
        if isinstance(element, BoundaryEvent) and host is not None and host.node.tag in ACTIVITIES:
            host.boundaries = (*host.boundaries, element)
        if node.id != process.id and (scope := elements.get(node.container)) is not None:
            scope.content = (*scope.content, element)
