"""Fair shares of the writing thread: no process can keep the others waiting.

1. While requests of several processes share a turn, each process gets at most a quarter of it (`PART` of `TURN`); its
   other requests are put off to the next turn. A process that is alone gets `ALONE` while others may be in the queue.
2. A process whose steps take longer than its part is *heavy* (slow expressions, decisions). Its instances take commands
   in as all others do, but what follows is computed beside the loop (`slow_lane.py`), until its steps are quick again.
3. Instances whose agenda is not done continue in chunks of `CHUNK` elements, together for a quarter of a turn while
   requests wait and for a whole turn otherwise.

What cannot be divided, a single request or element, may exceed its part once.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds of work in one turn, the part of it that one process gets, and what a process gets that is alone.
TURN, PART, ALONE = 0.06, 0.015, 0.15
#: Elements that an instance enters before it is another's turn; after so many seconds none in a turn enters more.
CHUNK, LONGEST_STEP = 200, 0.5
#: Who takes so many seconds once is heavy at once.
_MUCH_TOO_LONG = 1.0
#: So many requests of a process that took long are watched.
_WATCHED = 20


class Shares:
    """The time that each process has used. Only the loop's thread uses it."""

    def __init__(
        self, clock: Callable[[], float] = time.perf_counter, cpu_clock: Callable[[], float] = time.thread_time
    ) -> None:
        self._clock, self._cpu_clock = clock, cpu_clock
        self._spent: dict[str, float] = {}
        self._suspects: dict[str, int] = {}
        self._since = self._cpu_since = 0.0
        #: The processes that are heavy.
        self.heavy: set[str] = set()

    def begin(self) -> None:
        """Begin a turn."""
        self._spent.clear()
        self.skip()

    def skip(self) -> None:
        """Charge the time since the last call to no process."""
        self._since = self._clock()
        if self._suspects:
            self._cpu_since = self._cpu_clock()

    def charge(self, process_id: str, part: float, count: int = 1) -> bool:
        """Charge the time since the last call to `count` requests of a process; return whether its part is used up."""
        now = self._clock()
        cost, self._since = now - self._since, now
        if self._suspects or cost > PART * count:
            self._weigh(process_id, cost, PART * count)
        spent = self._spent[process_id] = self._spent.get(process_id, 0.0) + cost
        return spent > part

    def _weigh(self, process_id: str, cost: float, much: float) -> None:
        """Measure a slow process by processor time, so that a busy machine does not make a process heavy."""
        cpu = self._cpu_clock()
        used, self._cpu_since = cpu - self._cpu_since, cpu
        watched = self._suspects.pop(process_id, 0)
        if (watched and used > much) or cost > _MUCH_TOO_LONG:
            self.heavy.add(process_id)
        elif cost > much and process_id:
            self._suspects[process_id] = _WATCHED
        elif watched > 1:
            self._suspects[process_id] = watched - 1

    def computed(self, process_id: str, seconds: float) -> None:
        """Note how long a step of a heavy process took."""
        if seconds < PART / 2:
            self.heavy.discard(process_id)

    def end_of_background(self, *, contended: bool) -> float:
        """The moment, on this clock, at which unfinished instances have had their part of this turn."""
        return self._clock() + (PART if contended else TURN)

    def is_over(self, moment: float) -> bool:
        """Whether a moment on this clock has passed."""
        return self._clock() >= moment
