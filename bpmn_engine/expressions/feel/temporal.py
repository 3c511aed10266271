"""Arithmetic and properties of dates, times and durations (DMN 1.5, clauses 10.3.2.3.4 to 10.3.2.3.8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bpmn_engine.expressions.feel.values import YearMonthDuration
from bpmn_engine.expressions.iso8601 import Duration, parse_datetime, parse_duration
from bpmn_engine.expressions.numbers import CONTEXT, finite, is_number

_SECOND = timedelta(seconds=1)


def parse_temporal(text: str) -> Any:
    """The value of `@"..."`, or None if the text is no date, time or duration."""
    readers: tuple[Callable[[str], Any], ...] = (duration, parse_date, parse_time, parse_moment)
    for reader in readers:
        value = reader(text)
        if value is not None:
            return value
    return None


def duration(text: str) -> timedelta | YearMonthDuration | None:
    """`PT15M` or `P1Y2M`; None if it is neither or mixes the two kinds."""
    try:
        read = parse_duration(text)
    except ValueError:
        return None
    if read.months and (read.days or read.exact):
        return None
    if read.months or (text.lstrip("-P")[-1:] in ("Y", "M") and "T" not in text):
        return YearMonthDuration(read.months)
    return timedelta(days=read.days) + read.exact


def parse_date(text: str) -> date | None:
    """`2026-01-31`."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """`09:30:00` with an optional offset."""
    try:
        return time.fromisoformat(text) if text[2:3] == ":" else None
    except ValueError:
        return None


def parse_moment(text: str) -> datetime | None:
    """`2026-01-31T09:30:00` with an optional offset or `@Europe/Berlin`; without one it is local."""
    if "T" not in text:
        return None
    try:
        zoned = parse_datetime(text)
        has_zone = any(mark in text[10:] for mark in "+-Z@[")
    except ValueError:
        return None
    return zoned if has_zone else zoned.replace(tzinfo=None)


def negated(value: timedelta | YearMonthDuration) -> timedelta | YearMonthDuration:
    """The duration in the other direction."""
    return -value if isinstance(value, timedelta) else YearMonthDuration(-value.months)


def _moved(moment: Any, span: Any) -> Any:
    """A date, time or date-time plus a duration; None if they do not fit or leave the calendar."""
    try:
        if isinstance(span, YearMonthDuration):
            return _moved_months(moment, span.months)
        if isinstance(moment, datetime):
            return Duration(exact=span).after(moment) if moment.tzinfo else moment + span
        if isinstance(moment, time):
            return (datetime.combine(date(2000, 1, 2), moment) + span % timedelta(days=1)).timetz()
        return (datetime.combine(moment, time()) + span).date()
    except (ValueError, OverflowError):
        return None


def _moved_months(moment: Any, months: int) -> Any:
    if isinstance(moment, datetime):
        return Duration(months).after(moment)
    if isinstance(moment, date):
        return Duration(months).after(datetime.combine(moment, time())).date()
    return None


def _add(left: Any, right: Any) -> Any:
    spans = (timedelta, YearMonthDuration)
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return left + right
    if isinstance(left, YearMonthDuration) and isinstance(right, YearMonthDuration):
        return YearMonthDuration(left.months + right.months)
    if isinstance(left, date | time) and isinstance(right, spans):
        return _moved(left, right)
    if isinstance(right, date | time) and isinstance(left, spans):
        return _moved(right, left)
    return None


def _subtract(left: Any, right: Any) -> Any:
    if isinstance(right, timedelta | YearMonthDuration):
        return _add(left, negated(right))
    if isinstance(left, date) and isinstance(right, date):
        return _span(left, right)
    if isinstance(left, time) and isinstance(right, time):
        day = date(2000, 1, 2)
        return _span(datetime.combine(day, left), datetime.combine(day, right))
    return None


def _span(left: date, right: date) -> timedelta | None:
    first = left if isinstance(left, datetime) else datetime.combine(left, time(), UTC)
    second = right if isinstance(right, datetime) else datetime.combine(right, time(), UTC)
    if (first.tzinfo is None) != (second.tzinfo is None):
        return None
    if first.tzinfo is not None and second.tzinfo is not None:
        return first.astimezone(UTC) - second.astimezone(UTC)
    return first - second


def _multiply(left: Any, right: Any) -> Any:
    if is_number(left):
        left, right = right, left
    if not is_number(right):
        return None
    try:
        if isinstance(left, timedelta):
            return left * float(right)
        return YearMonthDuration(int(left.months * right)) if isinstance(left, YearMonthDuration) else None
    except (OverflowError, ValueError):
        return None


def _divide(left: Any, right: Any) -> Any:
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return finite(CONTEXT.divide(left // timedelta.resolution, right // timedelta.resolution)) if right else None
    if isinstance(left, YearMonthDuration) and isinstance(right, YearMonthDuration):
        return finite(CONTEXT.divide(left.months, right.months)) if right.months else None
    return _multiply(left, CONTEXT.divide(1, right)) if is_number(right) and right else None


#: What the arithmetic operators do to temporal values; None if they do not fit.
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"+": _add, "-": _subtract, "*": _multiply, "/": _divide}


def _offset(value: datetime | time) -> timedelta | None:
    return value.utcoffset()


_DATE: dict[str, Callable[[Any], Any]] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: value.isoweekday(),
}
_TIME: dict[str, Callable[[Any], Any]] = {
    "hour": lambda value: value.hour,
    "minute": lambda value: value.minute,
    "second": lambda value: (
        Decimal(value.second) + Decimal(value.microsecond).scaleb(-6) if value.microsecond else value.second
    ),
    "time offset": _offset,
    "timezone": lambda value: getattr(value.tzinfo, "key", None),
}
_DAYS: dict[str, Callable[[Any], Any]] = {
    "days": lambda value: int(abs(value) // timedelta(days=1)) * _sign(value),
    "hours": lambda value: int(abs(value) // _SECOND // 3600 % 24) * _sign(value),
    "minutes": lambda value: int(abs(value) // _SECOND // 60 % 60) * _sign(value),
    "seconds": lambda value: int(abs(value) // _SECOND % 60) * _sign(value),
}
_MONTHS: dict[str, Callable[[Any], Any]] = {
    "years": lambda value: int(value.months / 12),
    "months": lambda value: value.months - int(value.months / 12) * 12,
}


def _sign(value: timedelta) -> int:
    return -1 if value < timedelta() else 1


def properties_of(value: Any, name: str) -> tuple[bool, Any]:
    """Whether a temporal value has a property of that name, and its value (DMN 1.5, table 65)."""
    if isinstance(value, datetime):
        table = _DATE | _TIME
    elif isinstance(value, date):
        table = _DATE
    elif isinstance(value, time):
        table = _TIME
    elif isinstance(value, timedelta):
        table = _DAYS
    elif isinstance(value, YearMonthDuration):
        table = _MONTHS
    else:
        return False, None
    return (True, table[name](value)) if name in table else (False, None)
