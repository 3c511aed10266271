"""The calendar without the limits of Python's `datetime`: years -999,999,999 to 999,999,999, nanoseconds.

Days are counted from 1970-01-01 in the proleptic Gregorian calendar. Zones keep their rules beyond the years that
`datetime` knows: the calendar repeats every 400 years, so such a year takes the offset of one like it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MAX_YEAR = 999_999_999
#: Seconds between the clocks of a place and UTC.
MAX_OFFSET = 18 * 3600
NANOS = 1_000_000_000
DAY = 86_400
NANOS_A_DAY = DAY * NANOS

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _LENGTHS[month - 1] + leap


def to_days(year: int, month: int, day: int) -> int:
    """The number of a date, 1970-01-01 being 0; a year begins in March for the count."""
    shifted = year - (month <= 2)
    era, of_era = divmod(shifted, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def from_days(days: int) -> tuple[int, int, int]:
    """Year, month and day of the date with this number."""
    era, of_era = divmod(days + 719_468, 146_097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return era * 400 + year_of_era + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name; None if there is none."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None


def offset_at_wall(name: str, days: int, second: int, *, later: bool = False) -> int:
    """Seconds east of UTC that a zone's clocks show on a wall date and second of the day.

    Where the clocks show a time twice, at the end of summer time, `later` means the second.
    """
    return _offset(name, days, second, wall=True, later=later)


def offset_at_instant(name: str, seconds: int) -> int:
    """Seconds east of UTC in a zone at a number of seconds since 1970-01-01T00:00:00Z."""
    return _offset(name, *divmod(seconds, DAY), wall=False)


def _offset(name: str, days: int, second: int, *, wall: bool, later: bool = False) -> int:
    info = zone(name)
    year, month, day = from_days(days)
    like = year if 1 < year < 9999 else year % 400 + 2000
    moment = datetime(like, month, day, tzinfo=UTC) + timedelta(seconds=second)
    there = moment.replace(tzinfo=info, fold=int(later)) if wall else moment.astimezone(info)
    offset = there.utcoffset()
    return offset.days * DAY + offset.seconds if offset is not None else 0
