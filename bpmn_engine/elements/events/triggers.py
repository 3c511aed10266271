"""Events with one definition, or with several of which any or all must occur, in whatever position.

An event with several definitions is a multiple event: each of them triggers it; a parallel multiple one is triggered
when all have occurred (BPMN 2.0.2, 10.5.5). A throwing one carries out all of its definitions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.event_definitions import EVENT_DEFINITIONS, Definition, Position
from bpmn_engine.elements.event_definitions.definition import Event
from bpmn_engine.elements.event_definitions.link import LinkDefinition
from bpmn_engine.elements.event_definitions.schedule import following
from bpmn_engine.elements.thrown import Match, Thrown
from bpmn_engine.errors import Failure
from bpmn_engine.instance.changes import TimerRescheduled
from bpmn_engine.instance.state import Timer

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.changes import Change
    from bpmn_engine.instance.state import Token, Wait
    from bpmn_engine.model import EventDefinition


def read_definitions(event: Event, source: Source, position: Position) -> tuple[Definition, ...]:
    """The event's definitions, read and checked for its position; none for a none event."""
    found = [_read(event, drawn, index, source, position) for index, drawn in enumerate(event.node.event_definitions)]
    definitions = tuple(definition for definition in found if definition is not None)
    if len(definitions) > 1:
        _check_combination(event, definitions, source, position)
    return definitions


def required_definitions(event: Event, source: Source, position: Position, choices: str) -> tuple[Definition, ...]:
    """As `read_definitions`, for an event that must have one."""
    if not event.node.event_definitions:
        source.error("event-definition", f"{event.label} waits for nothing.", f"Choose {choices}.")
    return read_definitions(event, source, position)


def _read(event: Event, drawn: EventDefinition, index: int, source: Source, position: Position) -> Definition | None:
    kind = EVENT_DEFINITIONS[drawn.tag]
    if position not in kind.positions:
        source.error(
            "event-position",
            f"{event.label}: a <{kind.tag}> cannot be the definition of {_article(position)} {position}.",
            f"It may be: {', '.join(sorted(kind.positions))}.",
        )
        return None
    definition = kind(drawn, event, index)
    definition.read(source, position)
    definition.freeze()
    return definition


def _article(position: Position) -> str:
    return "an" if position[0] in "aeiou" else "a"


def _check_combination(event: Event, definitions: tuple[Definition, ...], source: Source, position: Position) -> None:
    throwing = position in (Position.THROW, Position.END)
    for definition in definitions:
        alone = not definition.combines if throwing else isinstance(definition, LinkDefinition)
        waits = event.node.extensions.job is not None if throwing else definition.catch_wait is not None
        if alone or (throwing and waits) or (event.node.parallel_multiple and not waits):
            source.error(
                "event-definition",
                f"{event.label} has several event definitions, one of which is a <{definition.tag}> that cannot be "
                "combined with others here.",
                "Draw an event for each of them.",
            )
            return
    if event.node.parallel_multiple and position is Position.START:
        source.error(
            "not-supported",
            f"{event.label} starts the process when all of several events have occurred; there is no instance yet that "
            "could gather them.",
            "Start by one of them, and wait for the others with a parallel multiple catch event.",
        )


# while an instance runs


def arm_all(event: Event, step: Step, key: int, outer_key: int) -> list[Change]:
    """Return the waits of the token with this key on behalf of an event."""
    return [change for definition in event.definitions for change in definition.arm(step, key, outer_key)]


def occurred(event: Event, step: Step, token: Token, wait: Wait, outer_key: int) -> bool:
    """Take in one wait of an event, and return whether the event occurs. A non-interrupting one keeps waiting."""
    stay = not event.node.interrupting
    if event.node.parallel_multiple:
        others = [
            key for key in token.waits or () if key != wait.key and step.instance.waits[key].element_id == event.id
        ]
        step.cancel_wait(wait.key)
        if stay and not others:
            _arm_again(event, step, token, outer_key)
        return not others
    _use(step, wait, stay=stay)
    return True


def _arm_again(event: Event, step: Step, token: Token, outer_key: int) -> None:
    try:
        step.open(arm_all(event, step, token.key, outer_key))
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


def throw_all(event: Event, step: Step, token: Token) -> bool:
    """Do what all definitions say, until one lets the event be interrupted; whether the token is done.

    Those that cannot interrupt come first, so that an event with several definitions sends its messages.
    """
    for definition in sorted(event.definitions, key=lambda definition: definition.interrupts):
        if not definition.throw(step, token):
            return False
    return True


def best_match(event: Event, thrown: Thrown) -> Match:
    """Return how well an event catches an error or escalation; see `catching.py`."""
    return max((definition.match(thrown) for definition in event.definitions), default=Match.NONE)


def caught_variables(event: Event, thrown: Thrown) -> dict[str, object]:
    """The variables that come with what was caught."""
    named = {
        name: value
        for definition in event.definitions
        if definition.match(thrown)
        for name, value in definition.variables(thrown).items()
    }
    return {**named, **thrown.variables}
