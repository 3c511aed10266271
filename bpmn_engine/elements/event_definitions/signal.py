"""Signals: broadcast to everybody who waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.dialects import expression
from bpmn_engine.elements.event_definitions.definition import WAITING, Definition, Position
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import static
from bpmn_engine.instance.changes import SignalBroadcast, SubscriptionOpened
from bpmn_engine.instance.state import Kind, Subscription, SubscriptionKind

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


class SignalDefinition(Definition):
    """Reaches all subscriptions to its name that are open when it is thrown, in every instance (BPMN 2.0.2, 10.5.6).

    Those of the thrower's own instance are triggered at once, before the throwing event goes on or its scope ends.
    """

    tag = "signalEventDefinition"
    positions = WAITING | {Position.THROW, Position.END}
    catch_wait = Kind.SUBSCRIPTION
    combines = True
    interrupts = True

    def read(self, source: Source, position: Position) -> None:
        self.interrupting = self.event.node.interrupting
        signal = source.reference(self.drawn.reference, self.event.label)
        self.name = expression(signal.name, source, "signal name") if signal else static("")
        if (signal is None and self.drawn.reference is None) or (signal is not None and not signal.name):
            source.error(
                "signal-name", f"{self.event.label} has no signal with a name.", "Choose a signal and name it."
            )

    def _name(self, step: Step, key: int) -> str:
        name = step.evaluate(self.name, key)
        if not isinstance(name, str) or not name:
            raise Failure(
                "EXTRACT_VALUE_ERROR",
                f"The signal name of {self.event.label} evaluates to {name!r}; expected a string.",
            )
        return name

    def arm(self, step: Step, key: int, outer_key: int) -> tuple[SubscriptionOpened]:
        subscription = Subscription(
            next(step.keys), key, self.event.id, self._name(step, key), "", self.interrupting, SubscriptionKind.SIGNAL
        )
        return (SubscriptionOpened(subscription),)

    def throw(self, step: Step, token: Token) -> bool:
        name, variables = self._name(step, token.key), dict(step.instance.variables.get(token.key, {}))
        step.emit(SignalBroadcast(name, variables))
        for key in _subscribed(step, name):
            wait = step.instance.waits.get(key)
            if wait is not None:  # else what was triggered before it has ended it
                catcher = step.process.catcher(wait.element_id)
                catcher.trigger(step, step.instance.tokens[wait.token_key], wait, dict(variables))
        return token.key in step.instance.tokens


def _subscribed(step: Step, name: str) -> list[int]:
    """The subscriptions to a signal in this instance, oldest first."""
    waits = (wait for wait in step.instance.waits.values() if isinstance(wait, Subscription))
    return [wait.key for wait in waits if wait.kind is SubscriptionKind.SIGNAL and wait.name == name]
