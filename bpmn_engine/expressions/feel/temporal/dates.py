"""Dates, times and date-times (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.6).

A time or date-time is local (`zone` is None), has an offset in seconds, or keeps the name of its zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from bpmn_engine.expressions.feel.temporal.calendar import (
    DAY,
    MAX_YEAR,
    NANOS,
    NANOS_A_DAY,
    days_in_month,
    from_days,
    offset_at_instant,
    offset_at_wall,
    to_days,
    zone,
)
from bpmn_engine.expressions.feel.temporal.durations import fraction_text

Zone = int | str | None


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A day of the calendar; raise ValueError if there is none like it."""

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        if not (-MAX_YEAR <= self.year <= MAX_YEAR and 1 <= self.month <= 12):
            raise ValueError("there is no such date")
        if not 1 <= self.day <= days_in_month(self.year, self.month):
            raise ValueError("there is no such date")

    @classmethod
    def of_days(cls, days: int) -> Date:
        """The date with a number, 1970-01-01 being 0."""
        return cls(*from_days(days))

    @property
    def days(self) -> int:
        """The number of the date, 1970-01-01 being 0."""
        return to_days(self.year, self.month, self.day)

    @property
    def weekday(self) -> int:
        """1 is Monday."""
        return (self.days + 3) % 7 + 1

    def plus_months(self, months: int) -> Date:
        """The same day of another month; the last one where that month is shorter."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Date(year, month + 1, min(self.day, days_in_month(year, month + 1)))

    def __str__(self) -> str:
        return f"{'-' if self.year < 0 else ''}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class Time:
    """A time of the day, in nanoseconds since midnight."""

    nanos: int
    zone: Zone = None

    @classmethod
    def of(cls, hour: int, minute: int, second: int, nano: int = 0, zone: Zone = None) -> Time:
        """A time from its parts; raise ValueError."""
        if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59 and 0 <= nano < NANOS):
            raise ValueError("there is no such time")
        return cls(((hour * 60 + minute) * 60 + second) * NANOS + nano, zone)

    @property
    def hour(self) -> int:
        return self.nanos // (3600 * NANOS)

    @property
    def minute(self) -> int:
        return self.nanos // (60 * NANOS) % 60

    @property
    def second(self) -> int:
        return self.nanos // NANOS % 60

    @property
    def nano(self) -> int:
        """Nanoseconds of the second."""
        return self.nanos % NANOS

    @property
    def offset(self) -> int | None:
        """Seconds east of UTC; None for a local time. A named zone counts as in January 1970."""
        return offset_at_instant(self.zone, 0) if isinstance(self.zone, str) else self.zone

    @property
    def instant(self) -> int:
        """Nanoseconds that order times: in UTC for one with a zone, on the clock for a local one."""
        return self.nanos - (self.offset or 0) * NANOS

    def __str__(self) -> str:
        clock = f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}{fraction_text(self.nano)}"
        return clock + zone_text(self.zone)


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date and a time. `later` marks the second of two times that the clocks of a named zone show alike."""

    date: Date
    time: Time
    later: bool = False

    @classmethod
    def of_instant(cls, instant: int, zone: Zone) -> DateTime:
        """The moment with a number of nanoseconds since 1970 in UTC (local: on the clock), seen in a zone."""
        offset = offset_at_instant(zone, instant // NANOS) if isinstance(zone, str) else zone or 0
        days, nanos = divmod(instant + offset * NANOS, NANOS_A_DAY)
        later = isinstance(zone, str) and offset_at_wall(zone, days, nanos // NANOS) != offset
        return cls(Date.of_days(days), Time(nanos, zone), later)

    @classmethod
    def of_python(cls, moment: datetime) -> DateTime:
        """The same moment; a named zone keeps its name."""
        name = getattr(moment.tzinfo, "key", None)
        offset = moment.utcoffset()
        seconds = None if offset is None else offset.days * DAY + offset.seconds
        clock = Time.of(moment.hour, moment.minute, moment.second, moment.microsecond * 1000, name or seconds)
        return cls(Date(moment.year, moment.month, moment.day), clock, bool(name and moment.fold))

    def to_python(self) -> datetime:
        """The same moment, to the microsecond; raise ValueError outside the years 1 to 9999."""
        zone = self.time.zone
        moment = datetime(self.date.year, self.date.month, self.date.day, tzinfo=_python_zone(zone))
        return (moment + timedelta(microseconds=self.time.nanos // 1000)).replace(fold=int(self.later))

    @property
    def offset(self) -> int | None:
        """Seconds east of UTC; None for a local one."""
        zone = self.time.zone
        if not isinstance(zone, str):
            return zone
        return offset_at_wall(zone, self.date.days, self.time.nanos // NANOS, later=self.later)

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970 in UTC; of a local one, on the clock."""
        return self.date.days * NANOS_A_DAY + self.time.nanos - (self.offset or 0) * NANOS

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


def _python_zone(name: Zone) -> tzinfo | None:
    if isinstance(name, str):
        return zone(name)
    return None if name is None else UTC if name == 0 else timezone(timedelta(seconds=name))


def zone_text(zone: Zone) -> str:
    """`Z`, `+05:30`, `@Europe/Berlin` or nothing."""
    if zone is None or isinstance(zone, str):
        return f"@{zone}" if zone else ""
    if zone == 0:
        return "Z"
    minutes, second = divmod(abs(zone), 60)
    rest = f":{second:02d}" if second else ""
    return f"{'-' if zone < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}{rest}"
