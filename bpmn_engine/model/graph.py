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
            flow.id: frozenset(self._spread([flow.source], self.before, stop=gateway.id)) for flow in gateway.incoming
        }

    def reachable(self, starts: Iterable[str]) -> set[str]:
        """The nodes that can be reached from these."""
        return self._spread(starts, self.after)

    def leading_to(self, ends: Iterable[str]) -> set[str]:
        """The nodes from which one of these can be reached."""
        return self._spread(ends, self.before)

    def _spread(self, starts: Iterable[str], edges: Mapping[str, set[str]], stop: str = "") -> set[str]:
        found: set[str] = set()
        open_ends = [node for node in starts if node in self.nodes]
        while open_ends:
            node = open_ends.pop()
            if node not in found:
                found.add(node)
                if node != stop:
                    open_ends.extend(edges[node])
        return found


def _link(node: FlowNode, tag: str) -> tuple[str, str] | None:
    """The scope and name of a link event."""
    if node.tag == tag:
        for drawn in node.event_definitions:
            if drawn.tag == "linkEventDefinition":
                return node.container, drawn.attributes.get("name", "")
    return None
