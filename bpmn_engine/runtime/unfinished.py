"""Instances whose agenda is not done: they go on in turn, and one that never waits for anything is stopped.

1. An instance may enter `limit` elements without a wait; then an incident stops it, and resolving that gives it as many
   again. In one second it enters `pace` at most; what is above goes on in the next. Both are counted in memory.
2. Whoever has taken the last step of an instance goes on with it. A node that finds one in the database takes it over
   if it is the only node, or if nothing has happened to it since the node looked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

_SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class _Run:
    """An instance as this node left it; what it has entered since it waited, and since `since` in one second."""

    revision: int
    since: datetime
    total: int = 0
    recent: int = 0

    def may_go_on(self, pace: int, now: datetime) -> bool:
        """Whether this second has room for it."""
        return self.recent < pace or not self.since <= now < self.since + _SECOND


class Unfinished:
    """Whose turn it is. Only the loop's thread uses it."""

    def __init__(self, limit: int, pace: int) -> None:
        self.limit, self.pace = limit, pace
        self._runs: dict[int, _Run] = {}
        self._seen: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[int]:
        return iter(list(self._runs))

    def note(self, key: int, revision: int, now: datetime) -> None:
        """This node's last step has left something to do."""
        run = self._runs.get(key)
        if run is None:
            self._runs[key] = _Run(revision, now)
        else:
            run.revision = revision

    def find(self, rows: Iterable[tuple[int, int]], now: datetime, *, alone: bool) -> None:
        """Unfinished instances in the database, with their revisions."""
        found = dict(rows)
        for key, revision in found.items():
            if key not in self._runs and (alone or self._seen.get(key) == revision):
                self._runs[key] = _Run(revision, now)
        self._seen = found

    def remove(self, key: int) -> None:
        """It is done, waits for something, or is another node's."""
        self._runs.pop(key, None)

    def clear(self) -> None:
        """Forget all; what is unfinished is found again in the database."""
        self._runs.clear()

    def is_mine(self, key: int, revision: int) -> bool:
        """Whether nobody else has taken a step since."""
        run = self._runs.get(key)
        return run is not None and run.revision == revision

    def in_turn(self, now: datetime) -> list[int]:
        """Those that may go on now, whoever has waited longest first."""
        return [key for key, run in self._runs.items() if run.may_go_on(self.pace, now)]

    def next_moment(self, now: datetime) -> datetime | None:
        """When the next of them may go on."""
        if any(run.may_go_on(self.pace, now) for run in self._runs.values()):
            return now
        return min((run.since + _SECOND for run in self._runs.values()), default=None)

    def entered(self, key: int, count: int, now: datetime) -> bool:
        """An instance has entered so many more elements and goes to the end; False if that is too much."""
        run = self._runs.pop(key)
        if not run.since <= now < run.since + _SECOND:
            run.since, run.recent = now, 0
        run.total += count
        run.recent += count
        if run.total >= self.limit:
            return False
        self._runs[key] = run
        return True
