"""What all elements have in common. An element overrides only the verbs that it needs.

The verbs: `read` and `check` at deployment; `arrive`, `activate`, `trigger`, `drained`, `complete` and `terminate`
while an instance runs. An element evaluates first and emits after: one that raises `Failure` has emitted nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmn_engine.dialects import Report
from bpmn_engine.errors import Failure
from bpmn_engine.model import Definitions, FlowNode, Message, Problems, Reference, SequenceFlow
from bpmn_engine.model.problems import label

if TYPE_CHECKING:
    from bpmn_engine.elements.events.boundary import BoundaryEvent
    from bpmn_engine.elements.executable import ExecutableProcess
    from bpmn_engine.elements.execution import Execution
    from bpmn_engine.instance.state import Subscription, Timer, Token


class Source(Report):
    """What an element reads itself from: its node, the file around it, and a place for problems."""

    def __init__(self, node: FlowNode, definitions: Definitions, problems: Problems) -> None:
        super().__init__(problems, node)
        self.node, self.definitions = node, definitions

    def message(self, reference: str | None, user: str) -> Message | None:
        """The message that is referred to; a missing one is reported."""
        found = self.definitions.messages.get(reference or "")
        if found is None:
            what = f"refers to the message '{reference}', which is not in this file" if reference else "has no message"
            self.error("unknown-reference", f"{user} {what}.", "Choose a message.")
        elif not found.name:
            self.error("message-name", f"The message '{found.id}' of {user} has no name.", "Give it one.")
        return found

    def reference(self, reference: str | None, user: str) -> Reference | None:
        """The error, signal or escalation that is referred to; None if there is no reference."""
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


class Element:
    """One flow node of an executable process."""

    #: The BPMN name of the element.
    tag: ClassVar[str]
    #: What messages call it.
    noun: ClassVar[str] = "Element"

    def __init__(self, node: FlowNode) -> None:
        self.node = node
        self.id = node.id
        self.outgoing = node.outgoing
        self.inputs = node.extensions.inputs
        self.outputs = node.extensions.outputs
        self.boundaries: tuple[BoundaryEvent, ...] = ()
        self.content: tuple[Element, ...] = ()
        self.conditional = any(flow.condition for flow in node.outgoing)

    @property
    def label(self) -> str:
        """How messages name it: `Gateway 'Check stock' (Gateway_1a)`."""
        return label(self.node, self.noun)

    # at deployment

    def read(self, source: Source) -> None:
        """Compile what this element needs from what was drawn."""

    def check(self, process: ExecutableProcess, problems: Problems) -> None:
        """Report what is wrong now that everything is read."""

    # while an instance runs

    def arrive(self, run: Execution, flow: SequenceFlow, scope_key: int) -> None:
        """A sequence flow was taken that leads here: one run per token (BPMN 2.0.2, 13.3.1)."""
        run.enter(self, scope_key, flow.id)

    def activate(self, run: Execution, token: Token) -> None:
        """A token is in this element and its inputs are mapped."""
        run.complete(token)

    def trigger(self, run: Execution, token: Token, wait: Timer | Subscription, variables: dict[str, Any]) -> None:
        """What an event of this element waited for has come; `token` is the one that waited."""
        raise AssertionError(f"{self.label} waits for nothing")  # pragma: no cover - only events open waits

    def drained(self, run: Execution, token: Token) -> None:
        """The last token inside this scope has ended."""
        run.complete(token)

    def complete(self, run: Execution, token: Token) -> None:
        """The work is done and its outputs are mapped."""
        run.leave(token, self.leaving(run, token))

    def terminate(self, run: Execution, token: Token) -> None:
        """The token is taken away; its children and waits are gone already."""

    def leaving(self, run: Execution, token: Token) -> tuple[SequenceFlow, ...]:
        """The flows to take: all without condition, those whose condition holds, else the default (13.3.1)."""
        if not self.conditional:
            return self.outgoing
        default = self.node.default
        taken = tuple(
            flow for flow in self.outgoing if flow.id != default and (flow.condition is None or run.holds(flow, token))
        )
        return taken or self.default_flow()

    def default_flow(self) -> tuple[SequenceFlow]:
        """The default flow; a `Failure` if there is none."""
        for flow in self.outgoing:
            if flow.id == self.node.default:
                return (flow,)
        raise Failure(
            "CONDITION_ERROR",
            f"{self.label}: no condition is true and there is no default flow. Mark one flow as default, or correct "
            "the variables and resolve this incident.",
        )
