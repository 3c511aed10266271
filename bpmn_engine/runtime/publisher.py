"""Tell those who wait: long polls for jobs, and callers who wait for an instance to end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future


class Publisher:
    """Everything is told after the commit that made it true. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job_listeners: dict[str, list[Callable[[], object]]] = {}
        self._ends: dict[int, list[Future[str]]] = {}

    def listen(self, job_type: str, listener: Callable[[], object]) -> Callable[[], None]:
        """Call `listener` when a job of that type becomes ready; the result stops it."""
        with self._lock:
            self._job_listeners.setdefault(job_type, []).append(listener)

        def stop() -> None:
            with self._lock:
                listeners = self._job_listeners.get(job_type, [])
                if listener in listeners:
                    listeners.remove(listener)
                if not listeners:
                    self._job_listeners.pop(job_type, None)

        return stop

    def jobs_ready(self, types: Iterable[str]) -> None:
        """Jobs of these types have become ready."""
        if not self._job_listeners:
            return
        with self._lock:
            listeners = [listener for kind in set(types) for listener in self._job_listeners.get(kind, ())]
        for listener in listeners:
            listener()

    def look_again(self) -> None:
        """Jobs may have become ready by the passing of time."""
        self.jobs_ready(list(self._job_listeners))

    def end_of(self, instance_key: int) -> Future[str]:
        """A future for the last state of an instance."""
        future: Future[str] = Future()
        with self._lock:
            self._ends.setdefault(instance_key, []).append(future)
        return future

    def forget(self, instance_key: int, future: Future[str]) -> None:
        """Nobody waits for this any more."""
        with self._lock:
            futures = self._ends.get(instance_key, [])
            if future in futures:
                futures.remove(future)
            if not futures:
                self._ends.pop(instance_key, None)

    def ended(self, instance_key: int, state: str) -> None:
        """An instance has ended."""
        if not self._ends:
            return
        with self._lock:
            futures = self._ends.pop(instance_key, [])
        for future in futures:
            future.set_result(state)
