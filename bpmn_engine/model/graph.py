"""What can be reached from where: the paths of one process, as tokens can take them.

An edge leads along a sequence flow, from an activity to the boundary events on it, and from a link throw event to the
catch event of its name. Sub-processes are single nodes of the scope that they stand in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bpmn_engine.model.definitions import Process
from bpmn_engine.model.flow import FlowNode


class Graph:
    """The nodes before and after each node."""

    def __init__(self, process: Process) -> None:
        self.nodes = process.nodes
        self.before: dict[str, set[str]] = {node: set() for node in process.nodes}
        self.after: dict[str, set[str]] = {node: set() for node in process.nodes}
        for flow in process.flows.values():
            self._edge(flow.source, flow.target)
        catches = {_link(node, "intermediateCatchEvent"): node.id for node in process.nodes.values()}
        for node in process.nodes.values():
            self._edge(node.attached_to or "", node.id)
            target = catches.get(_link(node, "intermediateThrowEvent"))
            if _link(node, "intermediateThrowEvent") is not None and target is not None:
                self._edge(node.id, target)

    def _edge(self, source: str, target: str) -> None:
        if source in self.nodes and target in self.nodes:
            self.after[source].add(target)
            self.before[target].add(source)

    def sources_of(self, gateway: FlowNode) -> Mapping[str, frozenset[str]]:
        """For each incoming flow of a gateway the nodes from which it can be reached without passing the gateway."""
        return {
            flow.id: frozenset(_spread([flow.source], self.before, frozenset((gateway.id,))))
            for flow in gateway.incoming
        }

    def spread(self, starts: Iterable[str], stops: frozenset[str] = frozenset()) -> set[str]:
        """The nodes that can be reached from these inside their scope; `stops` are reached but not passed."""
        return _spread([name for name in starts if name in self.nodes], self.after, stops)

    def circles(self) -> list[list[str]]:
        """The largest groups of nodes that can all reach each other, in the order of the file."""
        found: list[list[str]] = []
        seen: set[str] = set()
        for name in self.nodes:
            if name in seen:
                continue
            behind = _spread(list(self.after[name]), self.after, frozenset())
            circle = behind & _spread([name], self.before, frozenset()) if name in behind else set()
            seen |= circle
            if circle:
                found.append([name for name in self.nodes if name in circle])
        return found


def _spread(starts: list[str], edges: Mapping[str, set[str]], stops: frozenset[str]) -> set[str]:
    found: set[str] = set()
    open_ends = list(starts)
    while open_ends:
        node = open_ends.pop()
        if node not in found:
            found.add(node)
            if node not in stops:
                open_ends.extend(edges[node])
    return found


def _link(node: FlowNode, tag: str) -> tuple[str, str] | None:
    """The scope and name of a link event."""
    if node.tag == tag:
        for drawn in node.event_definitions:
            if drawn.tag == "linkEventDefinition":
                return node.container, drawn.attributes.get("name", "")
    return None
