"""What all elements have in common. An element overrides only the verbs that it needs.

The verbs: `read` and `check` at deployment; `arrive`, `activate`, `trigger`, `drained`, `reconsider`, `complete` and
`terminate` while an instance runs. An element evaluates first and emits after: one that raises `Failure` has emitted
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from bpmn_engine.dialects import Report
from bpmn_engine.errors import Failure
from bpmn_engine.instance.state import Token, TokenState
from bpmn_engine.model import (
    Definitions,
    FlowNode,
    IoMapping,
    Listener,
    Message,
    Problems,
    Process,
    Reference,
    SequenceFlow,
)
from bpmn_engine.model.problems import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmn_engine.elements.event_definitions.definition import Definition
    from bpmn_engine.elements.executable import ExecutableProcess
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Wait


class Source(Report):
    """What an element reads itself from: its node, the process and file around it, and a place for problems."""

    def __init__(self, node: FlowNode, process: Process, definitions: Definitions, problems: Problems) -> None:
        super().__init__(problems, node)
        self.node, self.process, self.definitions = node, process, definitions

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


#: Who waits for what starts a process: nobody yet.
NOBODY = Token(0, "", 0, TokenState.ACTIVE)


class Element:
    """One flow node of an executable process."""

    #: The BPMN name of the element.
    tag: ClassVar[str]
    #: What messages call it.
    noun: ClassVar[str] = "Element"

    #: The scope that it stands in (None for the process), and for one that is repeated, its loop.
    scope: Element | None = None
    loop: Element | None = None
    #: For a scope: the link events in it by name, once somebody has asked.
    links: Mapping[str | None, list[Element]] | None = None
    #: For a loop: what it repeats.
    activity: Element | None = None
    #: What undoes it once it has completed.
    handler: Element | None = None
    #: For an event: what it waits for or does, and the activity that it compensates (None is all of the scope).
    definitions: tuple[Definition, ...] = ()
    compensates: str | None = None
    #: Whether there may be something to undo once it has completed.
    compensable = False
    #: For a process: the variables that it has from the start, unless they are given.
    initial: tuple[IoMapping, ...] = ()
    #: Whether, as a scope, it wants to know of every token in it that ends.
    watches = False

    def __init__(self, node: FlowNode) -> None:
        self.node = node
        self.id = node.id
        self.outgoing = node.outgoing
        self.inputs = node.extensions.inputs
        self.outputs = node.extensions.outputs
        self.catchers: tuple[Element, ...] = ()
        self.content: tuple[Element, ...] = ()
        self.conditional = any(flow.condition for flow in node.outgoing)
        self.start_listeners = self._listeners("start")
        self.end_listeners = self._listeners("end")
        self.immediate = not (self.outputs or self.conditional or self.end_listeners)

    def _listeners(self, event: str) -> tuple[Listener, ...]:
        listeners = self.node.extensions.listeners
        return tuple(listener for listener in listeners if listener.event == event and not listener.of_task)

    @property
    def label(self) -> str:
        """How messages name it: `Gateway 'Check stock' (Gateway_1a)`."""
        return label(self.node, self.noun)

    # at deployment

    def read(self, source: Source) -> None:
        """Compile what this element needs from what was drawn."""

    def check(self, process: ExecutableProcess, problems: Problems) -> None:
        """Report what is wrong now that everything is read."""

    # before and at the start of an instance

    def starts(self, step: Step) -> Sequence[Change]:
        """What starts an instance here by itself (the waits of key 0)."""
        return ()

    def started(self, step: Step, scope_key: int) -> None:
        """It has: the first token of an instance is here."""
        step.enter(self, scope_key)

    # while an instance runs

    def arrive(self, step: Step, flow: SequenceFlow, scope_key: int) -> None:
        """A sequence flow was taken that leads here: one run per token (BPMN 2.0.2, 13.3.1)."""
        step.enter(self, scope_key, flow.id)

    def activate(self, step: Step, token: Token) -> None:
        """A token is in this element and its inputs are mapped."""
        step.complete(token)

    def arm(self, step: Step, token: Token) -> Sequence[Change]:
        """What a token waits for on behalf of this event (`Element.catchers`)."""
        raise AssertionError(f"{self.label} waits for nothing")  # pragma: no cover - only events are catchers

    def trigger(self, step: Step, token: Token, wait: Wait, variables: dict[str, Any]) -> None:
        """What this event waited for has come; `token` is the one that waited."""
        raise AssertionError(f"{self.label} waits for nothing")  # pragma: no cover - only events open waits

    def drained(self, step: Step, token: Token) -> None:
        """The last token inside this scope has ended: its event sub-processes may not begin any more."""
        if not self.immediate:
            step.close_handlers(token)
        step.complete(token)

    def compensated(self, step: Step, token: Token) -> None:
        """The compensation that this event has thrown is done."""
        raise AssertionError(f"{self.label} compensates nothing")  # pragma: no cover - only throwing events do

    def reconsider(self, step: Step, scope: Token) -> None:
        """A token of the scope has moved or ended: a waiting join, or the scope itself, may go on now."""

    def complete(self, step: Step, token: Token) -> None:
        """The work is done and its outputs are mapped."""
        if self.loop is None:
            step.leave(token, self.leaving(step, token))
        else:
            self.loop.run_completed(step, token)

    def run_activating(self, step: Step, token: Token) -> None:
        """One run of this loop sets out."""

    def run_completed(self, step: Step, token: Token) -> None:
        """One run of this loop is done."""
        raise AssertionError(f"{self.label} repeats nothing")  # pragma: no cover - only loops have runs

    def terminate(self, step: Step, token: Token) -> None:
        """The token is taken away; its children and waits are gone already."""

    def leaving(self, step: Step, token: Token) -> tuple[SequenceFlow, ...]:
        """The flows to take: all without condition, those whose condition holds, else the default (13.3.1)."""
        if not self.conditional:
            return self.outgoing
        default = self.node.default
        taken = tuple(
            flow for flow in self.outgoing if flow.id != default and (flow.condition is None or step.holds(flow, token))
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
