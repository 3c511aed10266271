"""Messages: what a catch event, boundary event, start event or receive task waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bpmn_engine.elements.event_definitions.definition import Definition, Position
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression
from bpmn_engine.expressions.numbers import is_number, text_of
from bpmn_engine.instance.changes import SubscriptionClosed, SubscriptionOpened
from bpmn_engine.instance.state import Subscription, Timer

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Source
    from bpmn_engine.elements.execution import Execution


@dataclass(frozen=True, slots=True)
class MessageWait:
    """Waits for a message by its name and correlation key, both computed once, when the wait begins (10.5.5).

    Without a correlation key in the diagram the business id counts, or else the key of the process instance.
    """

    name: Expression | None
    correlation_key: Expression | None

    @classmethod
    def read(cls, source: Source, reference: str | None, user: str, *, start: bool = False) -> Self:
        """Resolve the message of an event or receive task."""
        message = source.message(reference, user)
        key = message.extensions.correlation_key if message else None
        if message and key is None and not start:
            source.warning(
                "correlation-key",
                f"The message '{message.name}' of {user} has no correlation key.",
                "It is correlated by the business id of the instance, or else by the key of the instance.",
            )
        return cls(message.name_expression if message else None, key)

    def arm(self, run: Execution, key: int, element_id: str, *, interrupting: bool = True) -> SubscriptionOpened:
        """The subscription of the token with this key."""
        name = run.evaluate(self.name, key) if self.name else None
        if not isinstance(name, str) or not name:
            raise Failure("EXTRACT_VALUE_ERROR", f"The message name gives {name!r}; expected a text.")
        correlation = self._key(run, key) if key else ""
        return SubscriptionOpened(Subscription(next(run.keys), key, element_id, name, correlation, interrupting))

    def _key(self, run: Execution, key: int) -> str:
        if self.correlation_key is None:
            return run.instance.business_id or str(run.instance.key)
        value = run.evaluate(self.correlation_key, key)
        if is_number(value):
            return text_of(value)
        if isinstance(value, str) and value:
            return value
        raise Failure(
            "EXTRACT_VALUE_ERROR",
            f"The correlation key '{self.correlation_key.text}' gives {value!r}; expected a text or a number. Set the "
            "variable and resolve this incident.",
        )


class MessageDefinition(Definition):
    """Waits for a message (BPMN 2.0.2, 10.5.5 and 13.5.1)."""

    tag = "messageEventDefinition"
    positions = frozenset({Position.START, Position.CATCH, Position.BOUNDARY, Position.NON_INTERRUPTING})

    def read(self, source: Source, position: Position) -> None:
        self.interrupting = position is not Position.NON_INTERRUPTING
        self.wait = MessageWait.read(source, self.drawn.reference, self.event.label, start=position is Position.START)

    def arm(self, run: Execution, key: int) -> tuple[SubscriptionOpened]:
        return (self.wait.arm(run, key, self.event.id, interrupting=self.interrupting),)

    def fired(self, run: Execution, wait: Timer | Subscription, *, stay: bool) -> None:
        if not stay:
            run.emit(SubscriptionClosed(wait.key))
