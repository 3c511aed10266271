"""What all event definitions have in common."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from bpmn_engine.model import EventDefinition

if TYPE_CHECKING:
    from bpmn_engine.elements.catching import Thrown
    from bpmn_engine.elements.element import Element, Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Token


class Position(StrEnum):
    """Where an event stands."""

    START = "start event"
    SUB_START = "interrupting start event of an event sub-process"
    SUB_START_BESIDE = "non-interrupting start event of an event sub-process"
    CATCH = "intermediate catch event"
    BOUNDARY = "interrupting boundary event"
    BOUNDARY_BESIDE = "non-interrupting boundary event"
    THROW = "intermediate throw event"
    END = "end event"


#: Where an event waits for something that comes from outside.
WAITING = frozenset(
    {
        Position.START,
        Position.SUB_START,
        Position.SUB_START_BESIDE,
        Position.CATCH,
        Position.BOUNDARY,
        Position.BOUNDARY_BESIDE,
    }
)
#: Where an event lets its activity or scope go on.
BESIDE = frozenset({Position.SUB_START_BESIDE, Position.BOUNDARY_BESIDE})


class Definition:
    """The trigger or the result of one event. `index` is its place among the event's definitions."""

    tag: ClassVar[str]
    #: Where the standard allows it.
    positions: ClassVar[frozenset[Position]]
    #: Whether it may be one of several definitions of a throwing event.
    combines: ClassVar[bool] = False

    def __init__(self, drawn: EventDefinition, event: Element, index: int = 0) -> None:
        self.drawn, self.event, self.index = drawn, event, index

    def read(self, source: Source, position: Position) -> None:
        """Compile what this definition needs."""

    # in catching positions

    def arm(self, step: Step, key: int, around: int) -> Sequence[Change]:
        """What to emit so that the token with this key waits; `around` is the scope that a correlation key sees.

        Key 0 is a process that is not started yet.
        """
        return ()

    def rank(self, thrown: Thrown) -> int:
        """Whether a thrown error or escalation is caught here; see `catching.py`."""
        return 0

    def variables(self, thrown: Thrown) -> dict[str, Any]:
        """The variables that the dialect has for what was caught."""
        return {}

    # in throwing positions

    def throw(self, step: Step, token: Token) -> bool:
        """Do what the event does; whether its token is done, and neither waits nor was taken away."""
        raise AssertionError(f"{self.event.label} throws nothing")  # pragma: no cover - see `positions`

    def compensated(self, step: Step, token: Token) -> None:
        """The compensation that this event has thrown is done."""
        step.complete(token)
