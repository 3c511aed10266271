"""What all event definitions have in common."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from bpmn_engine.model import EventDefinition

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element, Source
    from bpmn_engine.elements.execution import Execution
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Subscription, Timer, Token


class Position(StrEnum):
    """Where an event stands."""

    START = "start event"
    CATCH = "intermediate catch event"
    BOUNDARY = "boundary event"
    NON_INTERRUPTING = "non-interrupting boundary event"
    THROW = "intermediate throw event"
    END = "end event"


class Definition:
    """The trigger or the result of one event."""

    tag: ClassVar[str]
    #: Where the standard allows it and the engine runs it.
    positions: ClassVar[frozenset[Position]]

    def __init__(self, drawn: EventDefinition, event: Element) -> None:
        self.drawn, self.event = drawn, event

    def read(self, source: Source, position: Position) -> None:
        """Compile what this definition needs."""

    # in catching positions

    def arm(self, run: Execution, key: int) -> Sequence[Change]:
        """What to emit so that the token or scope with this key waits; key 0 is a process that is not started yet."""
        return ()

    def fired(self, run: Execution, wait: Timer | Subscription, *, stay: bool) -> None:
        """What was waited for has come; `stay` keeps a repeating or non-interrupting one open."""

    # in throwing positions

    def throw(self, run: Execution, token: Token) -> None:
        """Do what the event does; then its token is completed or gone."""
        raise AssertionError(f"{self.event.label} throws nothing")  # pragma: no cover - only ends throw so far
