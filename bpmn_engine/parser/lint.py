"""What is legal BPMN but probably not meant: warnings for the analyst. The diagram runs all the same.

Each rule is a function that takes a `Drawing` and notes what it finds: the mistake, the element and the remedy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations

from bpmn_engine.model import Definitions, FlowNode, Problems, Process, Reference, SequenceFlow
from bpmn_engine.model.graph import Graph
from bpmn_engine.model.problems import label
from bpmn_engine.parser.vocabulary import ACTIVITIES, GATEWAYS

#: Elements that pass a token on without waiting for anything.
_STRAIGHT = GATEWAYS - {"eventBasedGateway"} | {"task", "manualTask"}
_JOINING = frozenset(("parallelGateway", "inclusiveGateway", "complexGateway"))
_NAMES = {
    "exclusiveGateway": "exclusive gateway", "parallelGateway": "parallel gateway",
    "inclusiveGateway": "inclusive gateway", "eventBasedGateway": "event-based gateway",
    "complexGateway": "complex gateway",
}  # fmt: skip


class Drawing:
    """A process with its graph and the file around it."""

    def __init__(self, process: Process, definitions: Definitions, problems: Problems) -> None:
        self.process, self.definitions, self.problems = process, definitions, problems
        self.nodes = process.nodes
        self.graph = Graph(process)
        self.begins = [node.id for node in self.nodes.values() if self._begins(node)]

    def _begins(self, node: FlowNode) -> bool:
        """Whether tokens come here by themselves; without any start event, wherever no flow leads to."""
        if node.tag == "startEvent" or node.instantiating or node.by_event or node.for_compensation:
            return True
        scope = self.nodes.get(node.container)
        if scope is not None and scope.tag == "adHocSubProcess":
            return not node.incoming and node.tag != "boundaryEvent"
        started = any(other.tag == "startEvent" for other in self.nodes.values() if other.container == node.container)
        return not started and not node.incoming and node.tag != "boundaryEvent" and not _is_link(node, "catch")

    def warn(self, rule: str, node: FlowNode | SequenceFlow, message: str, hint: str) -> None:
        """Note something at a node."""
        self.problems.warning(rule, node, message, hint)

    def without(self, removed: str) -> set[str]:
        """What tokens can reach if this node is taken away."""
        return self.graph.spread((node for node in self.begins if node != removed), stops=frozenset((removed,))) - {
            removed
        }


def lint(process: Process, definitions: Definitions, problems: Problems) -> None:
    """Note everything that is probably not meant."""
    drawing = Drawing(process, definitions, problems)
    for rule in _RULES:
        rule(drawing)


def _name(node: FlowNode) -> str:
    return label(node, _NAMES.get(node.tag, f"<{node.tag}>"))


def _is_link(node: FlowNode, way: str) -> bool:
    tag = "intermediateCatchEvent" if way == "catch" else "intermediateThrowEvent"
    return node.tag == tag and any(drawn.tag == "linkEventDefinition" for drawn in node.event_definitions)


def _unreachable(drawing: Drawing) -> None:
    reached = drawing.graph.spread(drawing.begins)
    for node in drawing.nodes.values():
        if node.id not in reached:
            drawing.warn(
                "unreachable", node, f"{_name(node)} is never reached: no path leads to it from a start event.",
                "Connect it, or delete it.",
            )  # fmt: skip


def _dead_end(drawing: Drawing) -> None:
    has_ends = {node.container for node in drawing.nodes.values() if node.tag == "endEvent"}
    for node in drawing.nodes.values():
        ends = node.tag == "endEvent" or node.by_event or node.for_compensation or _is_link(node, "throw")
        undoes = any(drawn.tag == "compensateEventDefinition" for drawn in node.event_definitions)
        if node.outgoing or ends or (node.tag == "boundaryEvent" and undoes):
            continue
        if node.tag == "boundaryEvent":
            drawing.warn(
                "dead-end", node, f"{_name(node)} leads nowhere: when it occurs, nothing handles it.",
                "Draw what is to happen then.",
            )  # fmt: skip
        elif node.container in has_ends:
            drawing.warn(
                "dead-end", node, f"{_name(node)} is a dead end: no flow leaves it, and it is no end event.",
                "Connect it, or draw an end event behind it.",
            )  # fmt: skip


def _no_default(drawing: Drawing) -> None:
    for node in drawing.nodes.values():
        splits = len(node.outgoing) > 1 and node.tag in ("exclusiveGateway", "inclusiveGateway")
        if splits and node.default is None and all(flow.condition for flow in node.outgoing):
            drawing.warn(
                "no-default", node, f"{_name(node)} has no default flow: if no condition is true, it is stuck.",
                "Mark one of its flows as default.",
            )  # fmt: skip


def _implicit_merge(drawing: Drawing) -> None:
    for node in drawing.nodes.values():
        if node.tag in ACTIVITIES and len(node.incoming) > 1 and not _from_parallel(drawing, node):
            drawing.warn(
                "implicit-merge", node,
                f"{len(node.incoming)} flows lead to {_name(node)}: it runs once for each token and does not "
                "wait for others.",
                "Draw an exclusive gateway in front of it if that is meant, a parallel one if it shall wait.",
            )  # fmt: skip


def _implicit_split(drawing: Drawing) -> None:
    for node in drawing.nodes.values():
        if node.tag not in GATEWAYS and len(node.outgoing) > 1 and not any(flow.condition for flow in node.outgoing):
            drawing.warn(
                "implicit-split", node, f"{len(node.outgoing)} flows leave {_name(node)}: all of them are taken.",
                "Draw a parallel gateway behind it if that is meant, an exclusive one if it shall choose.",
            )  # fmt: skip


def _gateway_shape(drawing: Drawing) -> None:
    for node in drawing.nodes.values():
        if node.tag not in GATEWAYS:
            continue
        if len(node.incoming) > 1 and len(node.outgoing) > 1:
            drawing.warn(
                "join-and-split", node, f"{_name(node)} joins and splits at once, which is hard to read.",
                "Draw a joining gateway and a splitting one.",
            )  # fmt: skip
        elif len(node.incoming) == len(node.outgoing) == 1:
            drawing.warn(
                "superfluous-gateway", node, f"{_name(node)} has one flow in and one out, so it does nothing.",
                "Delete it, or draw the missing flow.",
            )  # fmt: skip


def _waits_in_vain(drawing: Drawing) -> None:
    """A choice in front of a parallel join: only one of the flows that it waits for gets a token."""
    for split in drawing.nodes.values():
        if split.tag not in ("exclusiveGateway", "eventBasedGateway") or len(split.outgoing) < 2:
            continue
        for join in drawing.nodes.values():
            if join.tag == "parallelGateway" and len(join.incoming) > 1 and _starved(drawing, split, join):
                drawing.warn(
                    "wrong-join", join,
                    f"{_name(join)} waits for all of its flows, but {_name(split)} sends a token to one of them only: "
                    "the process stops here.",
                    f"Make it an exclusive gateway, or make '{split.name or split.id}' a parallel one.",
                )  # fmt: skip


def _starved(drawing: Drawing, split: FlowNode, join: FlowNode) -> bool:
    branches = _branches(drawing, split, join, frozenset((join.id,)))
    only_by_split = drawing.without(split.id)
    for one, other in combinations(join.incoming, 2):
        ways = [branches.get(flow.id, set()) for flow in (one, other)]
        depends = not {one.source, other.source} & only_by_split
        if depends and all(ways) and not ways[0] & ways[1] and not _comes_back(drawing, split, join):
            return True
    return False


def _comes_back(drawing: Drawing, split: FlowNode, join: FlowNode) -> bool:
    """Whether the choice is made again without passing the join."""
    targets = [flow.target for flow in split.outgoing if flow.target != join.id]
    return split.id in drawing.graph.spread(targets, stops=frozenset((join.id,)))


def _branches(drawing: Drawing, split: FlowNode, join: FlowNode, stops: frozenset[str]) -> dict[str, set[int]]:
    """For each incoming flow of a join the branches of a split that lead there."""
    found: dict[str, set[int]] = {}
    for number, branch in enumerate(split.outgoing):
        reached = {split.id} if branch.target in stops else drawing.graph.spread([branch.target], stops=stops)
        for flow in join.incoming:
            direct = flow.id == branch.id
            if direct or (branch.target not in stops and flow.source in reached and flow.source not in stops):
                found.setdefault(flow.id, set()).add(number)
    return found


def _runs_twice(drawing: Drawing) -> None:
    """A parallel split in front of something that does not join."""
    for node in drawing.nodes.values():
        merges = node.tag == "exclusiveGateway" or node.tag in ACTIVITIES
        split = _from_parallel(drawing, node) if merges and len(node.incoming) > 1 else None
        if split is not None:
            drawing.warn(
                "wrong-join", node,
                f"{_name(node)} does not wait for the parallel branches of {_name(split)}: what follows runs once for "
                "each of them.",
                "Join them by a parallel gateway, or an inclusive one if some may not run.",
            )  # fmt: skip


def _from_parallel(drawing: Drawing, node: FlowNode) -> FlowNode | None:
    """The parallel split of which two branches come here without having been joined."""
    joins = frozenset(other.id for other in drawing.nodes.values() if other.tag in _JOINING and len(other.incoming) > 1)
    stops = joins | {node.id}
    for split in drawing.nodes.values():
        if split.tag != "parallelGateway" or len(split.outgoing) < 2:
            continue
        ways = _branches(drawing, split, node, stops)
        if any(ways[one] != ways[other] or len(ways[one]) > 1 for one, other in combinations(ways, 2)):
            return split
    return None


def _uncaught(drawing: Drawing) -> None:
    for node in drawing.nodes.values():
        for drawn in node.event_definitions:
            throws = node.tag in ("endEvent", "intermediateThrowEvent")
            kind = _THROWN.get(drawn.tag)
            if not throws or kind is None or drawn.reference is None:
                continue
            if not any(_catches(drawing, catcher, drawn.tag, drawn.reference) for catcher in _around(drawing, node)):
                drawing.warn(
                    f"uncaught-{kind}", node, f"{_name(node)} throws an {kind} that nothing in this process catches.",
                    f"Attach an {kind} boundary event to the activity around it, or catch it where this is called.",
                )  # fmt: skip


_THROWN = {"errorEventDefinition": "error", "escalationEventDefinition": "escalation"}
_CODES = {"errorEventDefinition": "errorCode", "escalationEventDefinition": "escalationCode"}


def _around(drawing: Drawing, node: FlowNode) -> Iterator[FlowNode]:
    """The events that see what happens at a node: on its scopes, and in the event sub-processes of them."""
    scope = node.container
    while scope:
        for other in drawing.nodes.values():
            handler = drawing.nodes.get(other.container)
            starts = other.tag == "startEvent" and handler is not None and handler.by_event
            if other.attached_to == scope or (starts and handler is not None and handler.container == scope):
                yield other
        scope = drawing.nodes[scope].container if scope in drawing.nodes else ""


def _catches(drawing: Drawing, catcher: FlowNode, tag: str, reference: str) -> bool:
    codes = drawing.definitions.references
    for drawn in catcher.event_definitions:
        if drawn.tag == tag:
            mine, thrown = (_code(codes, name, tag) for name in (drawn.reference, reference))
            if drawn.reference in (None, reference) or (mine and mine == thrown):
                return True
    return False


def _code(references: Mapping[str, Reference], name: str | None, tag: str) -> str | None:
    found = references.get(name or "")
    return found.attributes.get(_CODES[tag]) if found else None


def _same_catcher(drawing: Drawing) -> None:
    """Two events on one activity that catch the same error: which one runs is not for the analyst to know."""
    seen: Counter[tuple[str, str, str | None]] = Counter()
    for node in drawing.nodes.values():
        for drawn in node.event_definitions:
            if node.tag == "boundaryEvent" and drawn.tag in _THROWN:
                seen[node.attached_to or "", drawn.tag, drawn.reference] += 1
                if seen[node.attached_to or "", drawn.tag, drawn.reference] == 2:
                    drawing.warn(
                        "same-catcher", node,
                        f"{_name(node)} catches the same {_THROWN[drawn.tag]} as another event on this activity; only "
                        "the first one does.",
                        "Delete one of them, or give them different codes.",
                    )  # fmt: skip


def _endless(drawing: Drawing) -> None:
    """A circle that waits for nothing and cannot be left."""
    for circle in drawing.graph.circles():
        nodes = [drawing.nodes[name] for name in circle]
        if all(node.tag in _STRAIGHT for node in nodes):
            leaves = any(flow.target not in circle for node in nodes for flow in node.outgoing)
            if not leaves:
                drawing.warn(
                    "endless-loop", nodes[0], f"{_name(nodes[0])} is in a loop that waits for nothing and never ends.",
                    "Draw a way out of it, or something to wait for.",
                )  # fmt: skip


def _several_starts(drawing: Drawing) -> None:
    starts: dict[str, list[FlowNode]] = {}
    for node in drawing.nodes.values():
        if node.tag == "startEvent" and not node.event_definitions:
            starts.setdefault(node.container, []).append(node)
    for several in starts.values():
        if len(several) > 1:
            drawing.warn(
                "several-starts", several[1],
                f"{_name(several[1])} is one of {len(several)} start events without a trigger: all start at once.",
                "Keep one of them, or say what triggers each.",
            )  # fmt: skip


def _same_condition(drawing: Drawing) -> None:
    for node in drawing.nodes.values():
        twice = [text for text, count in Counter(_conditions(node.outgoing)).items() if count > 1]
        if node.tag == "exclusiveGateway" and twice:
            drawing.warn(
                "same-condition", node,
                f"Two flows of {_name(node)} have the condition '{twice[0]}'; only the first is taken.",
                "Correct one of them.",
            )  # fmt: skip


def _conditions(flows: Iterable[SequenceFlow]) -> list[str]:
    return [flow.condition.text for flow in flows if flow.condition is not None]


_RULES: tuple[Callable[[Drawing], None], ...] = (
    _unreachable,
    _dead_end,
    _no_default,
    _implicit_merge,
    _implicit_split,
    _gateway_shape,
    _waits_in_vain,
    _runs_twice,
    _uncaught,
    _same_catcher,
    _endless,
    _several_starts,
    _same_condition,
)
