"""The properties of dates, times and durations (DMN 1.5, table 65)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bpmn_engine.expressions.feel.temporal.calendar import NANOS
from bpmn_engine.expressions.feel.temporal.dates import Date, DateTime, Time, Zone
from bpmn_engine.expressions.feel.temporal.durations import DayTimeDuration, YearMonthDuration

Properties = dict[str, Callable[[Any], Any]]


def _second(time: Time) -> int | Decimal:
    return Decimal(time.nanos % (60 * NANOS)).scaleb(-9).normalize() if time.nano else time.second


def _duration(seconds: int | None) -> DayTimeDuration | None:
    return None if seconds is None else DayTimeDuration(seconds * NANOS)


def _name(zone: Zone) -> str | None:
    return zone if isinstance(zone, str) else None


def _part(value: DayTimeDuration, size: int, of: int) -> int:
    """One of the parts of a duration, with its sign."""
    part = abs(value.nanos) // NANOS // size % of
    return -part if value.nanos < 0 else part


def _years(value: YearMonthDuration) -> int:
    return -(-value.months // 12) if value.months < 0 else value.months // 12


def _of_part(part: str, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda moment: read(getattr(moment, part))


_DATE: Properties = {
    "year": lambda date: date.year,
    "month": lambda date: date.month,
    "day": lambda date: date.day,
    "weekday": lambda date: date.weekday,
}
_TIME: Properties = {
    "hour": lambda time: time.hour,
    "minute": lambda time: time.minute,
    "second": _second,
    "time offset": lambda time: _duration(time.offset),
    "timezone": lambda time: _name(time.zone),
}
PROPERTIES: dict[type, Properties] = {
    Date: _DATE,
    Time: _TIME,
    DateTime: {
        **{name: _of_part("date", read) for name, read in _DATE.items()},
        **{name: _of_part("time", read) for name, read in _TIME.items()},
        "time offset": lambda moment: _duration(moment.offset),
    },
    DayTimeDuration: {
        "days": lambda value: _part(value, 86_400, 10**30),
        "hours": lambda value: _part(value, 3600, 24),
        "minutes": lambda value: _part(value, 60, 60),
        "seconds": lambda value: _part(value, 1, 60),
    },
    YearMonthDuration: {
        "years": _years,
        "months": lambda value: value.months - _years(value) * 12,
    },
}
