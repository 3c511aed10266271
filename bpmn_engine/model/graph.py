"""What can be reached from where: the paths of one process, as tokens can take them.

1. An edge leads along a sequence flow, from an activity to the boundary events on it, and from a link throw event to
   the catch event of its name. Sub-processes are single nodes of the scope that they stand in.
2. A process has one graph, which its joins share. What only joins ask for is computed when the first of them asks.
3. Nodes that can all reach each other are a component. Components have an order in which edges lead only onwards, so
   one pass over them finds what leads to each node, however many joins there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bpmn_engine.model.definitions import Process
from bpmn_engine.model.flow import FlowNode

Edges = Mapping[str, Sequence[str]]

_JOINS = ("inclusiveGateway", "complexGateway")


class NodeSet:
    """Some nodes of a graph, one bit each: thousands of joins keep what leads to each of their flows."""

    __slots__ = ("_bits", "_places")

    def __init__(self, bits: int, places: Mapping[str, int]) -> None:
        self._bits, self._places = bits, places

    def __contains__(self, node: object) -> bool:
        place = self._places.get(node) if isinstance(node, str) else None
        return place is not None and bool(self._bits >> place & 1)


class Graph:
    """The nodes before and after each node."""

    def __init__(self, process: Process) -> None:
        self.process, self.nodes = process, process.nodes
        self.before: dict[str, list[str]] = {node: [] for node in process.nodes}
        self.after: dict[str, list[str]] = {node: [] for node in process.nodes}
        for flow in process.flows.values():
            self._edge(flow.source, flow.target)
        catches = {_link(node, "intermediateCatchEvent"): node.id for node in process.nodes.values()}
        for node in process.nodes.values():
            self._edge(node.attached_to or "", node.id)
            target = catches.get(_link(node, "intermediateThrowEvent"))
            if _link(node, "intermediateThrowEvent") is not None and target is not None:
                self._edge(node.id, target)
        self._components: list[list[str]] | None = None
        self._in_circles: frozenset[str] | None = None
        self._places: dict[str, int] = {}
        self._before_joins: dict[str, NodeSet] = {}
        self._sources: dict[str, Mapping[str, NodeSet]] = {}

    def _edge(self, source: str, target: str) -> None:
        if source in self.nodes and target in self.nodes:
            self.after[source].append(target)
            self.before[target].append(source)

    def sources_of(self, gateway: FlowNode) -> Mapping[str, NodeSet]:
        """For each flow to an inclusive or complex gateway what can reach it without passing the gateway."""
        found = self._sources.get(gateway.id)
        if found is None:
            found = self._sources[gateway.id] = self._find_sources(gateway)
        return found

    def _find_sources(self, gateway: FlowNode) -> Mapping[str, NodeSet]:
        """Outside circles no path comes back to a gateway, so that one pass over the process serves all such joins."""
        flows = [flow for flow in gateway.incoming if flow.source in self.nodes]
        if gateway.id in self.in_circles():
            before, after = _without_way_in(gateway.id, self.before, self.after)
            leading = self._leading_to(components(before, after), before, {flow.source for flow in flows})
        else:
            leading = self._before_joins = self._before_joins or self._leading_to_joins()
        return {flow.id: leading[flow.source] for flow in flows}

    def _leading_to_joins(self) -> dict[str, NodeSet]:
        joins = (node for node in self.nodes.values() if node.tag in _JOINS)
        wanted = {flow.source for join in joins for flow in join.incoming}
        return self._leading_to(self.components(), self.before, wanted)

    def _leading_to(self, groups: list[list[str]], before: Edges, wanted: set[str]) -> dict[str, NodeSet]:
        """For each of these nodes itself and all from which it can be reached."""
        places = self._places = self._places or _numbered(self.components())
        bits: dict[str, int] = {}
        for group in groups:
            leading = 0
            for node in group:
                leading |= 1 << places[node]
                for source in before[node]:
                    leading |= bits.get(source, 0)
            bits.update(dict.fromkeys(group, leading))
        return {node: NodeSet(bits[node], places) for node in wanted if node in bits}

    def spread(self, starts: Iterable[str], stops: frozenset[str] = frozenset()) -> set[str]:
        """The nodes that can be reached from these inside their scope; `stops` are reached but not passed."""
        found: set[str] = set()
        open_ends = [name for name in starts if name in self.nodes]
        while open_ends:
            node = open_ends.pop()
            if node not in found:
                found.add(node)
                if node not in stops:
                    open_ends.extend(self.after[node])
        return found

    def components(self) -> list[list[str]]:
        """The components of the process, each before those that it leads to."""
        if self._components is None:
            self._components = components(self.before, self.after)
        return self._components

    def in_circles(self) -> frozenset[str]:
        """The nodes that can reach themselves."""
        if self._in_circles is None:
            circles = (group for group in self.components() if len(group) > 1 or group[0] in self.after[group[0]])
            self._in_circles = frozenset(node for circle in circles for node in circle)
        return self._in_circles

    def circles(self) -> list[list[str]]:
        """The largest groups of nodes that can all reach each other, in the order of the file."""
        number = {node: at for at, group in enumerate(self.components()) for node in group}
        found: dict[int, list[str]] = {}
        for node in self.nodes:
            if node in self.in_circles():
                found.setdefault(number[node], []).append(node)
        return list(found.values())


def components(before: Edges, after: Edges) -> list[list[str]]:
    """The strongly connected components, each before those that it leads to (Kosaraju's two passes)."""
    found: list[list[str]] = []
    seen: set[str] = set()
    for first in reversed(_finished(after)):
        group, open_ends = [], [first]
        while open_ends:
            node = open_ends.pop()
            if node not in seen:
                seen.add(node)
                group.append(node)
                open_ends.extend(before[node])
        if group:
            found.append(group)
    return found


def _finished(after: Edges) -> list[str]:
    """The nodes in the order in which a search in depth has gone through all that is behind them."""
    found: list[str] = []
    seen: set[str] = set()
    for first in after:
        open_ends = [(first, False)]
        while open_ends:
            node, done = open_ends.pop()
            if done:
                found.append(node)
            elif node not in seen:
                seen.add(node)
                open_ends.append((node, True))
                open_ends.extend((target, False) for target in after[node] if target not in seen)
    return found


def _without_way_in(node: str, before: Edges, after: Edges) -> tuple[Edges, Edges]:
    """The same edges but those that lead to a node."""
    kept = {source: [target for target in after[source] if target != node] for source in before[node]}
    return {**before, node: ()}, {**after, **kept}


def _numbered(groups: list[list[str]]) -> dict[str, int]:
    """A number for each node, from 0."""
    return {node: number for number, node in enumerate(node for group in groups for node in group)}


def _link(node: FlowNode, tag: str) -> tuple[str, str] | None:
    """The scope and name of a link event."""
    if node.tag == tag:
        for drawn in node.event_definitions:
            if drawn.tag == "linkEventDefinition":
                return node.container, drawn.attributes.get("name", "")
    return None
