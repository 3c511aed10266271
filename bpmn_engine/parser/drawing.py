"""A process as the rules of lint look at it: its nodes, its paths, who catches what, and how much work is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property

from bpmn_engine.model import Definitions, FlowNode, Problems, Reference, SequenceFlow
from bpmn_engine.model.graph import Graph
from bpmn_engine.parser.vocabulary import JOINS

#: How many steps along an edge, or comparisons, a rule that follows paths may take in one file.
MAX_STEPS = 500_000
#: What is thrown and caught by its code: the kind of an event definition, and the attribute of what it refers to.
THROWN = {"errorEventDefinition": "error", "escalationEventDefinition": "escalation"}
_CODES = {"errorEventDefinition": "errorCode", "escalationEventDefinition": "escalationCode"}

#: Ids and codes of errors or escalations; None stands for all.
Caught = Set[tuple[str, str] | None]
_NOTHING: Caught = frozenset()


class GaveUp(Exception):
    """A rule has used up its work."""


class Budget:
    """The steps that one rule may still take in a file."""

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Take some steps; raise `GaveUp` if there are not that many."""
        self.left -= steps
        if self.left < 0:
            raise GaveUp


class Drawing:
    """A process with its graph and the file around it."""

    def __init__(self, graph: Graph, definitions: Definitions, problems: Problems) -> None:
        self.process, self.nodes, self.graph = graph.process, graph.nodes, graph
        self.definitions, self.problems, self.budget = definitions, problems, Budget()
        self.started = {node.container for node in self.nodes.values() if node.is_start}
        self.begins = [node.id for node in self.nodes.values() if self._begins(node)]
        #: The answers to questions that are asked again.
        self.unjoined: dict[str, FlowNode | None] = {}
        self._behind: dict[str, set[str]] = {}

    def _begins(self, node: FlowNode) -> bool:
        """Whether tokens come here by themselves; without any start event, wherever no flow leads to."""
        if node.is_start or node.instantiating or node.triggered_by_event or node.for_compensation:
            return True
        scope = self.nodes.get(node.container)
        if scope is not None and scope.is_ad_hoc:
            return not node.incoming and not node.is_boundary
        return node.container not in self.started and not node.incoming and node.begins_by_itself

    def warn(self, rule: str, node: FlowNode | SequenceFlow, message: str, hint: str) -> None:
        """Note something at a node."""
        self.problems.warning(rule, node, message, hint)

    # what is work

    def spread(self, starts: Iterable[str], stops: frozenset[str] = frozenset()) -> set[str]:
        """Return what tokens can reach from these; `stops` are reached but not passed."""
        found = self.graph.spread(starts, stops)
        self.budget.spend(sum(map(self._costs.__getitem__, found)))
        return found

    def behind(self, node: str) -> set[str]:
        """A node and what tokens can reach from it."""
        if node not in self._behind:
            self._behind[node] = self.spread([node])
        return self._behind[node]

    @cached_property
    def _costs(self) -> Mapping[str, int]:
        return {node: 1 + len(targets) for node, targets in self.graph.after.items()}

    def without(self, removed: str) -> set[str]:
        """Return what tokens can reach if this node is taken away."""
        starts = (node for node in self.begins if node != removed)
        return self.spread(starts, stops=frozenset((removed,))) - {removed}

    @cached_property
    def joins(self) -> frozenset[str]:
        """The gateways at which tokens wait for each other."""
        return frozenset(node.id for node in self.nodes.values() if node.tag in JOINS and len(node.incoming) > 1)

    @cached_property
    def splits(self) -> list[FlowNode]:
        """The gateways at which tokens run side by side from then on."""
        return [node for node in self.nodes.values() if node.is_parallel_gateway and len(node.outgoing) > 1]

    @cached_property
    def arriving(self) -> Mapping[str, Mapping[str, list[str]]]:
        """For each node with several incoming flows those flows, by the node that they come from."""
        found: dict[str, dict[str, list[str]]] = {}
        for node in self.nodes.values():
            if len(node.incoming) > 1:
                for flow in node.incoming:
                    found.setdefault(node.id, {}).setdefault(flow.source, []).append(flow.id)
        return found

    # who catches

    def catches(self, node: FlowNode, tag: str, reference: str) -> bool:
        """Whether an event around a node, on its scopes or in their event sub-processes, catches what it throws."""
        code = _code(self.definitions.references, reference, tag)
        scope = node.container
        while scope:
            caught = self._caught.get((scope, tag), _NOTHING)
            if None in caught or ("id", reference) in caught or (code and ("code", code) in caught):
                return True
            if caught and code and (code.startswith("=") or "${" in code):  # nobody knows before it is thrown
                return True
            scope = self.nodes[scope].container if scope in self.nodes else ""
        return False

    @cached_property
    def _caught(self) -> Mapping[tuple[str, str], Caught]:
        """The codes that are caught on each scope, by the kind of event definition."""
        found: dict[tuple[str, str], set[tuple[str, str] | None]] = {}
        for node in self.nodes.values():
            for scope in self._watched(node):
                for drawn in node.event_definitions:
                    keys = found.setdefault((scope, drawn.tag), set())
                    code = _code(self.definitions.references, drawn.reference, drawn.tag)
                    keys.add(("code", code) if code else None)
        return found

    def place_of(self, node: FlowNode) -> tuple[str, ...]:
        """The place where an event waits beside others, in words and by id: an activity, a scope or a gateway."""
        if node.attached_to:
            return "on the same activity", node.attached_to
        scope = self.nodes.get(node.container)
        if node.is_start and scope is not None and scope.triggered_by_event:
            return "in the same scope", scope.container
        sources = (self.nodes.get(flow.source) for flow in node.incoming)
        gateway = next((source for source in sources if source is not None and source.tag == "eventBasedGateway"), None)
        return ("behind the same gateway", gateway.id) if gateway is not None else ()

    def awaited(self, node: FlowNode) -> Iterator[tuple[str, str]]:
        """The messages, signals, errors and escalations for which an event or receive task waits."""
        if "messageRef" in node.attributes:
            yield "message", self._message(node.attributes["messageRef"])
        for drawn in node.event_definitions:
            kind = drawn.tag.removesuffix("EventDefinition")
            if kind == "message":
                yield kind, self._message(drawn.reference)
            elif kind == "signal":
                signal = self.definitions.references.get(drawn.reference or "")
                yield kind, signal.name if signal else ""
            elif drawn.tag in _CODES:
                yield kind, _code(self.definitions.references, drawn.reference, drawn.tag) or ""

    def _message(self, reference: str | None) -> str:
        """The name of a message and how it is correlated: both together say who gets it."""
        message = self.definitions.messages.get(reference or "")
        key = message.extensions.correlation_key if message else None
        return f"{message.name if message else ''} {key.text if key else ''}"

    def _watched(self, node: FlowNode) -> list[str]:
        scope = self.nodes.get(node.container)
        scopes = [scope.container] if node.is_start and scope is not None and scope.triggered_by_event else []
        return [*scopes, node.attached_to] if node.attached_to else scopes


def _code(references: Mapping[str, Reference], name: str | None, tag: str) -> str | None:
    found = references.get(name or "")
    return found.attributes.get(_CODES[tag]) if found and tag in _CODES else None
