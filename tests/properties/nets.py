"""Random unstructured diagrams of tasks and gateways, and what the standard says about their tokens.

`Net` is a reference of its own: tokens lie on sequence flows, as in a Petri net, and gateways take and put them. Back
edges leave tasks only, so a token never runs in a circle without waiting.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.diagrams import diagram, exclusive, inclusive, parallel, service

_GATEWAYS = {"and": parallel, "xor": exclusive, "or": inclusive}


@dataclass(frozen=True)
class Drawn:
    """Kinds of nodes (the last one is an end), flows between them, and whether each flow's condition is true."""

    kinds: tuple[str, ...]
    flows: tuple[tuple[int, int], ...]
    taken: tuple[bool, ...]

    def incoming(self, node: int) -> list[int]:
        return [index for index, flow in enumerate(self.flows) if flow[1] == node]

    def outgoing(self, node: int) -> list[int]:
        return [index for index, flow in enumerate(self.flows) if flow[0] == node]

    def leaving(self, node: int) -> list[int]:
        """The flows that a token takes when it leaves a node; the last flow of a splitting gateway is its default."""
        flows = self.outgoing(node)
        if self.kinds[node] in ("task", "and") or len(flows) < 2:
            return flows
        true = [flow for flow in flows[:-1] if self.taken[flow]]
        if self.kinds[node] == "xor":
            true = true[:1]
        return true or flows[-1:]

    def xml(self) -> bytes:
        """The diagram; flow number 3 has the id f3."""
        nodes = [
            service(f"n{n}") if kind == "task" else _GATEWAYS[kind](f"n{n}")
            for n, kind in enumerate(self.kinds)
            if kind != "end"
        ]
        end = len(self.kinds) - 1
        arrows, defaults = ["start -> n0"], {}
        for index, (source, target) in enumerate(self.flows):
            split = self.kinds[source] in ("xor", "or") and len(self.outgoing(source)) > 1
            last = self.outgoing(source)[-1] == index
            if split and last:
                defaults[source] = index
            condition = f" : ={str(self.taken[index]).lower()}" if split and not last else ""
            arrows.append(f"n{source} -> {'end' if target == end else f'n{target}'}{condition}")
        text = diagram("; ".join(arrows), *nodes).decode()
        return _numbered(text, defaults).encode()


def _numbered(text: str, defaults: dict[int, int]) -> str:
    parts = text.split('<bpmn:sequenceFlow id="')
    head, flows = parts[0], parts[1:]
    for node, flow in defaults.items():
        head = head.replace(f'Gateway id="n{node}"', f'Gateway default="f{flow}" id="n{node}"')
    named = [f'f{index - 1}"{flow.partition(chr(34))[2]}' for index, flow in enumerate(flows)]
    return head + "".join(f'<bpmn:sequenceFlow id="{flow}' for flow in named)


@st.composite
def graphs(draw: st.DrawFn, kinds: tuple[str, ...]) -> Drawn:
    """A connected diagram: every node can be reached, every node but the end has a way on."""
    count = draw(st.integers(2, 8))
    nodes = [*draw(st.lists(st.sampled_from(kinds), min_size=count, max_size=count)), "end"]
    flows: set[tuple[int, int]] = set()
    for node in range(1, count):
        flows.add((draw(st.integers(0, node - 1)), node))
    for node in range(count):
        if not any(source == node for source, _ in flows):
            flows.add((node, draw(st.integers(node + 1, count))))
        for target in draw(st.lists(st.integers(0, count), max_size=2)):
            if target > node or (nodes[node] == "task" and target != 0):
                flows.add((node, target))
    ordered = tuple(sorted(flows))
    taken = draw(st.lists(st.booleans(), min_size=len(ordered), max_size=len(ordered)))
    return Drawn(tuple(nodes), ordered, tuple(taken))


class Net:
    """Tokens on flows (`marking`) and in tasks (`busy`)."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn, self.marking, self.busy = drawn, Counter[int](), Counter[int]()
        self._enter(0)

    def complete(self, task: int) -> None:
        """A task is done: its token takes every flow, and gateways go on as far as they can."""
        self.busy -= Counter([task])
        self._take(task)

    def _take(self, node: int) -> None:
        for flow in self.drawn.leaving(node):
            self._arrive(flow)

    def _arrive(self, flow: int) -> None:
        node = self.drawn.flows[flow][1]
        incoming = self.drawn.incoming(node)
        if self.drawn.kinds[node] != "and" or len(incoming) < 2:
            self._enter(node)
            return
        self.marking[flow] += 1
        if all(self.marking[each] for each in incoming):
            self.marking -= Counter(incoming)
            self._take(node)

    def _enter(self, node: int) -> None:
        kind = self.drawn.kinds[node]
        if kind == "task":
            self.busy[node] += 1
        elif kind != "end":
            self._take(node)


def enabled(drawn: Drawn, join: int, waiting: set[int], elsewhere: list[tuple[str, int]]) -> bool:
    """Whether an inclusive join may fire (13.4.3), by walking forward from every other token.

    `waiting` are its incoming flows that hold tokens; a token elsewhere is ("flow", number) or ("node", number).
    """
    for kind, number in elsewhere:
        reached = _reached(drawn, join, [number] if kind == "flow" else drawn.outgoing(number))
        if reached - waiting and not reached & waiting:
            return False
    return bool(waiting)


def _reached(drawn: Drawn, join: int, flows: list[int]) -> set[int]:
    """The incoming flows of a join that can be reached without passing it."""
    seen: set[int] = set()
    found: set[int] = set()
    while flows:
        flow = flows.pop()
        if flow in seen:
            continue
        seen.add(flow)
        if drawn.flows[flow][1] == join:
            found.add(flow)
        else:
            flows.extend(drawn.outgoing(drawn.flows[flow][1]))
    return found
