"""The event-based gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.element import NOBODY, Element, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmn_engine.elements.executable import ExecutableProcess
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Token
    from bpmn_engine.model import Problems

_EVENTS = ("messageEventDefinition", "timerEventDefinition", "signalEventDefinition", "conditionalEventDefinition")


class EventBasedGateway(Element):
    """Waits for all the events behind it; the first to come decides, the others are forgotten (BPMN 2.0.2, 13.4.4).

    One that starts the process does so with the first event; a parallel one then waits for the others too.
    """

    tag = "eventBasedGateway"
    noun = "Event-based gateway"

    def read(self, source: Source) -> None:
        if len(self.outgoing) < 2:
            source.error(
                "event-based-gateway",
                f"{self.label} needs at least two outgoing events.",
                "Connect it to two or more.",
            )
        if self._all and not self.node.instantiating:
            source.error(
                "event-based-gateway",
                f"{self.label} is parallel but does not start the process.",
                "Make it exclusive; to wait for several events draw a parallel gateway in front of them.",
            )
        if self.node.instantiating and self.node.incoming:
            source.error(
                "event-based-gateway",
                f"{self.label} starts the process, so no flow may lead into it.",
                "Remove the flow.",
            )

    def check(self, process: ExecutableProcess, problems: Problems) -> None:
        self.events = tuple(process.elements[flow.target] for flow in self.outgoing if flow.target in process.elements)
        for flow, event in zip(self.outgoing, self.events, strict=False):
            if flow.condition is not None:
                problems.error(
                    "condition-ignored", flow, f"{self.label} asks no condition.", "Remove it from the sequence flow."
                )
            definitions = event.node.event_definitions
            catches = event.node.tag == "intermediateCatchEvent" and all(d.tag in _EVENTS for d in definitions)
            receives = event.node.tag == "receiveTask" and not event.catchers and event.loop is None
            if not (catches or receives) or len(event.node.incoming) > 1:
                problems.error(
                    "event-based-gateway",
                    event.node,
                    f"{self.label} leads to {event.label}, which cannot follow it: only message, timer, signal and "
                    "conditional catch events and receive tasks may.",
                    "Behind it stand catch events (message, timer, signal, condition) or receive tasks without "
                    "boundary events, and nothing else leads to them.",
                )

    @property
    def _all(self) -> bool:
        return self.node.attributes.get("eventGatewayType") == "Parallel"

    def activate(self, step: Step, token: Token) -> None:
        step.activated(token, *(change for event in self.events for change in event.arm(step, token)))

    def starts(self, step: Step) -> Sequence[Change]:
        if not self.node.instantiating:
            return ()
        return [change for event in self.events for change in event.arm(step, NOBODY)]


def chosen(step: Step, token: Token, event: Element) -> Token:
    """The token in an event that has come: the one that waited, or a new one if a gateway waited for it."""
    if token.element_id == event.id:
        return token
    passed = step.passed(event, token.scope_key, event.node.incoming[0].id)
    step.leave(token, ())
    return passed


def started_by(step: Step, event: Element, scope_key: int) -> None:
    """An event behind a gateway has started the process; for a parallel gateway the others are still to come."""
    flow = event.node.incoming[0]
    gateway = step.process.elements[flow.source]
    step.complete(step.passed(event, scope_key, flow.id))
    if gateway.node.attributes.get("eventGatewayType") == "Parallel":
        for other in gateway.outgoing:
            if other.target != event.id:
                step.enter(step.process.elements[other.target], scope_key, other.id)
