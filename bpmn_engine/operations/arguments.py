"""Checks of arguments, with one message for all callers."""

from __future__ import annotations

from datetime import timedelta

from bpmn_engine.errors import InvalidArgument

#: The longest time that a caller can ask for: some thirty years.
LONGEST = timedelta(milliseconds=10**12)
#: The longest business id, in characters.
MAX_BUSINESS_ID = 256


def check_text(text: str, what: str) -> None:
    """Raise `InvalidArgument` for an empty string."""
    if not text:
        raise InvalidArgument(f"The {what} is empty.")


def check_time(time: timedelta | None, what: str, least: timedelta = timedelta()) -> None:
    """Raise `InvalidArgument` for a time that is too short or too long."""
    if time is not None and not least <= time <= LONGEST:
        shortest, longest = _milliseconds(least), _milliseconds(LONGEST)
        raise InvalidArgument(f"The {what} is {_milliseconds(time):,} ms; expected {shortest:,} to {longest:,} ms.")


def check_priority(priority: object) -> None:
    """Raise `InvalidArgument` for a priority of a user task that is not from 0 to 100."""
    if isinstance(priority, int) and not 0 <= priority <= 100:
        raise InvalidArgument(f"The priority is {priority}; expected a number from 0 to 100.")


def _milliseconds(time: timedelta) -> int:
    return time // timedelta(milliseconds=1)
