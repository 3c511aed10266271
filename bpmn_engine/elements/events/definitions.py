"""How an event gets its definition, whatever its position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn_engine.elements.event_definitions import EVENT_DEFINITIONS, Definition, Position
from bpmn_engine.model import EventDefinition

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element, Source


def required_definition(event: Element, source: Source, position: Position, choices: str) -> Definition:
    """As `read_definition`, for an event that must have one; the stand-in for a missing one is never run."""
    found = read_definition(event, source, position)
    if found is not None:
        return found
    if not event.node.event_definitions:
        source.error("event-definition", f"{event.label} waits for nothing.", f"Choose {choices}.")
    return Definition(EventDefinition("", "", event.node.line), event)


def read_definition(event: Element, source: Source, position: Position) -> Definition | None:
    """The event's definition, read and checked for its position; None for a none event."""
    drawn = event.node.event_definitions
    if not drawn:
        return None
    if len(drawn) > 1:
        source.error("not-supported", f"{event.label} has several event definitions, which is not run yet.")
        return None
    kind = EVENT_DEFINITIONS.get(drawn[0].tag)
    if kind is None:
        source.error("not-supported", f"{event.label} has a <{drawn[0].tag}>, which is not run yet.")
        return None
    if position not in kind.positions:
        allowed = ", ".join(sorted(kind.positions))
        source.error(
            "event-position", f"{event.label}: a <{kind.tag}> cannot stand in an {position}.", f"It may be: {allowed}."
        )
        return None
    definition = kind(drawn[0], event)
    definition.read(source, position)
    return definition
