"""FEEL's data types and how two values compare (DMN 1.5, clause 10.3.2).

null, boolean, string, list and context are Python's own; a number is `int` or `Decimal`; date, time, date-time and
day-time duration are those of `datetime`; year-month durations, ranges and functions are defined here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bpmn_engine.expressions.numbers import is_number, text_of


@dataclass(frozen=True, slots=True, order=True)
class YearMonthDuration:
    """Calendar months; years are twelve of them."""

    months: int

    def __str__(self) -> str:
        sign, months = ("-", -self.months) if self.months < 0 else ("", self.months)
        years, months = divmod(months, 12)
        return f"{sign}P{f'{years}Y' if years else ''}{f'{months}M' if months or not years else ''}"


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`; None is an open end."""

    low: Any
    high: Any
    low_closed: bool = True
    high_closed: bool = True


@dataclass(frozen=True, slots=True)
class Function:
    """A built-in or user-defined function; `call` takes the arguments in the order of `parameters`."""

    parameters: tuple[str, ...]
    call: Callable[..., Any]


def kind(value: Any) -> str:
    """The FEEL type of a value, for comparisons and messages."""
    if value is None:
        return "null"
    if isinstance(value, Decimal):
        return "number"
    for classes, name in _KINDS:
        if isinstance(value, classes):
            return name
    return "unknown"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    (int, "number"),
    (str, "string"),
    (list, "list"),
    (dict, "context"),
    (datetime, "date and time"),
    (date, "date"),
    (time, "time"),
    (timedelta, "days and time duration"),
    (YearMonthDuration, "years and months duration"),
    (Range, "range"),
    (Function, "function"),
)


def equal(left: Any, right: Any) -> bool | None:
    """`left = right`: null if the types differ, except that anything compares with null."""
    if left is None or right is None:
        return left is right
    if is_number(left) and is_number(right):
        return bool(left == right)
    if kind(left) != kind(right):
        return None
    if isinstance(left, list):
        return len(left) == len(right) and all(equal(a, b) is True for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) is True for key in left)
    return bool(left == right)


def less(left: Any, right: Any) -> bool | None:
    """`left < right`: null if the two cannot be ordered."""
    if is_number(left) and is_number(right):
        return bool(left < right)
    name = kind(left)
    if name != kind(right) or name in ("null", "boolean", "list", "context", "range", "function", "unknown"):
        return None
    try:
        return bool(left < right)
    except TypeError:  # a local and a zoned time
        return None


def contains(interval: Range, value: Any) -> bool | None:
    """Whether a value lies in a range; null if it cannot be compared."""
    if interval.low is not None:
        below = less(value, interval.low)
        if below is None:
            return None
        if below or (not interval.low_closed and equal(value, interval.low)):
            return False
    if interval.high is not None:
        above = less(interval.high, value)
        if above is None:
            return None
        if above or (not interval.high_closed and equal(value, interval.high)):
            return False
    return True


def to_text(value: Any) -> str | None:
    """FEEL's string(): the text of a value as an expression would write it."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    return _inner_text(value)


def _inner_text(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return text_of(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(_inner_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_inner_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, date | time):
        return temporal_text(value)
    return str(value)


def temporal_text(value: date | time) -> str:
    """ISO 8601 text of a date, time or date-time; UTC is written Z."""
    text = value.isoformat()
    zone = getattr(getattr(value, "tzinfo", None), "key", None)
    if zone and zone != "UTC":
        return f"{text[:-6]}@{zone}"
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def duration_text(value: timedelta) -> str:
    """ISO 8601 text of a day-time duration."""
    micros = value // timedelta(microseconds=1)
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    seconds, fraction = divmod(micros, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    tail = f"{seconds}.{fraction:06d}".rstrip("0") if fraction else str(seconds)
    clock = f"{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}{f'{tail}S' if tail != '0' else ''}"
    text = f"{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"
    return f"{sign}P{text or 'T0S'}"
