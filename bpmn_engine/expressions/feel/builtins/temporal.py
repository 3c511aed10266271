"""Date, time and duration functions (DMN 1.5, clauses 10.3.4.1 and 10.3.4.8); now() is the engine's clock."""

from __future__ import annotations

from functools import partial
from typing import Any

from bpmn_engine.expressions.feel.builtins.registry import builtin
from bpmn_engine.expressions.feel.comparing import identical
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.temporal import (
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
    read_date,
    read_datetime,
    read_duration,
    read_time,
)
from bpmn_engine.expressions.feel.temporal.calendar import MAX_OFFSET, NANOS, days_in_month, to_days, zone
from bpmn_engine.expressions.feel.values import Function
from bpmn_engine.expressions.numbers import Number

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)


@_function("now")
def _now(evaluation: Evaluation) -> DateTime:
    return DateTime.of_python(evaluation.now)


@_function("today")
def _today(evaluation: Evaluation) -> Date:
    return _now(evaluation).date


@_function("date", "from: string")
def _date(evaluation: Evaluation, text: str) -> Date | None:
    return read_date(text) or evaluation.null(f"'{text}' is not a date such as 2026-01-31")


@_function("date", "from: date and time|date")
def _date_of(evaluation: Evaluation, moment: Date | DateTime) -> Date:
    return moment.date if isinstance(moment, DateTime) else moment


@_function("date", "year: number", "month: number", "day: number")
def _date_from_parts(evaluation: Evaluation, year: Number, month: Number, day: Number) -> Date | None:
    try:
        return Date(int(year), int(month), int(day))
    except ValueError:
        return evaluation.null(f"there is no date {year}-{month}-{day}")


@_function("time", "from: string")
def _time(evaluation: Evaluation, text: str) -> Time | None:
    return read_time(text) or evaluation.null(f"'{text}' is not a time such as 09:30:00")


@_function("time", "from: time|date and time|date")
def _time_of(evaluation: Evaluation, value: Date | Time | DateTime) -> Time:
    if isinstance(value, DateTime):
        return value.time
    return Time(0, 0) if isinstance(value, Date) else value


@_function("time", "hour: number", "minute: number", "second: number", "offset?: days and time duration|null")
def _time_from_parts(
    evaluation: Evaluation, hour: Number, minute: Number, second: Number, offset: DayTimeDuration | None = None
) -> Time | None:
    seconds = None if offset is None else offset.seconds
    if seconds is not None and abs(seconds) > MAX_OFFSET:
        return evaluation.null(f"there is no offset {offset}")
    try:
        return Time.of(int(hour), int(minute), int(second), int((second - int(second)) * NANOS), seconds)
    except ValueError:
        return evaluation.null(f"there is no time {hour}:{minute}:{second}")


@_function("date and time", "from: string")
def _moment(evaluation: Evaluation, text: str) -> DateTime | None:
    return read_datetime(text) or evaluation.null(f"'{text}' is not a date and time such as 2026-01-31T09:30:00Z")


@_function("date and time", "from: date and time|date")
def _moment_of(evaluation: Evaluation, value: Date | DateTime) -> DateTime:
    return value if isinstance(value, DateTime) else DateTime(value, Time(0, 0))


@_function("date and time", "date: date|date and time", "time: time")
def _moment_from_parts(evaluation: Evaluation, date: Date | DateTime, time: Time) -> DateTime:
    return DateTime(_date_of(evaluation, date), time)


@_function("date and time", "date: date and time", "timezone: string")
def _moment_in_zone(evaluation: Evaluation, moment: DateTime, name: str) -> DateTime | None:
    """The same moment in another zone; a local one is what the clocks show there."""
    if zone(name) is None:
        return evaluation.null(f"'{name}' is not a time zone such as Europe/Berlin")
    if moment.time.zone is None:
        return DateTime(moment.date, Time(moment.time.nanos, name))
    return DateTime.of_instant(moment.instant, name)


@_function("duration", "from: string")
def _duration(evaluation: Evaluation, text: str) -> DayTimeDuration | YearMonthDuration | None:
    return read_duration(text) or evaluation.null(f"'{text}' is not a duration such as PT15M or P1M")


@_function("duration", "from: days and time duration|years and months duration")
def _same_duration(evaluation: Evaluation, value: Any) -> Any:
    return value


@_function("years and months duration", "from: date|date and time", "to: date|date and time")
def _months_between(evaluation: Evaluation, first: Any, last: Any) -> YearMonthDuration:
    """Whole months from one date to another; the time of the day does not count."""
    begin, end = _date_of(evaluation, first), _date_of(evaluation, last)
    months = (end.year - begin.year) * 12 + end.month - begin.month
    if months > 0 and end.day < begin.day:
        months -= 1
    elif months < 0 and end.day > begin.day:
        months += 1
    return YearMonthDuration(months)


@_function("is", "value1?", "value2?")
def _is(evaluation: Evaluation, first: Any = None, second: Any = None) -> bool:
    evaluation.weigh(first)
    return identical(first, second)


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@_function("day of week", "date: date|date and time")
def _day_of_week(evaluation: Evaluation, value: Any) -> str:
    return _WEEKDAYS[_date_of(evaluation, value).weekday - 1]


@_function("month of year", "date: date|date and time")
def _month_of_year(evaluation: Evaluation, value: Any) -> str:
    return _MONTHS[_date_of(evaluation, value).month - 1]


@_function("day of year", "date: date|date and time")
def _day_of_year(evaluation: Evaluation, value: Any) -> int:
    date = _date_of(evaluation, value)
    return date.days - to_days(date.year, 1, 1) + 1


@_function("week of year", "date: date|date and time")
def _week_of_year(evaluation: Evaluation, value: Any) -> int:
    """The week by ISO 8601: the first one has the year's first Thursday."""
    date = _date_of(evaluation, value)
    thursday = Date.of_days(date.days + 4 - date.weekday)
    return (thursday.days - to_days(thursday.year, 1, 1)) // 7 + 1


@_function("last day of month", "date: date|date and time")
def _last_day(evaluation: Evaluation, value: Any) -> Date:
    date = _date_of(evaluation, value)
    return Date(date.year, date.month, days_in_month(date.year, date.month))


@_function("cycle", "repetitions: number|null", "interval: days and time duration|years and months duration")
def _cycle(evaluation: Evaluation, repetitions: Number | None, interval: Any) -> str:
    return f"R{'' if repetitions is None else int(repetitions)}/{interval}"


@_function("cycle", "interval: days and time duration|years and months duration")
def _endless_cycle(evaluation: Evaluation, interval: Any) -> str:
    return f"R/{interval}"
