"""Messages: what events and receive tasks wait for, and what throw events and send tasks send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bpmn_engine.elements.event_definitions.definition import WAITING, Definition, Position
from bpmn_engine.elements.tasks.work import Work, work_of
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression
from bpmn_engine.expressions.numbers import is_number, text_of
from bpmn_engine.instance.changes import MessagePublished, SubscriptionOpened
from bpmn_engine.instance.state import Kind, Subscription, Token
from bpmn_engine.model import FlowNode, JobDefinition

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step


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

    def arm(
        self, step: Step, key: int, element_id: str, outer_key: int, *, interrupting: bool = True
    ) -> SubscriptionOpened:
        """The subscription of the token with this key; `around` is the scope that the correlation key sees."""
        name = name_of(step, self.name, key)
        correlation = self._key(step, outer_key) if key else ""
        return SubscriptionOpened(Subscription(next(step.keys), key, element_id, name, correlation, interrupting))

    def _key(self, step: Step, key: int) -> str:
        if self.correlation_key is None:
            return step.instance.business_id or str(step.instance.key)
        return correlation_of(step, self.correlation_key, key)


def name_of(step: Step, expression: Expression | None, key: int) -> str:
    """Evaluate the name of a message for a token; raise `Failure` if it is not a string."""
    name = step.evaluate(expression, key) if expression else None
    if not isinstance(name, str) or not name:
        raise Failure("EXTRACT_VALUE_ERROR", f"The message name evaluates to {name!r}; expected a string.")
    return name


def correlation_of(step: Step, expression: Expression, key: int) -> str:
    """Evaluate a correlation key for a token; raise `Failure` if it is neither string nor number."""
    value = step.evaluate(expression, key)
    if is_number(value):
        return text_of(value)
    if isinstance(value, str) and value:
        return value
    raise Failure(
        "EXTRACT_VALUE_ERROR",
        f"The correlation key '{expression.text}' evaluates to {value!r}; expected a string or a number. Set "
        "the variable and resolve this incident.",
    )


@dataclass(frozen=True, slots=True)
class Sending:
    """Sends a message: a handler does if there is a job, else it goes straight to whoever waits for it.

    The message carries the local variables of the event or task, that is, what its input mappings give. Its correlation
    key is computed where it is sent; without one it is the business id of the instance, or empty.
    """

    work: Work | None
    name: Expression | None
    correlation_key: Expression | None

    @classmethod
    def read(cls, source: Source, node: FlowNode, job: JobDefinition | None, reference: str | None, user: str) -> Self:
        """Resolve the message, or the job."""
        if job is not None or node.extensions.script is not None:
            return cls(work_of(node, job), None, None)
        message = source.message(reference, user)
        return cls(
            None, message.name_expression if message else None, message.extensions.correlation_key if message else None
        )

    def own_wait(self) -> Kind | None:
        """A job, if a handler sends the message."""
        return self.work.own_wait() if self.work is not None else None

    def send(self, step: Step, token: Token) -> bool:
        """Send it; whether the token is done, and does not wait for a handler."""
        if self.work is not None:
            self.work.start(step, token)
            return False
        name = name_of(step, self.name, token.key)
        if self.correlation_key is not None:
            key = correlation_of(step, self.correlation_key, token.key)
        else:
            key = step.instance.business_id or ""
        step.emit(MessagePublished(name, key, dict(step.instance.variables.get(token.key, {}))))
        return True


class MessageDefinition(Definition):
    """Waits for a message, or sends one: by a handler, or to whoever waits for it (BPMN 2.0.2, 10.5.5 and 13.5.1)."""

    tag = "messageEventDefinition"
    positions = WAITING | {Position.THROW, Position.END}
    catch_wait = Kind.SUBSCRIPTION
    combines = True

    def read(self, source: Source, position: Position) -> None:
        node, drawn = self.event.node, self.drawn
        if position in WAITING:
            self.message = MessageWait.read(source, drawn.reference, self.event.label, start=position is Position.START)
        else:
            job = node.extensions.job or drawn.extensions.job
            self.sending = Sending.read(source, node, job, drawn.reference, self.event.label)

    def arm(self, step: Step, key: int, outer_key: int) -> tuple[SubscriptionOpened]:
        return (self.message.arm(step, key, self.event.id, outer_key, interrupting=self.event.node.interrupting),)

    def throw_wait(self) -> Kind | None:
        return self.sending.own_wait()

    def throw(self, step: Step, token: Token) -> bool:
        return self.sending.send(step, token)
