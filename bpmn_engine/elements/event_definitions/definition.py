"""The base of all event definitions."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from bpmn_engine.elements.frozen import Frozen
from bpmn_engine.elements.thrown import Match, Thrown
from bpmn_engine.model import EventDefinition, FlowNode

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Kind, Token


class Position(StrEnum):
    """The position of an event."""

    START = "start event"
    SUB_START = "interrupting start event of an event sub-process"
    SUB_START_NON_INTERRUPTING = "non-interrupting start event of an event sub-process"
    CATCH = "intermediate catch event"
    BOUNDARY = "interrupting boundary event"
    BOUNDARY_NON_INTERRUPTING = "non-interrupting boundary event"
    THROW = "intermediate throw event"
    END = "end event"


#: Where an event waits for something that comes from outside.
WAITING = frozenset(
    {
        Position.START,
        Position.SUB_START,
        Position.SUB_START_NON_INTERRUPTING,
        Position.CATCH,
        Position.BOUNDARY,
        Position.BOUNDARY_NON_INTERRUPTING,
    }
)
#: Positions in which an event does not end its activity or scope.
NON_INTERRUPTING = frozenset({Position.SUB_START_NON_INTERRUPTING, Position.BOUNDARY_NON_INTERRUPTING})


class Event(Protocol):
    """An event in any position."""

    id: str
    node: FlowNode
    scope: Element | None
    definitions: tuple[Definition, ...]

    @property
    def label(self) -> str:
        """Name the event for messages."""
        ...


class Definition(Frozen):
    """The trigger or the result of one event. `index` is its place among the event's definitions."""

    tag: ClassVar[str]
    #: Where the standard allows it.
    positions: ClassVar[frozenset[Position]]
    #: What a token has that waits for it.
    catch_wait: ClassVar[Kind | None] = None
    #: Whether it may be one of several definitions of a throwing event.
    combines: ClassVar[bool] = False
    #: Whether what catches it may interrupt the event that has thrown it.
    interrupts: ClassVar[bool] = False

    def __init__(self, drawn: EventDefinition, event: Event, index: int = 0) -> None:
        self.drawn, self.event, self.index = drawn, event, index

    def read(self, source: Source, position: Position) -> None:
        """Compile what this definition needs."""

    # in catching positions

    def arm(self, step: Step, key: int, outer_key: int) -> Sequence[Change]:
        """Return the changes that let the token with this key wait; a correlation key sees the scope `around`.

        Key 0 is a process that is not started yet.
        """
        return ()

    def match(self, thrown: Thrown) -> Match:
        """Return how well it catches a thrown error, escalation or cancellation; see `catching.py`."""
        return Match.NONE

    def variables(self, thrown: Thrown) -> dict[str, Any]:
        """The variables that the dialect has for what was caught."""
        return {}

    # in throwing positions

    def throw(self, step: Step, token: Token) -> bool:
        """Do what the event does; whether its token is done, and neither waits nor was taken away."""
        return True

    def throw_wait(self) -> Kind | None:
        """Return the kind of wait that throwing it opens, if any."""
        return None

    def compensation_ended(self, step: Step, token: Token) -> None:
        """Continue after the compensation of one activity, which this event has thrown, has ended."""
        step.complete(token)
