"""Compute when a timer falls due, first and again.

1. A repetition has a grid: start, start + period, start + 2 periods. Without a start of its own it begins one period
   from now. The grid is kept as text, so that a restart changes nothing.
2. Firings that were missed are made up for by one; the next one is on the grid again. A limit counts firings.
3. Cron runs on the wall clock of its zone (`CRON_TZ=Europe/Berlin 0 0 9 * * *`, else UTC). An hour that the change to
   summer time skips runs once, one that the change back doubles runs once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bpmn_engine.elements.event_definitions.cron import walls_after
from bpmn_engine.expressions.iso8601 import Repetition, format_datetime, parse_repetition, zone_of

_CRON_ZONE = "CRON_TZ="
#: A shorter cycle would start more instances than an operator can handle.
LEAST_PERIOD = timedelta(seconds=1)


class Occurrence(NamedTuple):
    """The next firing. `schedule` is None for the last one; `remaining` counts this firing too, None is endless."""

    due_at: datetime
    schedule: str | None = None
    remaining: int | None = None


def first_of_cycle(text: str, now: datetime) -> Occurrence:
    """The first firing of an ISO 8601 repetition or a cron expression; raise ValueError."""
    if not text.strip().startswith("R"):
        return Occurrence(_cron_after(text, now), text.strip())
    repetition = parse_repetition(text)
    if repetition.count == 0:
        raise ValueError(f"'{text}' repeats zero times")
    start = repetition.start or now
    if repetition.period.after(start) - start < LEAST_PERIOD:
        seconds = (repetition.period.after(start) - start).total_seconds()
        raise ValueError(f"'{text}' repeats every {seconds:g} s; the shortest period of a cycle is 1 s")
    due = start if repetition.start else repetition.period.after(start)
    grid = f"R/{format_datetime(start)}/{text.rpartition('/')[2]}"
    return Occurrence(due, grid, repetition.count)


def following(schedule: str, remaining: int | None, now: datetime) -> Occurrence | None:
    """The firing after one at `now`; None if that was the last."""
    if remaining is not None and remaining <= 1:
        return None
    left = None if remaining is None else remaining - 1
    if not schedule.startswith("R"):
        return Occurrence(_cron_after(schedule, now), schedule, left)
    return Occurrence(_on_grid_after(parse_repetition(schedule), now), schedule, left)


def _on_grid_after(grid: Repetition, now: datetime) -> datetime:
    """The first occurrence after `now`, found by doubling and halving."""
    start = grid.start or now
    high = 1
    while grid.period.after(start, high) <= now:
        high *= 2
    low = high // 2
    while low + 1 < high:
        middle = (low + high) // 2
        if grid.period.after(start, middle) <= now:
            low = middle
        else:
            high = middle
    return grid.period.after(start, high)


def _cron_after(text: str, now: datetime) -> datetime:
    expression, zone = text.strip(), zone_of("UTC")
    if expression.startswith(_CRON_ZONE):
        name, _, expression = expression.removeprefix(_CRON_ZONE).partition(" ")
        zone = zone_of(name)
    wall = now.astimezone(zone).replace(tzinfo=None, fold=0)
    for later in walls_after(expression, wall):
        due: datetime = later.replace(tzinfo=zone).astimezone(UTC)
        if due > now:
            return due
    raise ValueError(f"'{text}' never falls due again")
