"""From Python's dates and times and back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from bpmn_engine.expressions.feel.temporal.dates import Date, DateTime
from bpmn_engine.expressions.feel.temporal.durations import DayTimeDuration
from bpmn_engine.expressions.feel.temporal.reading import Temporal

#: The types that `from_python` takes.
PYTHON = (date, time, timedelta)


def from_python(value: date | time | timedelta) -> Temporal:
    """The FEEL value for a date, datetime, time or timedelta."""
    if isinstance(value, datetime):
        return DateTime.of_python(value)
    if isinstance(value, date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, timedelta):
        return DayTimeDuration(value // timedelta(microseconds=1) * 1000)
    return DateTime.of_python(datetime.combine(date(1970, 1, 1), value)).time
