"""Cron expressions: five fields, or six with the seconds in front.

Beside what every cron knows there are the last days of a month, as Spring and Quartz write them: `L`, `L-3` (three days
before the last), `LW` (the last day from Monday to Friday), and as a weekday `5L` or `FRIL` (the last Friday).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import takewhile

from croniter import CroniterBadDateError, CroniterError, croniter

_FIELDS = ("second", "minute", "hour", "day of the month", "month", "weekday")
_DAYS = {name: str(number) for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}
_LAST_WEEKDAY = re.compile(r"([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)L", re.IGNORECASE)
_FROM_THE_END = re.compile(r"L(W|-(?:[12]?\d|30))", re.IGNORECASE)
_SATURDAY = 5
#: Every date of the calendar comes back within so many months.
_MONTHS = 12 * 28


def walls_after(expression: str, wall: datetime) -> Iterator[datetime]:
    """The times on the wall clock after one at which a cron expression falls due; raise ValueError."""
    fields = [_LAST_WEEKDAY.sub(_last, field) for field in expression.split()]
    day = fields[-3] if len(fields) in (5, 6) else ""
    try:
        if from_the_end := _FROM_THE_END.fullmatch(day):
            yield from _from_the_end(fields, from_the_end[1].upper(), wall)
        else:
            yield from _croniter(fields, wall).all_next(datetime)
    except (CroniterError, KeyError):
        raise ValueError(_trouble(expression.split(), fields)) from None


def _croniter(fields: list[str], wall: datetime, *, both: bool = False) -> croniter:
    return croniter(" ".join(fields), wall, second_at_beginning=len(fields) == 6, day_or=not both)


def _last(match: re.Match[str]) -> str:
    """Write the last of a weekday as the library reads it: L5."""
    return f"L{_DAYS.get(match[1].upper(), match[1])}"


def _from_the_end(fields: list[str], which: str, wall: datetime) -> Iterator[datetime]:
    def on(day: int, after: datetime) -> croniter:
        return _croniter([*fields[:-3], str(day), *fields[-2:]], after, both=True)

    on(1, wall)  # raises for what is wrong with the other fields
    first = wall.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(_MONTHS):
        end = date(first.year, first.month, monthrange(first.year, first.month)[1])
        day = _last_working(end) if which == "W" else end.day + int(which)
        following = first + timedelta(days=end.day)
        if day >= 1:
            with suppress(CroniterBadDateError):  # the month is not one of those that are meant
                times = on(day, max(wall, first - timedelta(seconds=1))).all_next(datetime)
                yield from takewhile(lambda due, end=following: due < end, times)  # type: ignore[misc]
        first = following


def _last_working(end: date) -> int:
    """The last day of a month that is no Saturday or Sunday."""
    return end.day - max(0, end.weekday() - _SATURDAY + 1)


def _trouble(written: list[str], fields: list[str]) -> str:
    """Say which field cannot be read."""
    text = f"'{' '.join(written)}' is neither a repetition such as R3/PT10S nor a cron expression"
    example = "write second, minute, hour, day of the month, month and weekday, such as '0 0 9 * * MON-FRI'"
    if len(fields) not in (5, 6) or fields[0].isalpha():
        return f"{text}; {example}"
    names = _FIELDS[-len(fields) :]
    for position, name in enumerate(names):
        alone = ["*"] * len(fields)
        alone[position] = "1" if _FROM_THE_END.fullmatch(fields[position]) and name == names[-3] else fields[position]
        if not croniter.is_valid(" ".join(alone), second_at_beginning=len(fields) == 6):
            return f"{text}: its {name} is '{written[position]}'; {example}"
    return f"{text} that ever falls due"
