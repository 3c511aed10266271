"""Fair shares of the writing thread: no process can keep the others waiting.

1. While requests of several processes share a turn, each process gets at most a quarter of it (`PART` of `TURN`); its
   other requests are put off to the next turn. A process that is alone gets `ALONE` while others may be in the queue.
2. A process whose requests take longer than its part is *heavy* (slow expressions, decisions). Its requests run one at
   a time, each in a turn of its own, and while others wait for at most a quarter of the time.
3. Instances whose agenda is not done go on in chunks of `CHUNK` elements, together for a quarter of a turn while
   requests wait and for a whole turn otherwise.

What cannot be divided, a single request or a chunk, may exceed its part once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

#: Seconds of work in one turn, the part of it that one process gets, and what a process gets that is alone.
TURN, PART, ALONE = 0.06, 0.015, 0.15
#: Elements that an instance enters before it is somebody else's turn.
CHUNK = 200
#: How much the last request counts in the average cost of a process, and how many processes are remembered.
_WEIGHT, _REMEMBERED = 0.3, 1000


class Shares:
    """Who has used how much. Only the loop's thread uses it."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._costs: dict[str, float] = {}
        self._spent: dict[str, float] = {}
        self._since = 0.0
        self._heavy_again = 0.0

    def divide(self, requests: Sequence[tuple[str, T]]) -> tuple[list[tuple[str, T]], list[T]]:
        """Begin a turn: which of these requests, each with its process, run in it, and which are put off."""
        self._spent.clear()
        if len(self._costs) > _REMEMBERED:
            self._costs.clear()
        heavy = [entry for entry in requests if self._costs.get(entry[0], 0.0) > PART]
        if not heavy:
            return list(requests), []
        light = [entry for entry in requests if self._costs.get(entry[0], 0.0) <= PART]
        if light and self._clock() < self._heavy_again:
            return light, [request for _, request in heavy]
        return heavy[:1], [request for _, request in (*light, *heavy[1:])]

    def begin(self) -> None:
        """The first request of a turn begins."""
        self._since = self._clock()

    def charge(self, process_id: str, part: float) -> bool:
        """The time since the last call was for a request of this process; whether it has had its part of the turn."""
        now = self._clock()
        cost, self._since = now - self._since, now
        spent = self._spent[process_id] = self._spent.get(process_id, 0.0) + cost
        before = self._costs.get(process_id, 0.0)
        self._costs[process_id] = before + (cost - before) * _WEIGHT
        if cost > PART:
            self._heavy_again = now + 3 * cost
        return spent > part

    def end_of_background(self, *, contended: bool) -> float:
        """The moment, on this clock, at which unfinished instances have had their part of this turn."""
        return self._clock() + (PART if contended else TURN)

    def is_over(self, moment: float) -> bool:
        """Whether a moment on this clock has passed."""
        return self._clock() >= moment
