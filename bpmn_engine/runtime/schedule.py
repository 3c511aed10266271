"""Plans when the loop looks for due timers, free jobs and unfinished instances.

1. A *request* to look now comes from any thread: another node has sent a notification, the clock has jumped.
2. A *plan* is the next moment, on the engine's clock, at which something becomes due; an earlier plan wins.
3. The *safety net* looks once per poll of real time, whatever was planned, and also while the clock is pinned.
4. A request that comes while a look is under way is not lost: it leads to another look.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta


class Schedule:
    """The next look. `request` may be called from any thread, everything else only from the loop's."""

    def __init__(self, poll: timedelta, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._poll = poll.total_seconds()
        self._monotonic = monotonic
        self._requested = True
        self._planned: datetime | None = None
        self._net = 0.0

    def request(self) -> None:
        """Look at the next opportunity."""
        self._requested = True

    def plan(self, moment: datetime | None) -> None:
        """Plan a look at this moment; None plans nothing."""
        if moment is not None and (self._planned is None or moment < self._planned):
            self._planned = moment

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to look."""
        planned = self._planned is not None and self._planned <= now
        return self._requested or planned or self._monotonic() >= self._net

    def begin(self) -> None:
        """Begin a look, which serves all requests and plans so far."""
        self._requested = False
        self._planned = None
        self._net = self._monotonic() + self._poll

    def seconds_to_wait(self, now: datetime, *, pinned: bool) -> float:
        """Seconds that the loop may sleep; under a pinned clock only a jump, which is a request, makes a plan due."""
        if self.is_due(now):
            return 0.0
        net = self._net - self._monotonic()
        if self._planned is None or pinned:
            return max(net, 0.0)
        return max(min((self._planned - now).total_seconds(), net), 0.0)
