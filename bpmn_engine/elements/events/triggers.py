"""What events have in common, whatever their position: one definition, or several of which any or all count.

An event with several definitions is a multiple event: each of them triggers it; a parallel multiple one is triggered
when all have come (BPMN 2.0.2, 10.5.5). A throwing one does what all of its definitions say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.event_definitions import EVENT_DEFINITIONS, Definition, Position
from bpmn_engine.elements.event_definitions.definition import WAITING
from bpmn_engine.elements.event_definitions.schedule import following
from bpmn_engine.errors import Failure
from bpmn_engine.instance.changes import TimerRescheduled
from bpmn_engine.instance.state import Timer

if TYPE_CHECKING:
    from bpmn_engine.elements.catching import Thrown
    from bpmn_engine.elements.element import Element, Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Token, Wait
    from bpmn_engine.model import EventDefinition


def read_definitions(event: Element, source: Source, position: Position) -> tuple[Definition, ...]:
    """The event's definitions, read and checked for its position; none for a none event."""
    found = [_read(event, drawn, index, source, position) for index, drawn in enumerate(event.node.event_definitions)]
    definitions = tuple(definition for definition in found if definition is not None)
    if len(definitions) > 1:
        _check_combination(event, definitions, source, position)
    return definitions


def required_definitions(event: Element, source: Source, position: Position, choices: str) -> tuple[Definition, ...]:
    """As `read_definitions`, for an event that must have one."""
    if not event.node.event_definitions:
        source.error("event-definition", f"{event.label} waits for nothing.", f"Choose {choices}.")
    return read_definitions(event, source, position)


def _read(event: Element, drawn: EventDefinition, index: int, source: Source, position: Position) -> Definition | None:
    kind = EVENT_DEFINITIONS[drawn.tag]
    if position not in kind.positions:
        source.error(
            "event-position",
            f"{event.label}: a <{kind.tag}> cannot stand in an {position}.",
            f"It may be: {', '.join(sorted(kind.positions))}.",
        )
        return None
    definition = kind(drawn, event, index)
    definition.read(source, position)
    return definition


def _check_combination(event: Element, definitions: tuple[Definition, ...], source: Source, position: Position) -> None:
    throwing = position in (Position.THROW, Position.END)
    for definition in definitions:
        alone = not definition.combines if throwing else definition.tag == "linkEventDefinition"
        waits = event.node.extensions.job is not None if throwing else WAITING.issubset(definition.positions)
        if alone or (throwing and waits) or (is_parallel(event) and not waits):
            source.error(
                "event-definition",
                f"{event.label} has several event definitions, one of which is a <{definition.tag}> that cannot be "
                "combined with others here.",
                "Draw an event for each of them.",
            )
            return
    if is_parallel(event) and position is Position.START:
        source.error(
            "not-supported",
            f"{event.label} starts the process when all of several events have come; there is no instance yet that "
            "could gather them.",
            "Start by one of them, and wait for the others with a parallel multiple catch event.",
        )


def is_parallel(event: Element) -> bool:
    """Whether all definitions must have come."""
    return event.node.attributes.get("parallelMultiple") in ("true", "1")


# while an instance runs


def arm_all(event: Element, step: Step, key: int, around: int) -> list[Change]:
    """What the token with this key waits for on behalf of an event."""
    return [change for definition in event.definitions for change in definition.arm(step, key, around)]


def occurred(event: Element, step: Step, token: Token, wait: Wait, around: int) -> bool:
    """One of the waits of an event has come; whether the event occurs. A non-interrupting one goes on waiting."""
    stay = not event.node.interrupting
    if is_parallel(event):
        others = [
            key for key in token.waits or () if key != wait.key and step.instance.waits[key].element_id == event.id
        ]
        step.cancel_wait(wait.key)
        if stay and not others:
            _arm_again(event, step, token, around)
        return not others
    _use(step, wait, stay=stay)
    return True


def _arm_again(event: Element, step: Step, token: Token, around: int) -> None:
    try:
        step.open(arm_all(event, step, token.key, around))
    except Failure as failure:
        step.incident(token, failure)


def _use(step: Step, wait: Wait, *, stay: bool) -> None:
    """A timer has its next occurrence; everything else of a non-interrupting event stays open."""
    if isinstance(wait, Timer) and stay:
        again = following(wait.schedule, wait.remaining, step.now) if wait.schedule else None
        if again is not None:
            step.emit(TimerRescheduled(Timer(wait.key, wait.token_key, wait.element_id, *again)))
            return
        stay = False
    if not stay:
        step.cancel_wait(wait.key)


def throw_all(event: Element, step: Step, token: Token) -> bool:
    """Do what all definitions say; whether the token is done."""
    results = [definition.throw(step, token) for definition in event.definitions]
    return all(results)


def rank_of(event: Element, thrown: Thrown) -> int:
    """How well an event catches an error or escalation; see `catching.py`."""
    return max((definition.rank(thrown) for definition in event.definitions), default=0)


def caught_variables(event: Element, thrown: Thrown) -> dict[str, object]:
    """The variables that come with what was caught."""
    named = {
        name: value
        for definition in event.definitions
        if definition.rank(thrown)
        for name, value in definition.variables(thrown).items()
    }
    return {**named, **thrown.variables}
