"""Apply `+ - * /` to dates, times and durations (DMN 1.5, tables 58 and 59); None where they do not fit.

A days and time duration added to a date-time with a zone is real time: over a change to summer time the clock jumps.
A years and months duration moves the calendar and keeps the time of the day.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bpmn_engine.expressions.feel.temporal.calendar import NANOS_A_DAY
from bpmn_engine.expressions.feel.temporal.dates import Date, DateTime, Time
from bpmn_engine.expressions.feel.temporal.durations import DayTimeDuration, YearMonthDuration
from bpmn_engine.expressions.numbers import CONTEXT, finite, is_number

_SPANS = (DayTimeDuration, YearMonthDuration)
_POINTS = (Date, DateTime, Time)
#: Larger results are null.
_MOST = 10**30


def negated(span: Any) -> Any:
    """The duration in the other direction; None for anything else."""
    if isinstance(span, DayTimeDuration):
        return DayTimeDuration(-span.nanos)
    return YearMonthDuration(-span.months) if isinstance(span, YearMonthDuration) else None


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, DayTimeDuration) and isinstance(right, DayTimeDuration):
        return DayTimeDuration(left.nanos + right.nanos)
    if isinstance(left, YearMonthDuration) and isinstance(right, YearMonthDuration):
        return YearMonthDuration(left.months + right.months)
    if isinstance(left, _SPANS) and isinstance(right, _POINTS):
        left, right = right, left
    return _moved(left, right) if isinstance(left, _POINTS) and isinstance(right, _SPANS) else None


def _moved(point: Any, span: Any) -> Any:
    try:
        if isinstance(span, YearMonthDuration):
            return _moved_months(point, span.months)
        if isinstance(point, Date):
            return Date.of_days((point.days * NANOS_A_DAY + span.nanos) // NANOS_A_DAY)
        if isinstance(point, Time):
            return Time((point.nanos + span.nanos) % NANOS_A_DAY, point.zone)
        return DateTime.of_instant(point.instant + span.nanos, point.time.zone)
    except ValueError:  # beyond the calendar
        return None


def _moved_months(point: Any, months: int) -> Any:
    if isinstance(point, Date):
        return point.plus_months(months)
    return DateTime(point.date.plus_months(months), point.time) if isinstance(point, DateTime) else None


def _subtract(left: Any, right: Any) -> Any:
    if isinstance(right, _SPANS):
        return None if isinstance(left, _SPANS) and type(left) is not type(right) else _add(left, negated(right))
    if isinstance(left, Time) and isinstance(right, Time):
        return _between(left, right) if (left.zone is None) is (right.zone is None) else None
    if isinstance(left, Date | DateTime) and isinstance(right, Date | DateTime):
        first, second = _moment(left), _moment(right)
        return _between(first, second) if (first.time.zone is None) is (second.time.zone is None) else None
    return None


def _moment(point: Date | DateTime) -> DateTime:
    """A date is its midnight in UTC."""
    return point if isinstance(point, DateTime) else DateTime(point, Time(0, 0))


def _between(left: Time | DateTime, right: Time | DateTime) -> DayTimeDuration:
    return DayTimeDuration(left.instant - right.instant)


def _multiply(left: Any, right: Any) -> Any:
    if is_number(left):
        left, right = right, left
    return _scaled(left, lambda amount: CONTEXT.multiply(amount, right)) if is_number(right) else None


def _divide(left: Any, right: Any) -> Any:
    if isinstance(left, DayTimeDuration) and isinstance(right, DayTimeDuration):
        return finite(CONTEXT.divide(left.nanos, right.nanos))
    if isinstance(left, YearMonthDuration) and isinstance(right, YearMonthDuration):
        return finite(CONTEXT.divide(left.months, right.months))
    return _scaled(left, lambda amount: CONTEXT.divide(amount, right)) if is_number(right) else None


def _scaled(span: Any, scale: Callable[[int], Decimal]) -> Any:
    """A duration times a number; parts of a nanosecond or a month are cut off."""
    if not isinstance(span, _SPANS):
        return None
    amount = finite(scale(span.nanos if isinstance(span, DayTimeDuration) else span.months))
    if amount is None or abs(amount) > _MOST:
        return None
    return type(span)(int(amount))


#: The operators; none of them takes a number on both sides.
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"+": _add, "-": _subtract, "*": _multiply, "/": _divide}
