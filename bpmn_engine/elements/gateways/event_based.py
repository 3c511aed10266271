"""The event-based gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from bpmn_engine.elements.element import NO_TOKEN, AttachedEvent, Catcher, Element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmn_engine.elements.element import ExecutableProcess
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Token
    from bpmn_engine.model import Problems


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
        if self.parallel and not self.node.instantiating:
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
        behind = [(flow, process.elements[flow.target]) for flow in self.outgoing if flow.target in process.elements]
        self.events = tuple(event for _, event in behind if _may_follow(event))
        for flow, event in behind:
            if flow.condition is not None:
                problems.warning(
                    "condition-ignored",
                    flow,
                    f"{self.label} asks no condition: the first event decides.",
                    "Remove it from the sequence flow.",
                )
            if not _may_follow(event) or len(event.node.incoming) > 1:
                problems.error(
                    "event-based-gateway",
                    event.node,
                    f"{self.label} leads to {event.label}, which cannot follow it: only message, timer, signal and "
                    "conditional catch events and receive tasks may.",
                    "Behind it stand catch events (message, timer, signal, condition) or receive tasks without "
                    "boundary events, and nothing else leads to them.",
                )

    @property
    def parallel(self) -> bool:
        """Whether the process, once started by one of the events, waits for all the others too."""
        return self.node.attributes.get("eventGatewayType") == "Parallel"

    def awaited_events(self) -> Sequence[Catcher]:
        return self.events

    def activate(self, step: Step, token: Token) -> None:
        step.become_active(token, *(change for event in self.events for change in event.arm(step, token)))

    def start_waits(self, step: Step) -> Sequence[Change]:
        if not self.node.instantiating:
            return ()
        return [change for event in self.events for change in event.arm(step, NO_TOKEN)]


def _may_follow(event: Element) -> TypeGuard[Catcher]:
    waits = isinstance(event, Catcher) and not isinstance(event, AttachedEvent)
    return waits and not event.node.is_link_catch and not event.catchers


def chosen(step: Step, token: Token, event: Element) -> Token:
    """Return the token in an event that has occurred: the one that waited, or a new one if a gateway waited."""
    if token.element_id == event.id:
        return token
    entered = step.enter_triggered(event, token.scope_key, event.node.incoming[0].id)
    step.leave(token, ())
    return entered


def started_by(step: Step, event: Element, scope_key: int) -> None:
    """An event behind a gateway has started the process; for a parallel gateway the others are still to come."""
    flow = event.node.incoming[0]
    gateway = step.process.elements[flow.source]
    assert isinstance(gateway, EventBasedGateway)
    step.complete(step.enter_triggered(event, scope_key, flow.id))
    if gateway.parallel:
        for other in gateway.outgoing:
            if other.target != event.id:
                step.enter(step.process.elements[other.target], scope_key, other.id)
