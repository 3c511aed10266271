"""Date, time and duration functions (DMN 1.5, clauses 10.3.4.1 and 10.3.4.8); now() is the engine's clock."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from bpmn_engine.expressions.feel.builtins.registry import builtin
from bpmn_engine.expressions.feel.limits import Scope
from bpmn_engine.expressions.feel.temporal import duration, parse_date, parse_moment, parse_temporal, parse_time
from bpmn_engine.expressions.feel.values import Function, YearMonthDuration, to_text
from bpmn_engine.expressions.iso8601 import zone_of

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)


@_function("@", "text: string")
def _at(scope: Scope, text: str) -> Any:
    value = parse_temporal(text)
    return value if value is not None else scope.null(f"'{text}' is no date, time or duration")


@_function("now")
def _now(scope: Scope) -> datetime:
    return scope.evaluation.now


@_function("today")
def _today(scope: Scope) -> date:
    return scope.evaluation.now.date()


@_function("date", "from: string|date|date and time|number", "month?: number", "day?: number")
def _date(scope: Scope, value: Any, month: Any = None, day: Any = None) -> date | None:
    try:
        if isinstance(value, str):
            return parse_date(value) or scope.null(f"'{value}' is not a date such as 2026-01-31")
        if isinstance(value, datetime):
            return value.date()
        return value if isinstance(value, date) else date(int(value), int(month), int(day))
    except (ValueError, TypeError, OverflowError):
        return scope.null("there is no such date")


@_function("time", "from: string|time|date and time|number", "minute?: number", "second?: number", "offset?")
def _time(scope: Scope, value: Any, minute: Any = None, second: Any = None, offset: Any = None) -> time | None:
    try:
        if isinstance(value, str):
            return parse_time(value) or scope.null(f"'{value}' is not a time such as 09:30:00")
        if isinstance(value, datetime):
            return value.timetz()
        if isinstance(value, time):
            return value
        zone = datetime.strptime("+0000", "%z").tzinfo if offset == timedelta() else None
        return time(int(value), int(minute), int(second), tzinfo=zone)
    except (ValueError, TypeError):
        return scope.null("there is no such time")


@_function("date and time", "from: string|date|date and time", "time?: time|string")
def _moment(scope: Scope, value: Any, clock: Any = None) -> datetime | None:
    if clock is None:
        if isinstance(value, datetime):
            return value
        moment = parse_moment(value) if isinstance(value, str) else None
        return moment or scope.null(f"'{value}' is not a date and time such as 2026-01-31T09:30:00Z")
    if isinstance(clock, str):
        return _zoned(scope, value, clock)
    return datetime.combine(value, clock) if isinstance(value, date) else None


def _zoned(scope: Scope, value: Any, zone: str) -> datetime | None:
    try:
        info = zone_of(zone)
    except ValueError:
        return scope.null(f"'{zone}' is not a time zone")
    if not isinstance(value, datetime):
        return scope.null("expected a date and time")
    return value.astimezone(info) if value.tzinfo else value.replace(tzinfo=info)


@_function("duration", "from: string|days and time duration|years and months duration")
def _duration(scope: Scope, value: Any) -> timedelta | YearMonthDuration | None:
    if not isinstance(value, str):
        return value
    return duration(value) or scope.null(f"'{value}' is not a duration such as PT15M or P1M")


@_function("years and months duration", "from: date|date and time", "to: date|date and time")
def _months_between(scope: Scope, first: date, last: date) -> YearMonthDuration:
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return YearMonthDuration(months)


@_function("day of week", "date: date|date and time")
def _day_of_week(scope: Scope, value: date) -> str:
    return ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")[value.weekday()]


@_function("month of year", "date: date|date and time")
def _month_of_year(scope: Scope, value: date) -> str:
    names = "January February March April May June July August September October November December"
    return names.split()[value.month - 1]


@_function("day of year", "date: date|date and time")
def _day_of_year(scope: Scope, value: date) -> int:
    return value.timetuple().tm_yday


@_function("week of year", "date: date|date and time")
def _week_of_year(scope: Scope, value: date) -> int:
    return value.isocalendar().week


@_function("last day of month", "date: date|date and time")
def _last_day(scope: Scope, value: date) -> date:
    return date(value.year, value.month, monthrange(value.year, value.month)[1])


@_function("cycle", "repetitions", "interval?")
def _cycle(scope: Scope, first: Any, second: Any = None) -> str | None:
    repetitions, interval = (None, first) if second is None else (first, second)
    if not isinstance(interval, timedelta | YearMonthDuration):
        return scope.null("'cycle' needs a duration")
    return f"R{'' if repetitions is None else int(repetitions)}/{to_text(interval)}"
