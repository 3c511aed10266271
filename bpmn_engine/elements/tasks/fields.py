"""The fields of a user task, from what an expression or a listener gives; a `Failure` for what they cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bpmn_engine.errors import Failure
from bpmn_engine.expressions.feel.temporal import DateTime
from bpmn_engine.expressions.iso8601 import parse_datetime

DEFAULT_PRIORITY = 50


def text_of(value: Any, what: str) -> str | None:
    """A text; a number is taken as one, an empty text as none."""
    if value is None or value == "":
        return None
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise Failure("EXTRACT_VALUE_ERROR", f"The {what} is {value!r}; expected a string.")


def names_of(value: Any, what: str) -> tuple[str, ...]:
    """Return the names in a list, or in one string with commas."""
    items = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise Failure("EXTRACT_VALUE_ERROR", f"The {what} are {value!r}; expected a list of names.")
    return tuple(item.strip() for item in items if item.strip())


def moment_of(value: Any, what: str) -> datetime | None:
    """A date and time from an expression's value: ISO 8601 text or a FEEL date or date-time."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, DateTime) and value.time.zone is not None:
            return value.to_python()
        return parse_datetime(str(value))
    except ValueError as error:
        raise Failure("EXTRACT_VALUE_ERROR", f"The {what} is {value!r}: {error}.") from None


def priority_of(value: Any) -> int:
    """A priority from 0 to 100; 50 if there is none."""
    if value is None or value == "":
        return DEFAULT_PRIORITY
    try:
        priority = int(str(value))
    except ValueError:
        priority = -1
    if not 0 <= priority <= 100:
        raise Failure("EXTRACT_VALUE_ERROR", f"The priority is {value!r}; expected a number from 0 to 100.")
    return priority


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "assignee": lambda value: text_of(value, "assignee"),
    "candidate_users": lambda value: names_of(value, "candidate users"),
    "candidate_groups": lambda value: names_of(value, "candidate groups"),
    "due_at": lambda value: moment_of(value, "due date"),
    "follow_up_at": lambda value: moment_of(value, "follow-up date"),
    "priority": priority_of,
}
#: What a listener may correct.
CORRECTABLE = frozenset(_FIELDS)


def corrected(corrections: Mapping[str, Any]) -> dict[str, Any]:
    """The corrections of a listener as a task has them; the names are those of `CORRECTABLE`."""
    return {name: _FIELDS[name](value) for name, value in corrections.items()}
