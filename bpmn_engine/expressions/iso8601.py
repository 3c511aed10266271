"""ISO 8601 durations, dates and repetitions, as BPMN users write them.

1. Months and seconds are kept apart: P1M is a calendar month, never 30 days.
2. Occurrence n of a repetition is start + n times the period, never the previous one plus the period:
   31 January, 28 February, 31 March.
3. On a start with a named zone a period of days, weeks, months or years keeps the wall-clock hour across
   daylight-saving changes; one of hours, minutes or seconds counts real time.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_DURATION = re.compile(
    r"(?P<sign>[-+])?P(?!$)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+(?:[.,]\d+)?)W)?"
    r"(?:(?P<days>\d+(?:[.,]\d+)?)D)?"
    r"(?:T(?!$)(?:(?P<hours>\d+(?:[.,]\d+)?)H)?(?:(?P<minutes>\d+(?:[.,]\d+)?)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?"
)
#: What people write in place of a duration, in the order of its parts; those with a T in front are parts of a day.
_WORDS = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)")
_UNITS = {
    "Y": "y year years jahr jahre",
    "M": "mo month months monat monate",
    "W": "w week weeks woche wochen",
    "D": "d day days tag tage",
    "TH": "h hour hours std stunde stunden",
    "TM": "m min mins minute minutes minuten",
    "TS": "s sec secs second seconds sek sekunde sekunden",
}
_REPETITION = re.compile(r"R(?P<count>-?\d*)/(?P<rest>.+)")
_ZONE = re.compile(r"(?P<stamp>[^\[@]+?)(?:\[(?P<bracket>[^\]]+)\]|@(?P<at>.+))?")


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar months, calendar days and exact time."""

    months: int = 0
    days: int = 0
    exact: timedelta = timedelta()

    def after(self, start: datetime, times: int = 1) -> datetime:
        """`start` plus `times` this duration (rules 1 to 3); raise ValueError if that is beyond the calendar."""
        moved = _add_months(start, self.months * times)
        try:
            moved += timedelta(days=self.days * times)
            if not self.exact:
                return moved
            return (moved.astimezone(UTC) + self.exact * times).astimezone(moved.tzinfo)
        except OverflowError:
            raise ValueError(f"the time after {start.date()} that is meant is beyond the calendar") from None

    @property
    def positive(self) -> bool:
        """Whether it leads into the future."""
        return (self.months, self.days, self.exact) > (0, 0, timedelta()) and min(self.months, self.days) >= 0


@dataclass(frozen=True, slots=True)
class Repetition:
    """R[n]/[start/]period; `count` is None for endless."""

    count: int | None
    period: Duration
    start: datetime | None = None


def parse_duration(text: str) -> Duration:
    """Read P[nY][nM][nW][nD][T[nH][nM][nS]]; raise ValueError."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        meant = _proposal(text)
        write = f"; write {meant}" if meant else " such as PT15M, P1D or P1M"
        raise ValueError(f"'{text}' is not an ISO 8601 duration{write}")
    sign = -1 if match["sign"] == "-" else 1

    def number(name: str) -> float:
        return float((match[name] or "0").replace(",", "."))

    days = number("weeks") * 7 + number("days")
    seconds = number("hours") * 3600 + number("minutes") * 60 + number("seconds") + (days % 1) * 86400
    if days >= 1e7 or seconds >= 1e12 or number("years") >= 1e5 or number("months") >= 1e6:
        raise ValueError(f"the duration '{text}' is too long")
    months = int(number("years")) * 12 + int(number("months"))
    return Duration(sign * months, sign * int(days), sign * timedelta(seconds=seconds))


def _proposal(text: str) -> str:
    """The duration that is probably meant by words such as `2 days` or `24h`; empty if there is no guess."""
    found = [(count, word.lower()) for count, word in _WORDS.findall(text)]
    rest = _WORDS.sub("", text.strip().upper().removeprefix("P"))
    parts = [(count, unit) for count, word in found for unit, words in _UNITS.items() if word in words.split()]
    if not parts or len(parts) != len(found) or rest.strip(" ,T") not in ("", "AND"):
        return ""
    units = [unit for _, unit in parts]
    if units != sorted(set(units), key=list(_UNITS).index):
        return ""
    days, time = (
        "".join(f"{count.replace(',', '.')}{unit[-1]}" for count, unit in parts if len(unit) == size) for size in (1, 2)
    )
    return f"P{days}" + (f"T{time}" if time else "")


def parse_datetime(text: str) -> datetime:
    """Read a date and time with offset or [Zone/Name]; one without either is UTC. Raise ValueError."""
    match = _ZONE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is not an ISO 8601 date and time such as 2026-01-31T09:00:00Z")
    try:
        stamp = datetime.fromisoformat(match["stamp"])
    except ValueError:
        raise ValueError(f"'{text}' is not an ISO 8601 date and time such as 2026-01-31T09:00:00Z") from None
    if name := match["bracket"] or match["at"]:
        return _in_zone(stamp, name)
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its IANA name; raise ValueError."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError(f"'{name}' is not a time zone such as Europe/Berlin") from None


def _in_zone(stamp: datetime, name: str) -> datetime:
    zone = zone_of(name)
    return stamp.astimezone(zone) if stamp.tzinfo else stamp.replace(tzinfo=zone)


def parse_repetition(text: str) -> Repetition:
    """Read R[n]/PT10S or R[n]/start/period; raise ValueError."""
    match = _REPETITION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is not an ISO 8601 repetition such as R3/PT10S or R/2026-01-31T09:00:00Z/P1D")
    if len(match["count"]) > 9:
        raise ValueError(f"'{text[:40]}...' repeats too often")
    count = int(match["count"]) if match["count"] not in ("", "-1") else None
    if count is not None and count < 0:
        raise ValueError(f"'{text}' repeats a negative number of times")
    start, separator, duration = match["rest"].rpartition("/")
    period = parse_duration(duration)
    if not period.positive:
        raise ValueError(f"the period of '{text}' is not longer than zero")
    return Repetition(count, period, parse_datetime(start) if separator else None)


def format_datetime(moment: datetime) -> str:
    """The text that `parse_datetime` reads back to the same moment in the same zone."""
    zone = moment.tzinfo
    suffix = f"[{zone.key}]" if isinstance(zone, ZoneInfo) else ""
    return moment.isoformat() + suffix


def _add_months(start: datetime, months: int) -> datetime:
    if not months:
        return start
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise ValueError(f"{start.date()} plus {months} months is beyond the calendar")
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))
