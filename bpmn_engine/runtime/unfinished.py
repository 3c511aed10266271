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
class _Progress:
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
        self._progress: dict[int, _Progress] = {}
        self._seen: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._progress)

    def __iter__(self) -> Iterator[int]:
        return iter(list(self._progress))

    def __contains__(self, key: int) -> bool:
        return key in self._progress

    def note(self, key: int, revision: int) -> None:
        """This node's last step has left something to do."""
        progress = self._progress.get(key)
        if progress is None:
            self._progress[key] = _Progress(revision, self._monotonic())
        else:
            progress.revision = revision

    def find(self, rows: Iterable[tuple[int, int]], *, alone: bool) -> None:
        """Unfinished instances in the database, with their revisions."""
        found = dict(rows)
        for key, revision in found.items():
            if key not in self._progress and (alone or self._seen.get(key) == revision):
                self.note(key, revision)
        self._seen = found

    def remove(self, key: int) -> None:
        """It is done, waits for something, or is another node's."""
        self._progress.pop(key, None)

    def clear(self) -> None:
        """Forget all; what is unfinished is found again in the database."""
        self._progress.clear()

    def is_mine(self, key: int, revision: int) -> bool:
        """Whether nobody else has taken a step since."""
        progress = self._progress.get(key)
        return progress is not None and progress.revision == revision

    def in_turn(self) -> list[int]:
        """Those that may go on now, whoever has waited longest first."""
        now = self._monotonic()
        return [
            key for key, progress in self._progress.items() if not progress.beside and self._wait(progress, now) <= 0
        ]

    def seconds_to_wait(self) -> float | None:
        """How long until the next of them may go on; None if none of them waits for this."""
        now = self._monotonic()
        return min(
            (self._wait(progress, now) for progress in self._progress.values() if not progress.beside), default=None
        )

    def begin_beside(self, key: int) -> None:
        """Its next step is computed beside the loop."""
        self._progress[key].beside = True

    def end_beside(self, key: int) -> None:
        """What was computed beside the loop is here."""
        if key in self._progress:
            self._progress[key].beside = False

    def entered(self, key: int, count: int) -> bool:
        """An instance has entered so many more elements and goes to the end; False if that is too much."""
        progress = self._progress.pop(key)
        now = self._monotonic()
        if now - progress.since >= _SECOND:
            progress.since, progress.recent = now, 0
        progress.total += count
        progress.recent += count
        if progress.total >= self.limit:
            return False
        self._progress[key] = progress
        return True

    def _wait(self, progress: _Progress, now: float) -> float:
        """Seconds until its pace allows more."""
        return 0.0 if progress.recent < self.pace else max(progress.since + _SECOND - now, 0.0)
