"""Instances whose agenda is not done: they go on in turn, and one that never waits for anything is stopped.

1. An instance may enter `limit` elements without a wait; then an incident stops it, and resolving that gives it as many
   again. In one second it enters `pace` at most; what is above goes on in the next. Both are counted in memory.
2. Whoever has taken the last step of an instance goes on with it. A node that finds one in the database takes it over
   if it is the only node, or if nothing has happened to it since the node looked before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_SECOND = 1.0


@dataclass(slots=True)
class _Run:
    """An instance as this node left it; what it has entered since it waited, and since `since` in one second."""

    revision: int
    since: float
    total: int = 0
    recent: int = 0
    beside: bool = False


class Unfinished:
    """Whose turn it is. Only the loop's thread uses it. Seconds are of real time, whatever the engine's clock says."""

    def __init__(self, limit: int, pace: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.limit, self.pace, self._monotonic = limit, pace, monotonic
        self._runs: dict[int, _Run] = {}
        self._seen: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[int]:
        return iter(list(self._runs))

    def __contains__(self, key: int) -> bool:
        return key in self._runs

    def note(self, key: int, revision: int) -> None:
        """This node's last step has left something to do."""
        run = self._runs.get(key)
        if run is None:
            self._runs[key] = _Run(revision, self._monotonic())
        else:
            run.revision = revision

    def find(self, rows: Iterable[tuple[int, int]], *, alone: bool) -> None:
        """Unfinished instances in the database, with their revisions."""
        found = dict(rows)
        for key, revision in found.items():
            if key not in self._runs and (alone or self._seen.get(key) == revision):
                self.note(key, revision)
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

    def in_turn(self) -> list[int]:
        """Those that may go on now, whoever has waited longest first."""
        now = self._monotonic()
        return [key for key, run in self._runs.items() if not run.beside and self._wait(run, now) <= 0]

    def seconds_to_wait(self) -> float | None:
        """How long until the next of them may go on; None if none of them waits for this."""
        now = self._monotonic()
        return min((self._wait(run, now) for run in self._runs.values() if not run.beside), default=None)

    def begin_beside(self, key: int) -> None:
        """Its next step is computed beside the loop."""
        self._runs[key].beside = True

    def end_beside(self, key: int) -> None:
        """What was computed beside the loop is here."""
        if key in self._runs:
            self._runs[key].beside = False

    def entered(self, key: int, count: int) -> bool:
        """An instance has entered so many more elements and goes to the end; False if that is too much."""
        run = self._runs.pop(key)
        now = self._monotonic()
        if now - run.since >= _SECOND:
            run.since, run.recent = now, 0
        run.total += count
        run.recent += count
        if run.total >= self.limit:
            return False
        self._runs[key] = run
        return True

    def _wait(self, run: _Run, now: float) -> float:
        """Seconds until its pace allows more."""
        return 0.0 if run.recent < self.pace else max(run.since + _SECOND - now, 0.0)
