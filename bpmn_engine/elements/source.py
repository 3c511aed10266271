"""The source of an element: its node, with the process and the file around it."""

from __future__ import annotations

from bpmn_engine.dialects import ElementProblems
from bpmn_engine.model import Definitions, FlowNode, Message, Problems, Reference, SequenceFlow
from bpmn_engine.model.graph import Graph
from bpmn_engine.model.problems import flow_label


class Source(ElementProblems):
    """A node with the process and the file around it, and a place for problems."""

    def __init__(self, node: FlowNode, graph: Graph, definitions: Definitions, problems: Problems) -> None:
        super().__init__(problems, node)
        self.node, self.graph, self.definitions = node, graph, definitions
        self.process = graph.process

    def flow(self, flow: SequenceFlow) -> str:
        """Name a flow for messages, by what it connects."""
        return flow_label(flow, *(self.process.called(end) for end in (flow.source, flow.target)))

    def message(self, reference: str | None, user: str) -> Message | None:
        """The message that `user` refers to; a missing one is reported."""
        found = self.definitions.messages.get(reference or "")
        if found is None:
            what = f"refers to the message '{reference}', which is not in this file" if reference else "has no message"
            self.error("unknown-reference", f"{user} {what}.", "Choose a message.")
        elif not found.name:
            self.error("message-name", f"The message '{found.id}' of {user} has no name.", "Give it one.")
        return found

    def reference(self, reference: str | None, user: str) -> Reference | None:
        """The error, signal or escalation that `user` refers to; None if there is no reference."""
        if reference is None:
            return None
        found = self.definitions.references.get(reference)
        if found is None:
            self.error(
                "unknown-reference",
                f"{user} refers to '{reference}', which is not in this file.",
                "Choose another one.",
            )
        return found
