"""Notifies waiting callers: long polls for jobs, and requests that await the end of an instance.

1. Waiters are notified after the commit that made it true.
2. A ready job wakes one waiter, the one that has waited longest. A waiter that leaves without having used its turn
   passes it on.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future

from bpmn_engine.errors import UnknownOutcome
from bpmn_engine.runtime.observers import Commit

STOPPED = "The engine is stopping; ask again when it runs."
_GOES_ON = "The engine is stopping. The process instance {} was started and goes on when it runs again."


class Waiter:
    """A long poll for jobs of one type; `notify` is called when it should query jobs again."""

    __slots__ = ("_queued", "job_type", "notify")

    def __init__(self, job_type: str, notify: Callable[[], object]) -> None:
        self.job_type, self.notify = job_type, notify
        self._queued = False


class Publisher:
    """The waiting callers of one engine. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: dict[str, deque[Waiter]] = {}
        self._ends: dict[int, list[Future[str]]] = {}
        self.closed = False

    # long polls

    def wait(self, waiter: Waiter) -> None:
        """Put a waiter at the end of its queue; one that waits already keeps its place."""
        with self._lock:
            if not waiter._queued and not self.closed:
                waiter._queued = True
                self._waiters.setdefault(waiter.job_type, deque()).append(waiter)

    def leave(self, waiter: Waiter) -> None:
        """Remove a waiter; if it was woken, wake the next one in its place."""
        with self._lock:
            if waiter._queued:
                self._remove(waiter)
                return
        self.jobs_ready({waiter.job_type: 1})

    def _remove(self, waiter: Waiter) -> None:
        waiter._queued = False
        queue = self._waiters[waiter.job_type]
        queue.remove(waiter)
        if not queue:
            del self._waiters[waiter.job_type]

    def waiting(self, job_type: str) -> int:
        """The number of waiters for a type."""
        with self._lock:
            return len(self._waiters.get(job_type, ()))

    def awaited_types(self) -> frozenset[str]:
        """The job types that have waiters."""
        with self._lock:
            return frozenset(self._waiters)

    def jobs_ready(self, counts: Mapping[str, int]) -> None:
        """Wake a waiter for each job that has become ready; `counts` has their numbers by type."""
        if not self._waiters:
            return
        with self._lock:
            woken = [waiter for job_type, count in counts.items() for waiter in self._take(job_type, count)]
        for waiter in woken:
            waiter.notify()

    def _take(self, job_type: str, count: int) -> Iterable[Waiter]:
        queue = self._waiters.get(job_type)
        if queue is None:
            return []
        taken = [queue.popleft() for _ in range(min(count, len(queue)))]
        for waiter in taken:
            waiter._queued = False
        if not queue:
            del self._waiters[job_type]
        return taken

    # ends

    def end_of(self, instance_key: int) -> Future[str]:
        """A future for the last state of an instance."""
        future: Future[str] = Future()
        with self._lock:
            self._ends.setdefault(instance_key, []).append(future)
        if self.closed:
            self._disappoint()
        return future

    def forget(self, instance_key: int, future: Future[str]) -> None:
        """Forget a future that is no longer awaited."""
        with self._lock:
            futures = self._ends.get(instance_key, [])
            if future in futures:
                futures.remove(future)
            if not futures:
                self._ends.pop(instance_key, None)

    def committed(self, commit: Commit) -> None:
        """Wake the callers that await the end of an instance, and waiters for jobs that are ready."""
        if self._ends:
            for instance in commit.ended:
                self._ended(instance.key, instance.state.value)
        self.jobs_ready(commit.ready)

    def _ended(self, instance_key: int, state: str) -> None:
        with self._lock:
            futures = self._ends.pop(instance_key, [])
        for future in futures:
            future.set_result(state)

    def close(self) -> None:
        """End all waits at a stop: long polls get no jobs, callers that await an end get `StoreUnavailable`."""
        with self._lock:
            self.closed = True
            woken = [waiter for queue in self._waiters.values() for waiter in queue]
            for waiter in woken:
                waiter._queued = False
            self._waiters.clear()
        for waiter in woken:
            waiter.notify()
        self._disappoint()

    def _disappoint(self) -> None:
        with self._lock:
            ends, self._ends = self._ends, {}
        for key, futures in ends.items():
            for future in futures:
                future.set_exception(UnknownOutcome(_GOES_ON.format(key)))
