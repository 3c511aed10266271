"""Reachability: the paths of one process, as tokens can take them.

1. An edge leads along a sequence flow, from an activity to the boundary events on it, and from a link throw event to
   the catch event of its name. Sub-processes are single nodes of the scope that they stand in.
2. A process has one graph, which its joins share. What only joins ask for is computed when the first of them asks, for
   all of them at once: for each node the flows to joins that it can reach, one bit each. A bit travels against the
   edges, but not through its own join. The nodes are gone through forwards and backwards until no bit moves any more;
   outside circles that is once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bpmn_engine.model.file import Process
from bpmn_engine.model.flow import FlowNode

Edges = Mapping[str, Sequence[str]]

_JOINS = ("inclusiveGateway", "complexGateway")


class NodeSet:
    """The nodes from which a flow to a join can be reached."""

    __slots__ = ("_flow", "_reached")

    def __init__(self, flow: int, reached: Mapping[str, int]) -> None:
        self._flow, self._reached = flow, reached

    def __contains__(self, node: str) -> bool:
        return bool(self._reached.get(node, 0) >> self._flow & 1)


class Graph:
    """The nodes before and after each node."""

    def __init__(self, process: Process) -> None:
        self.process, self.nodes = process, process.nodes
        self.before: dict[str, list[str]] = {node: [] for node in process.nodes}
        self.after: dict[str, list[str]] = {node: [] for node in process.nodes}
        for flow in process.flows.values():
            self._edge(flow.source, flow.target)
        self._link_throws = _by_link(node for node in process.nodes.values() if node.is_link_throw)
        self._link_catches = _by_link(node for node in process.nodes.values() if node.is_link_catch)
        for node in process.nodes.values():
            self._edge(node.attached_to or "", node.id)
            if node.is_link_throw:
                for target in self.link_ends(node)[:1]:
                    self._edge(node.id, target)
        self._sources: dict[str, dict[str, NodeSet]] | None = None

    def _edge(self, source: str, target: str) -> None:
        if source in self.nodes and target in self.nodes:
            self.after[source].append(target)
            self.before[target].append(source)

    def link_ends(self, event: FlowNode) -> Sequence[str]:
        """The other ends of a link event: those with its name in its scope."""
        ends = self._link_catches if event.is_link_throw else self._link_throws
        return ends.get((event.container, event.link), ())

    def sources_of(self, gateway: FlowNode) -> Mapping[str, NodeSet]:
        """For each flow to an inclusive or complex gateway what can reach it without passing the gateway."""
        if self._sources is None:
            joins = [node for node in self.nodes.values() if node.tag in _JOINS]
            numbers = {flow.id: at for at, flow in enumerate(flow for join in joins for flow in join.incoming)}
            reached = self._reached(joins, numbers)
            self._sources = {
                join.id: {flow.id: NodeSet(numbers[flow.id], reached) for flow in join.incoming} for join in joins
            }
        return self._sources[gateway.id]

    def _reached(self, joins: list[FlowNode], numbers: Mapping[str, int]) -> dict[str, int]:
        """For each node the flows to joins that can be reached from it without passing their join."""
        reached = dict.fromkeys(self.nodes, 0)
        own, through = dict(reached), {}
        for join in joins:
            through[join.id] = (1 << len(numbers)) - 1
            for flow in join.incoming:
                own[flow.source] = own.get(flow.source, 0) | 1 << numbers[flow.id]
                through[join.id] ^= 1 << numbers[flow.id]
        order, dirty = _finished(self.after), set(self.nodes)
        while dirty:
            for node in order:
                if node in dirty:
                    dirty.discard(node)
                    bits = own[node]
                    for target in self.after[node]:
                        bits |= reached[target] & through[target] if target in through else reached[target]
                    if bits != reached[node]:
                        reached[node] = bits
                        dirty.update(self.before[node])
            order.reverse()
        return reached

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

    def circles(self) -> list[list[str]]:
        """The largest groups of nodes that can all reach each other, in the order of the file."""
        number = {node: at for at, group in enumerate(components(self.before, self.after)) for node in group}
        groups: dict[int, list[str]] = {}
        for node in self.nodes:
            groups.setdefault(number[node], []).append(node)
        return [group for group in groups.values() if len(group) > 1 or group[0] in self.after[group[0]]]


def _by_link(events: Iterable[FlowNode]) -> Mapping[tuple[str, str | None], Sequence[str]]:
    """The link events of each scope and name."""
    found: dict[tuple[str, str | None], list[str]] = {}
    for event in events:
        found.setdefault((event.container, event.link), []).append(event.id)
    return found


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
