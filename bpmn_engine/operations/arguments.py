"""Checks of arguments, with one message for all callers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bpmn_engine.errors import InvalidArgument

#: The longest time that a caller can ask for: some thirty years.
LONGEST = timedelta(milliseconds=10**12)
#: The longest business id, in characters.
MAX_BUSINESS_ID = 256


#: The longest name or id that a caller gives, in characters: indexes hold it.
MAX_NAME = 512
#: The most names in a list, such as those of variables; the most tags of an instance.
MAX_NAMES, MAX_TAGS = 10_000, 10


def check_text(text: str, what: str) -> None:
    """Raise `InvalidArgument` for an empty string, or one that is too long for a name."""
    if not text:
        raise InvalidArgument(f"The {what} is empty.")
    check_length(text, what)


def check_length(text: str | None, what: str) -> None:
    """Raise `InvalidArgument` for a string that is too long for a name."""
    if isinstance(text, str) and len(text) > MAX_NAME:
        raise InvalidArgument(f"The {what} has {len(text):,} characters; expected at most {MAX_NAME}.")


def check_names(names: Iterable[str], what: str, most: int = MAX_NAMES) -> None:
    """Raise `InvalidArgument` for too many names, or one that is too long."""
    listed = list(names)
    if len(listed) > most:
        raise InvalidArgument(f"There are {len(listed):,} {what}s; expected at most {most}.")
    for name in listed:
        check_length(name, what)


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
