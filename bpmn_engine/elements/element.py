"""The base of all elements, which override only the verbs that they need.

1. At deployment an element is linked (scope, content, boundary events), reads and checks itself, and is frozen: while
   instances run, nothing writes to it.
2. While an instance runs, `arrive`, `activate`, `complete`, `terminate`, `children_ended` and `recheck` are its verbs.
   An element evaluates first and emits after: one that raises `Failure` has emitted nothing.
3. Two roles have verbs of their own: a `Catcher` waits for something to trigger it, a `Loop` repeats its activity.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bpmn_engine.elements.frozen import Frozen
from bpmn_engine.elements.source import Source
from bpmn_engine.errors import Failure
from bpmn_engine.instance.changes import TokenConsumed, TokenCreated
from bpmn_engine.instance.state import Token, TokenState
from bpmn_engine.model import FlowNode, Listener, Problems, Process, SequenceFlow
from bpmn_engine.model.problems import label

if TYPE_CHECKING:
    from bpmn_engine.elements.step import Step
    from bpmn_engine.elements.thrown import Match, Thrown
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Kind, Wait

#: Stands for the token of an instance that is yet to be started: what it waits for starts the process.
NO_TOKEN = Token(0, "", 0, TokenState.ACTIVE)


class Element(Frozen):
    """One flow node of an executable process."""

    #: The BPMN name of the element.
    tag: ClassVar[str]
    #: What messages call it.
    noun: ClassVar[str] = "Element"
    #: Whether, as a scope, it is rechecked after every token in it that ends.
    watches: ClassVar[bool] = False
    #: Whether an active token may be here without waiting for anything, and with nothing inside it.
    idles: ClassVar[bool] = False

    #: The scope that it stands in (None for the process), and for one that is repeated, its loop.
    scope: Element | None = None
    loop: Loop | None = None
    #: For a loop: what it repeats.
    activity: Element | None = None
    #: For a scope: what stands in it.
    content: tuple[Element, ...] = ()
    #: The events that wait, or catch what is thrown, while it is active: its boundary events, and for a scope the start
    #: events of its event sub-processes.
    catchers: tuple[AttachedEvent, ...] = ()
    #: The activity that undoes it once it has completed, and whether there may be something to undo then.
    compensation_activity: Element | None = None
    compensable = False

    def __init__(self, node: FlowNode) -> None:
        self.node = node
        self.id = node.id
        self.outgoing = node.outgoing
        self.inputs = node.extensions.inputs
        self.outputs = node.extensions.outputs
        self.start_quantity, self.completion_quantity = node.start_quantity, node.completion_quantity
        self.conditional = any(flow.condition for flow in node.outgoing)
        self.start_listeners = self._listeners("start")
        self.end_listeners = self._listeners("end")
        self.leaves_at_once = not (self.outputs or self.conditional or self.end_listeners)

    def _listeners(self, event: str) -> tuple[Listener, ...]:
        listeners = self.node.extensions.listeners
        return tuple(listener for listener in listeners if listener.event == event and not listener.of_task)

    @property
    def label(self) -> str:
        """Name the element for messages: `Gateway 'Check stock' (Gateway_1a)`."""
        return label(self.node, self.noun)

    @property
    def catches_compensation(self) -> bool:
        """Whether it is a compensation event sub-process."""
        starts = (element.node for element in self.content if element.node.is_start)
        return self.node.triggered_by_event and any(start.is_compensation for start in starts)

    # at deployment

    def read(self, source: Source) -> None:
        """Compile what this element needs from what was drawn."""

    def check(self, process: ExecutableProcess, problems: Problems) -> None:
        """Report what is wrong now that everything is read."""

    def own_wait(self) -> Kind | None:
        """Return the kind of the element's own wait (not of its events); None if it only has tokens inside it."""
        return None

    def awaited_events(self) -> Sequence[Catcher]:
        """The events and receive tasks for which an active token waits here, not counting `catchers`."""
        return ()

    # before and at the start of an instance

    def start_waits(self, step: Step) -> Sequence[Change]:
        """Return the waits that start an instance here; they belong to the token `NO_TOKEN`."""
        return ()

    def begin_instance(self, step: Step, scope_key: int) -> None:
        """Put the first token of an instance here: what this element waits for has started the process."""
        step.enter(self, scope_key)

    # while an instance runs

    def arrive(self, step: Step, flow: SequenceFlow, scope_key: int) -> None:
        """Take a token that comes along a sequence flow: one visit for each `startQuantity` of them (13.3.1)."""
        if self.start_quantity == 1:
            step.enter(self, scope_key, flow.id)
            return
        step.emit(TokenCreated(step.now, next(step.keys), self.id, scope_key, TokenState.WAITING, flow.id))
        waiting = step.instance.joins[scope_key][self.id]
        keys = sorted(key for tokens in waiting.values() for key in tokens)
        if len(keys) >= self.start_quantity:
            step.enter(self, scope_key, flow.id)
            for key in keys[: self.start_quantity]:
                step.emit(TokenConsumed(step.now, key))

    def activate(self, step: Step, token: Token) -> None:
        """Begin the work: a token is in this element and its inputs are mapped."""
        step.complete(token)

    def children_ended(self, step: Step, token: Token) -> None:
        """Continue after the last token inside has ended; event sub-processes can no longer begin."""
        if not self.leaves_at_once:
            step.close_event_subprocesses(token)
        step.complete(token)

    def recheck(self, step: Step, scope: Token) -> None:
        """Reconsider: a token of the scope has moved or ended, so a join or the scope itself may proceed."""

    def complete(self, step: Step, token: Token) -> None:
        """Leave: the work is done and its outputs are mapped."""
        if self.loop is None:
            step.leave(token, self.leaving(step, token) * self.completion_quantity)
        else:
            self.loop.iteration_completed(step, token)

    def terminate(self, step: Step, token: Token) -> None:
        """Clean up: the token is taken away, its children and waits are gone already."""

    def leaving(self, step: Step, token: Token) -> tuple[SequenceFlow, ...]:
        """Return the flows to take: all without condition, those whose condition holds; if none holds, the default.

        The default flow asks whether a *conditional* flow is taken, whatever else is (BPMN 2.0.2, 13.3.1).
        """
        if not self.conditional:
            return self.outgoing
        default = self.node.default
        taken = [
            flow for flow in self.outgoing if flow.id != default and (flow.condition is None or step.holds(flow, token))
        ]
        if any(flow.condition is not None for flow in taken) or (taken and default is None):
            return tuple(taken)
        return (*taken, *self.default_flow())

    def default_flow(self) -> tuple[SequenceFlow]:
        """Return the default flow; raise `Failure` if there is none."""
        for flow in self.outgoing:
            if flow.id == self.node.default:
                return (flow,)
        raise Failure(
            "CONDITION_ERROR",
            f"{self.label}: no condition is true and there is no default flow. Mark one flow as default, or correct "
            "the variables and resolve this incident.",
        )


