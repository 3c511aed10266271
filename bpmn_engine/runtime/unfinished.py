"""Instances whose agenda is not done: they continue in turn, and one that never waits for anything is stopped.

1. An instance may enter `limit` elements without a wait; then an incident stops it, and resolving that gives it as many
   again. In one second it enters `pace` at most, and continues in the next. Both are counted in memory.
2. The node that has taken the last step of an instance continues it. A node that finds one in the database takes it
   over if it is the only node, or if the instance has not changed since the node's previous look.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_SECOND = 1.0


@dataclass(slots=True)
class _Progress:
    """The revision that this node left an instance at, and the elements that it has entered.

    `total` counts since its last wait, `recent` since the moment `since`, for a second.
    """

    revision: int
    since: float
    total: int = 0
    recent: int = 0
    beside: bool = False


class Unfinished:
    """The unfinished instances of this node. Only the loop's thread uses it. Seconds are of real time, whatever the
    engine's clock says.
    """

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
        """Note an instance that this node's last step has left unfinished."""
        progress = self._progress.get(key)
        if progress is None:
            self._progress[key] = _Progress(revision, self._monotonic())
        else:
            progress.revision = revision

    def find(self, rows: Iterable[tuple[int, int]], *, alone: bool) -> None:
        """Take over unfinished instances from the database; `rows` are their keys and revisions."""
        found = dict(rows)
        for key, revision in found.items():
            if key not in self._progress and (alone or self._seen.get(key) == revision):
                self.note(key, revision)
        self._seen = found

    def remove(self, key: int) -> None:
        """Remove an instance that is done, waits, or belongs to another node."""
        self._progress.pop(key, None)

    def clear(self) -> None:
        """Forget all instances; unfinished ones are found again in the database."""
        self._progress.clear()

    def is_mine(self, key: int, revision: int) -> bool:
        """Whether no other node has taken a step since."""
        progress = self._progress.get(key)
        return progress is not None and progress.revision == revision

    def in_turn(self) -> list[int]:
        """The instances that may continue now, the longest waiting first."""
        now = self._monotonic()
        return [
            key for key, progress in self._progress.items() if not progress.beside and self._wait(progress, now) <= 0
        ]

    def seconds_to_wait(self) -> float | None:
        """Seconds until the next instance may continue; None if none waits for its pace."""
        now = self._monotonic()
        return min(
            (self._wait(progress, now) for progress in self._progress.values() if not progress.beside), default=None
        )

    def begin_beside(self, key: int) -> None:
        """Note that the next step is computed beside the loop."""
        self._progress[key].beside = True

    def end_beside(self, key: int) -> None:
        """Note that the step computed beside the loop has arrived."""
        if key in self._progress:
            self._progress[key].beside = False

    def entered(self, key: int, count: int) -> bool:
        """Count entered elements and move the instance to the end of the queue; False if it has reached its limit."""
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
        """Seconds until the instance's pace allows more."""
        return 0.0 if progress.recent < self.pace else max(progress.since + _SECOND - now, 0.0)
