"""Dates, times and durations of FEEL: own values, since Python's hold neither every year nor nanoseconds."""

from bpmn_engine.expressions.feel.temporal.dates import Date, DateTime, Time
from bpmn_engine.expressions.feel.temporal.durations import DayTimeDuration, YearMonthDuration
from bpmn_engine.expressions.feel.temporal.reading import (
    read_date,
    read_datetime,
    read_duration,
    read_temporal,
    read_time,
)

__all__ = [
    "Date",
    "DateTime",
    "DayTimeDuration",
    "Time",
    "YearMonthDuration",
    "read_date",
    "read_datetime",
    "read_duration",
    "read_temporal",
    "read_time",
]
