"""Random block-structured diagrams: trees of blocks, each with one way in and one way out."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.diagrams import (
    boundary,
    catch,
    compensate_event,
    condition_event,
    diagram,
    element,
    error,
    error_event,
    escalation,
    escalation_event,
    event_based,
    event_sub,
    exclusive,
    inclusive,
    message,
    message_event,
    multi,
    parallel,
    service,
    signal,
    signal_event,
    standard_loop,
    start,
    sub,
    throw,
    timer,
    undo,
    user,
)

Tree = tuple  # type: ignore[type-arg]  # ("task",), ("seq", [trees]), ...

JOBS = st.sampled_from([("service",), ("user",), ("task",), ("listened",)])
WAITS = st.sampled_from(
    [("timer",), ("message",), ("signal",), ("condition",), ("escalate",), ("undoable",), ("compensate",)]
)


def trees(leaves: st.SearchStrategy[Tree], *, events: bool) -> st.SearchStrategy[Tree]:
    """Trees of blocks; with `events` also those that can be interrupted."""

    def grow(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        several = st.lists(children, min_size=2, max_size=3)
        kinds = [
            st.tuples(st.just("seq"), several),
            st.tuples(st.just("par"), several),
            st.tuples(st.just("incl"), several, st.lists(st.booleans(), min_size=3, max_size=3)),
            st.tuples(st.just("xor"), several, st.integers(0, 2)),
            st.tuples(st.just("sub"), children),
            st.tuples(st.just("mi"), children, st.integers(0, 3), st.booleans()),
            st.tuples(st.just("loop"), children, st.integers(1, 3)),
        ]
        if events:
            kinds += [
                st.tuples(st.just("boundary"), children, children, st.sampled_from(BOUNDARIES)),
                st.tuples(st.just("handled"), children, children, st.sampled_from(BOUNDARIES)),
                st.tuples(st.just("event"), children, children),
            ]
        return st.one_of(kinds)

    return st.recursive(leaves, grow, max_leaves=7)


#: What interrupts a block, and whether it does or runs beside it.
BOUNDARIES = [
    ("timer", True),
    ("timer", False),
    ("message", True),
    ("message", False),
    ("error", True),
    ("escalation", False),
    ("condition", False),
]

_DEFINITIONS: dict[str, Callable[[], str]] = {
    "timer": lambda: timer("duration", "PT1H"),
    "message": lambda: message_event("m"),
    "error": lambda: error_event("E"),
    "escalation": lambda: escalation_event("S"),
    "condition": lambda: condition_event("=x > 1"),
}


@dataclass
class Drawing:
    """The flows and nodes of one scope."""

    count: list[int]
    flows: list[str] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)

    def name(self, kind: str) -> str:
        self.count[0] += 1
        return f"{kind}{self.count[0]}"

    def draw(self, tree: Tree) -> tuple[str, str]:
        """Draw a block; its way in and its way out."""
        method: Callable[..., tuple[str, str]] = getattr(self, f"_{tree[0]}")
        return method(*tree[1:])

    def _add(self, kind: str, make: Callable[[str], str]) -> tuple[str, str]:
        name = self.name(kind)
        self.nodes.append(make(name))
        return name, name

    def _service(self) -> tuple[str, str]:
        return self._add("a", service)

    def _listened(self) -> tuple[str, str]:
        drawn = "".join(
            f'<zeebe:executionListener eventType="{event}" type="l"/>' for event in ("start", "start", "end")
        )
        return self._add(
            "l", lambda name: service(name, f"<zeebe:executionListeners>{drawn}</zeebe:executionListeners>")
        )

    def _user(self) -> tuple[str, str]:
        return self._add("u", user)

    def _task(self) -> tuple[str, str]:
        return self._add("t", lambda name: element("task", name))

    def _timer(self) -> tuple[str, str]:
        return self._add("w", lambda name: catch(name, timer("duration", "PT1H")))

    def _message(self) -> tuple[str, str]:
        return self._add("m", lambda name: catch(name, message_event("m")))

    def _signal(self) -> tuple[str, str]:
        return self._add("s", lambda name: catch(name, signal_event("g")))

    def _condition(self) -> tuple[str, str]:
        return self._add("k", lambda name: catch(name, condition_event("=x > 1")))

    def _escalate(self) -> tuple[str, str]:
        return self._add("e", lambda name: throw(name, escalation_event("S")))

    def _compensate(self) -> tuple[str, str]:
        return self._add("c", lambda name: throw(name, compensate_event()))

    def _undoable(self) -> tuple[str, str]:
        name, _ = self._service()
        self.nodes.append(undo(name, f"undo_{name}"))
        return name, name

    def _seq(self, trees: list[Tree]) -> tuple[str, str]:
        ends = [self.draw(tree) for tree in trees]
        for (_, out), (into, _) in itertools.pairwise(ends):
            self.flows.append(f"{out} -> {into}")
        return ends[0][0], ends[-1][1]

    def _split(self, gateway: Callable[[str], str], trees: list[Tree], conditions: list[str]) -> tuple[str, str]:
        split, join = self.name("split"), self.name("join")
        self.nodes += [gateway(split), gateway(join)]
        for tree, condition in zip(trees, conditions, strict=False):
            into, out = self.draw(tree)
            self.flows += [f"{split} -> {into}{condition}", f"{out} -> {join}"]
        return split, join

    def _par(self, trees: list[Tree]) -> tuple[str, str]:
        return self._split(parallel, trees, [""] * 3)

    def _incl(self, trees: list[Tree], taken: list[bool]) -> tuple[str, str]:
        return self._split(
            inclusive, trees, [f" : ={str(flag).lower()}" for flag in taken[: len(trees) - 1]] + [" : default"]
        )

    def _xor(self, trees: list[Tree], index: int) -> tuple[str, str]:
        conditions = [f" : ={str(n == index).lower()}" for n in range(len(trees) - 1)]
        return self._split(exclusive, trees, [*conditions, " : default"])

    def _inside(self, tree: Tree, *more: str) -> tuple[str, list[str]]:
        inner = Drawing(self.count)
        into, out = inner.draw(tree)
        begin, finish = self.name("start_"), self.name("end_")
        return "; ".join([f"{begin} -> {into}", *inner.flows, f"{out} -> {finish}"]), [*more, *inner.nodes]

    def _scope(self, tree: Tree, *more: str) -> tuple[str, str]:
        flows, nodes = self._inside(tree, *more)
        return self._add("sub", lambda name: sub(name, flows, *nodes))

    def _sub(self, tree: Tree) -> tuple[str, str]:
        return self._scope(tree)

    def _mi(self, tree: Tree, times: int, sequential: bool) -> tuple[str, str]:
        return self._scope(tree, multi(cardinality=str(times), sequential=sequential))

    def _loop(self, tree: Tree, times: int) -> tuple[str, str]:
        return self._scope(tree, standard_loop(attributes=f'loopMaximum="{times}"'))

    def _boundary(self, tree: Tree, way: Tree, kind: tuple[str, bool]) -> tuple[str, str]:
        host, _ = self._scope(tree)
        event, (into, out) = self.name("b"), self.draw(way)
        self.nodes.append(boundary(event, host, _DEFINITIONS[kind[0]](), interrupting=kind[1]))
        if not kind[1]:
            self.flows += [f"{event} -> {into}", f"{out} -> {self.name('end_')}"]
            return host, host
        merge = self.name("merge")
        self.nodes.append(exclusive(merge))
        self.flows += [f"{event} -> {into}", f"{out} -> {merge}", f"{host} -> {merge}"]
        return host, merge

    def _handled(self, tree: Tree, way: Tree, kind: tuple[str, bool]) -> tuple[str, str]:
        inner = Drawing(self.count)
        into, out = inner.draw(way)
        begin, handler = self.name("start_"), self.name("h")
        flows = "; ".join([f"{begin} -> {into}", *inner.flows, f"{out} -> {self.name('end_')}"])
        event = start(begin, _DEFINITIONS[kind[0]](), interrupting=kind[1])
        return self._scope(tree, event_sub(handler, flows, event, *inner.nodes))

    def _event(self, one: Tree, other: Tree) -> tuple[str, str]:
        gateway, merge, by_time, by_message = (self.name(kind) for kind in ("g", "merge", "w", "m"))
        self.nodes += [
            event_based(gateway),
            exclusive(merge),
            catch(by_time, timer("duration", "PT1H")),
            catch(by_message, message_event("m")),
        ]
        for event, tree in ((by_time, one), (by_message, other)):
            into, out = self.draw(tree)
            self.flows += [f"{gateway} -> {event}", f"{event} -> {into}", f"{out} -> {merge}"]
        return gateway, merge


def drawn(tree: Tree) -> bytes:
    """The diagram of a tree."""
    drawing = Drawing([0])
    into, out = drawing.draw(tree)
    shared = message("m", "=1") + signal("g") + error("E") + escalation("S")
    return diagram("; ".join([f"start -> {into}", *drawing.flows, f"{out} -> end"]), *drawing.nodes, shared=shared)
