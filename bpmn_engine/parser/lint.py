"""Warnings for the analyst: legal BPMN that is probably not meant. The diagram runs all the same.

Each rule is a function that takes a `Drawing` and notes what it finds: the mistake, the element and the remedy. A rule
that follows paths gives up quietly once it has taken `MAX_STEPS` in a file; what it has found until then is noted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import combinations

from bpmn_engine.model import Definitions, FlowNode, Problems, SequenceFlow
from bpmn_engine.model.graph import Graph
from bpmn_engine.model.problems import label
from bpmn_engine.parser.contents import no_start, no_type, no_work, strange_ids
from bpmn_engine.parser.drawing import THROWN, Budget, Drawing, GaveUp
from bpmn_engine.parser.vocabulary import ACTIVITIES, CHOICES, CONDITIONAL, GATEWAYS, NEVER_WAITS, THROWING_EVENTS

_NAMES = {
    "exclusiveGateway": "exclusive gateway",
    "parallelGateway": "parallel gateway",
    "inclusiveGateway": "inclusive gateway",
    "eventBasedGateway": "event-based gateway",
    "complexGateway": "complex gateway",
}


def lint(graphs: Iterable[Graph], definitions: Definitions, problems: Problems) -> None:
    """Note everything in the processes of a file that is probably not meant."""
    budgets = {rule: Budget() for rule in _RULES}
    for graph in graphs:
        drawing = Drawing(graph, definitions, problems)
        for rule in _RULES:
            if rule in _ALONG_PATHS and problems.broken:  # it would find what follows from a mistake that is known
                continue
            drawing.budget = budgets[rule]
            with suppress(GaveUp):
                rule(drawing)


def _name(node: FlowNode) -> str:
    return label(node, _NAMES.get(node.tag, f"<{node.tag}>"))


def _unreachable(drawing: Drawing) -> None:
    reached = drawing.graph.spread(drawing.begins)
    for node in drawing.nodes.values():
        if node.id not in reached:
            drawing.warn(
                "unreachable",
                node,
                f"{_name(node)} is never reached: no path leads to it from a start event.",
                "Connect it, or delete it.",
            )


def _dead_end(drawing: Drawing) -> None:
    has_ends = {node.container for node in drawing.nodes.values() if node.is_end}
    for node in drawing.nodes.values():
        ends = node.is_end or node.triggered_by_event or node.for_compensation or node.is_link_throw
        if node.outgoing or ends or (node.is_boundary and node.is_compensation):
            continue
        if node.is_boundary:
            drawing.warn(
                "dead-end",
                node,
                f"{_name(node)} leads nowhere: when it occurs, nothing handles it.",
                "Draw what is to happen then.",
            )
        elif node.container in has_ends:
            drawing.warn(
                "dead-end",
                node,
                f"{_name(node)} is a dead end: no flow leaves it, and it is no end event.",
                "Connect it, or draw an end event behind it.",
            )


def _no_default(drawing: Drawing) -> None:
    for node in drawing.nodes.values():
        splits = len(node.outgoing) > 1 and node.tag in CONDITIONAL
        if splits and node.default is None and all(flow.condition for flow in node.outgoing):
            drawing.warn(
                "no-default",
                node,
                f"{_name(node)} has no default flow: if no condition is true, it is stuck.",
                "Mark one of its flows as default.",
            )


def _implicit_merge(drawing: Drawing) -> None:
    """Several flows lead to an activity. Follows paths, so that in a large process it may give up."""
    for node in drawing.nodes.values():
        if node.tag in ACTIVITIES and len(node.incoming) > 1 and not _from_parallel(drawing, node):
            drawing.warn(
                "implicit-merge",
                node,
                f"{len(node.incoming)} flows lead to {_name(node)}: it runs once for each token and does not "
                "wait for others.",
                "Draw an exclusive gateway in front of it if that is meant, a parallel one if it is to wait.",
            )


def _implicit_split(drawing: Drawing) -> None:
    for node in drawing.nodes.values():
        if node.tag not in GATEWAYS and len(node.outgoing) > 1 and not any(flow.condition for flow in node.outgoing):
            drawing.warn(
                "implicit-split",
                node,
                f"{len(node.outgoing)} flows leave {_name(node)}: all of them are taken.",
                "Draw a parallel gateway behind it if that is meant, an exclusive one if it is to choose.",
            )


def _gateway_shape(drawing: Drawing) -> None:
    for node in drawing.nodes.values():
        if node.tag not in GATEWAYS:
            continue
        if len(node.incoming) > 1 and len(node.outgoing) > 1:
            drawing.warn(
                "join-and-split",
                node,
                f"{_name(node)} joins and splits at once, which is hard to read.",
                "Draw a joining gateway and a splitting one.",
            )
        elif len(node.incoming) == len(node.outgoing) == 1:
            drawing.warn(
                "superfluous-gateway",
                node,
                f"{_name(node)} has one flow in and one out, so it does nothing.",
                "Delete it, or draw the missing flow.",
            )


def _waits_in_vain(drawing: Drawing) -> None:
    """A choice in front of a parallel join: only one of the flows that it waits for gets a token.

    Follows the paths from each choice to each join, so that in a large process it may give up.
    """
    joins = [node for node in drawing.nodes.values() if node.is_parallel_gateway and len(node.incoming) > 1]
    for split in drawing.nodes.values():
        if split.tag not in CHOICES or len(split.outgoing) < 2:
            continue
        drawing.budget.spend(len(joins))
        reached = [join for join in joins if join.id in drawing.behind(split.id)]
        elsewhere = drawing.without(split.id) if reached else set()
        for join in reached:
            if _starved(drawing, split, join, elsewhere):
                drawing.warn(
                    "wrong-join",
                    join,
                    f"{_name(join)} waits for all of its flows, but {_name(split)} sends a token to one of them only: "
                    "the process stops here.",
                    f"Make it an exclusive gateway, or make '{split.name or split.id}' a parallel one.",
                )


def _starved(drawing: Drawing, split: FlowNode, join: FlowNode, elsewhere: set[str]) -> bool:
    """Whether two flows of a join get tokens from different branches only; `elsewhere` is reached without the split."""
    branches = _branches(drawing, split, join, frozenset((join.id,)))
    if len(branches) < 2 or _comes_back(drawing, split, join):
        return False
    reached = [flow for flow in join.incoming if flow.id in branches and flow.source not in elsewhere]
    for one, other in combinations(reached, 2):
        drawing.budget.spend(1)
        if branches[one.id].isdisjoint(branches[other.id]):
            return True
    return False


def _comes_back(drawing: Drawing, split: FlowNode, join: FlowNode) -> bool:
    """Whether the choice is made again without passing the join."""
    targets = [flow.target for flow in split.outgoing if flow.target != join.id]
    return split.id in drawing.spread(targets, stops=frozenset((join.id,)))


def _branches(drawing: Drawing, split: FlowNode, join: FlowNode, stops: frozenset[str]) -> dict[str, set[int]]:
    """For each incoming flow of a join that a split leads to the branches of the split that lead there."""
    found: dict[str, set[int]] = {}
    arriving = drawing.arriving[join.id]
    for number, branch in enumerate(split.outgoing):
        if branch.target == join.id:
            found.setdefault(branch.id, set()).add(number)
        if branch.target not in stops:
            reached = drawing.spread([branch.target], stops=stops)
            for source in (reached - stops) & arriving.keys():
                for flow in arriving[source]:
                    found.setdefault(flow, set()).add(number)
    return found


def _runs_twice(drawing: Drawing) -> None:
    """A parallel split in front of something that does not join.

    Follows the paths from each split, so that in a large process it may give up.
    """
    for node in drawing.nodes.values():
        merges = node.is_exclusive_gateway or node.tag in ACTIVITIES
        split = _from_parallel(drawing, node) if merges and len(node.incoming) > 1 else None
        if split is not None:
            drawing.warn(
                "wrong-join",
                node,
                f"{_name(node)} does not wait for the parallel branches of {_name(split)}: what follows runs once for "
                "each of them.",
                "Join them by a parallel gateway, or an inclusive one if some may not run.",
            )


def _from_parallel(drawing: Drawing, node: FlowNode) -> FlowNode | None:
    """The parallel split of which two branches come here without having been joined."""
    if node.id not in drawing.unjoined:
        drawing.unjoined[node.id] = _find_parallel(drawing, node)
    return drawing.unjoined[node.id]


def _find_parallel(drawing: Drawing, node: FlowNode) -> FlowNode | None:
    stops = drawing.joins | {node.id}
    drawing.budget.spend(len(drawing.splits))
    for split in drawing.splits:
        if node.id not in drawing.behind(split.id):
            continue
        first, *others = _branches(drawing, split, node, stops).values() or (set(),)
        if others and (len(first) > 1 or any(first != other for other in others)):
            return split
    return None


def _uncaught(drawing: Drawing) -> None:
    for node in drawing.nodes.values():
        for drawn in node.event_definitions:
            throws = node.tag in THROWING_EVENTS
            kind = THROWN.get(drawn.tag)
            if not throws or kind is None or drawn.reference is None:
                continue
            if not drawing.catches(node, drawn.tag, drawn.reference):
                drawing.warn(
                    f"uncaught-{kind}",
                    node,
                    f"{_name(node)} throws an {kind} that nothing in this process catches.",
                    f"Attach an {kind} boundary event to the activity around it, or catch it where this is called.",
                )


def _same_catcher(drawing: Drawing) -> None:
    """Two events in one place that wait for the same: which of them gets it is not for the analyst to know."""
    first: dict[tuple[str, ...], FlowNode] = {}
    for node in drawing.nodes.values():
        place = drawing.place_of(node)
        for kind, what in drawing.awaited(node) if place else ():
            other = first.setdefault((*place, kind, what), node)
            if other is not node:
                drawing.warn(
                    "same-catcher",
                    node,
                    f"{_name(node)} waits for the same {kind} as {_name(other)} {place[0]}; only one of them gets it.",
                    "Delete one of them, or let them wait for different things.",
                )


def _endless(drawing: Drawing) -> None:
    """A circle that waits for nothing and cannot be left."""
    for circle in drawing.graph.circles():
        nodes, inside = [drawing.nodes[name] for name in circle], set(circle)
        if all(node.tag in NEVER_WAITS for node in nodes):
            leaves = any(flow.target not in inside for node in nodes for flow in node.outgoing)
            if not leaves:
                drawing.warn(
                    "endless-loop",
                    nodes[0],
                    f"{_name(nodes[0])} is in a loop that waits for nothing and never ends.",
                    "Draw a way out of it, or something to wait for.",
                )


def _several_starts(drawing: Drawing) -> None:
    starts: dict[str, list[FlowNode]] = {}
    for node in drawing.nodes.values():
        if node.is_start and not node.event_definitions:
            starts.setdefault(node.container, []).append(node)
    for several in starts.values():
        if len(several) > 1:
            drawing.warn(
                "several-starts",
                several[1],
                f"{_name(several[1])} is one of {len(several)} start events without a trigger: all start at once.",
                "Keep one of them, or say what triggers each.",
            )


def _same_condition(drawing: Drawing) -> None:
    for node in drawing.nodes.values():
        twice = [text for text, count in Counter(_conditions(node.outgoing)).items() if count > 1]
        if node.is_exclusive_gateway and twice:
            drawing.warn(
                "same-condition",
                node,
                f"Two flows of {_name(node)} have the condition '{twice[0]}'; only the first is taken.",
                "Correct one of them.",
            )


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
    no_type,
    no_work,
    no_start,
    strange_ids,
)
_ALONG_PATHS = (_unreachable, _dead_end, _gateway_shape, _waits_in_vain, _runs_twice, no_start)
