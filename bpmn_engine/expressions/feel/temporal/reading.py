"""Text to dates, times and durations, as XML Schema writes them (DMN 1.5, 10.3.4.1); None for what is none."""

from __future__ import annotations

import re

from bpmn_engine.expressions.feel.temporal.calendar import MAX_OFFSET, MAX_YEAR, NANOS
from bpmn_engine.expressions.feel.temporal.calendar import zone as zone_named
from bpmn_engine.expressions.feel.temporal.dates import Date, DateTime, Time, Zone
from bpmn_engine.expressions.feel.temporal.durations import DayTimeDuration, YearMonthDuration

Temporal = Date | Time | DateTime | DayTimeDuration | YearMonthDuration

_DATE = r"(?P<year>-?(?:[1-9]\d{4,8}|\d{4}))-(?P<month>\d\d)-(?P<day>\d\d)"
_CLOCK = (
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d+))?"
    r"(?:(?P<utc>[Zz])|(?P<sign>[-+])(?P<oh>\d\d):(?P<om>\d\d)(?::(?P<os>\d\d))?|@(?P<zone>.+))?"
)
_DAYS = re.compile(_DATE, re.ASCII)
_TIMES = re.compile(f"T?{_CLOCK}", re.ASCII)
_MOMENTS = re.compile(f"{_DATE}T{_CLOCK}", re.ASCII)
_MONTHS = re.compile(r"(?P<sign>-?)P(?=\d)(?:(?P<years>\d{1,12})Y)?(?:(?P<months>\d{1,12})M)?", re.ASCII)
_EXACT = re.compile(
    r"(?P<sign>-?)P(?=[\dT])(?:(?P<days>\d{1,15})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,15})H)?(?:(?P<minutes>\d{1,15})M)?(?:(?P<seconds>\d{1,15})(?:\.(?P<fraction>\d*))?S)?)?",
    re.ASCII,
)


def read_temporal(text: str) -> Temporal | None:
    """The value of `@"..."`."""
    return read_date(text) or read_duration(text) or read_time(text) or read_datetime(text)


def read_date(text: str) -> Date | None:
    """`2026-01-31`; the year may have a sign and up to nine digits."""
    match = _DAYS.fullmatch(text)
    return _date(match) if match else None


def read_time(text: str) -> Time | None:
    """`09:30:00.5`, with `Z`, an offset or `@Europe/Berlin`. 24:00:00 is midnight."""
    match = _TIMES.fullmatch(text)
    if match is None:
        return None
    if match["hour"] == "24":
        midnight = _end_of_day(Date(1970, 1, 1), match)
        return midnight.time if midnight else None
    return _time(match)


def read_datetime(text: str) -> DateTime | None:
    """`2026-01-31T09:30:00` with an optional offset or zone, or a date, which means its midnight.

    24:00:00 is the midnight that ends the day.
    """
    match = _MOMENTS.fullmatch(text)
    if match is None:
        day = read_date(text)
        return DateTime(day, Time(0)) if day else None
    day = _date(match)
    if day is None:
        return None
    if match["hour"] == "24":
        return _end_of_day(day, match)
    clock = _time(match)
    return DateTime(day, clock) if clock else None


def read_duration(text: str) -> DayTimeDuration | YearMonthDuration | None:
    """`P1Y2M` or `P1DT2H`; the two kinds do not mix."""
    if match := _MONTHS.fullmatch(text):
        months = int(match["years"] or 0) * 12 + int(match["months"] or 0)
        return YearMonthDuration(-months if match["sign"] else months) if months <= MAX_YEAR * 12 else None
    match = _EXACT.fullmatch(text)
    if match is None:
        return None
    minutes = (int(match["days"] or 0) * 24 + int(match["hours"] or 0)) * 60 + int(match["minutes"] or 0)
    nanos = (minutes * 60 + int(match["seconds"] or 0)) * NANOS + _nanos(match["fraction"])
    return DayTimeDuration(-nanos if match["sign"] else nanos)


def _date(match: re.Match[str]) -> Date | None:
    try:
        return Date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None


def _time(match: re.Match[str]) -> Time | None:
    known, zone = _zone(match)
    if not known:
        return None
    try:
        return Time.of(int(match["hour"]), int(match["minute"]), int(match["second"]), _nanos(match["fraction"]), zone)
    except ValueError:
        return None


def _end_of_day(day: Date, match: re.Match[str]) -> DateTime | None:
    known, zone = _zone(match)
    if not known or (match["minute"], match["second"]) != ("00", "00") or _nanos(match["fraction"]):
        return None
    try:
        return DateTime(Date.of_days(day.days + 1), Time(0, zone))
    except ValueError:
        return None


def _zone(match: re.Match[str]) -> tuple[bool, Zone]:
    """Read the zone of a string; return whether that succeeds, and the zone."""
    if match["zone"]:
        return zone_named(match["zone"]) is not None, match["zone"]
    if match["utc"]:
        return True, 0
    if not match["sign"]:
        return True, None
    seconds = (int(match["oh"]) * 60 + int(match["om"])) * 60 + int(match["os"] or 0)
    known = seconds <= MAX_OFFSET and int(match["om"]) < 60 and int(match["os"] or 0) < 60
    return known, -seconds if match["sign"] == "-" else seconds


def _nanos(fraction: str | None) -> int:
    return int((fraction or "0")[:9].ljust(9, "0"))