class Catcher(Element, ABC):
    """An element that waits for something to trigger it: a catching event or a receive task."""

    #: For an event: its event definitions, in the order of the file.
    definitions: tuple[object, ...] = ()

    @abstractmethod
    def arm(self, step: Step, token: Token) -> Sequence[Change]:
        """The waits of a token on behalf of this element: its own token, or that of its activity or scope."""

    @abstractmethod
    def trigger(self, step: Step, token: Token, wait: Wait, variables: dict[str, Any]) -> None:
        """Continue after `wait`, which belongs to `token`, has occurred with these variables."""


class AttachedEvent(Catcher):
    """A boundary event, or the start event of an event sub-process: it stands on an activity or a scope."""

    @abstractmethod
    def match(self, thrown: Thrown) -> Match:
        """Return how well this event catches something thrown."""

    @abstractmethod
    def caught(self, step: Step, token: Token, thrown: Thrown) -> None:
        """Let the event occur at `token`, the activity or scope that it stands on."""


class Loop(Element, ABC):
    """An activity that runs several times: the scope of its iterations."""

    #: The variables that it gives to each iteration, which are written there and not upwards.
    run_names: frozenset[str] = frozenset()

    def iteration_activating(self, step: Step, token: Token) -> None:
        """Note that one iteration begins."""

    @abstractmethod
    def iteration_completed(self, step: Step, token: Token) -> None:
        """End one iteration, and begin the next one if there is any."""


@dataclass(frozen=True, slots=True)
class ExecutableProcess:
    """A process that can run. `elements` holds every flow node and, under the process id, the process itself."""

    id: str
    model: Process
    elements: Mapping[str, Element]

    @property
    def root(self) -> Element:
        """The process as a scope."""
        return self.elements[self.id]

    def element(self, token: Token) -> Element:
        """The element that a token is in: for an iteration of a loop, what the loop repeats."""
        element = self.elements[token.element_id]
        return element if token.loop_counter is None else element.activity or element

    def catcher(self, element_id: str) -> Catcher:
        """The event or receive task on whose behalf a token waits."""
        element = self.elements[element_id]
        catcher = element.activity or element
        assert isinstance(catcher, Catcher)
        return catcher
