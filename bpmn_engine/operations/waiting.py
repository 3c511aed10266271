"""Ways of waiting. Operations are written once; their caller passes the `Waits` by which they wait.

Every operation is a coroutine that awaits only what a `Waits` returns: answers of the loop, queries, pauses and
signals. With `Blocking` nothing is ever suspended, so `finish` runs an operation to its end in the calling thread.
An asynchronous server passes a `Waits` of its own and awaits the operation.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Signal(Protocol):
    """An event that any thread can set and one caller waits for."""

    def set(self) -> None:
        """Wake the caller."""
        ...

    def clear(self) -> None:
        """Wait for the next `set`."""
        ...

    async def wait(self, seconds: float) -> None:
        """Return when the signal is set, or after so many seconds."""
        ...


class Waits(Protocol):
    """The ways of waiting that operations need."""

    async def answer(self, future: Future[T], seconds: float) -> T:
        """The result of a future; raise `TimeoutError` after so many seconds without cancelling the future."""
        ...

    async def query(self, query: Callable[[], T]) -> T:
        """The result of a function that takes a while: it queries the database or compiles something."""
        ...

    async def pause(self, seconds: float) -> None:
        """Sleep for so many seconds."""
        ...

    def signal(self) -> Signal:
        """A new signal."""
        ...


class Blocking:
    """Waits in the calling thread."""

    async def answer(self, future: Future[T], seconds: float) -> T:
        return future.result(seconds)

    async def query(self, query: Callable[[], T]) -> T:
        return query()

    async def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def signal(self) -> Signal:
        return _Event()


class _Event:
    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def clear(self) -> None:
        self._event.clear()

    async def wait(self, seconds: float) -> None:
        self._event.wait(seconds)


def finish(operation: Coroutine[Any, Any, T]) -> T:
    """Run an operation that waits by `Blocking` to its end and return its result."""
    try:
        operation.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    operation.close()
    raise RuntimeError("An operation was suspended in a thread that waits by blocking.")
