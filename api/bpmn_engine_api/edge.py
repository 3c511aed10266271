"""Connects asynchronous routes with the engine: awaits operations, runs queries in threads, parses keys."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from concurrent.futures import Future
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Path, Request
from starlette.concurrency import run_in_threadpool

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.operations import Operations

T = TypeVar("T")
_KEY = re.compile("-?[0-9]{1,25}")


class Awaiting:
    """Waits without blocking the event loop."""

    async def answer(self, future: Future[T], seconds: float) -> T:
        """The result of a future; raise `TimeoutError` after so many seconds."""
        done = _Signal()
        future.add_done_callback(lambda _: done.set())
        await done.wait(seconds)
        if not future.done():
            raise TimeoutError
        return future.result()

    async def query(self, query: Callable[[], T]) -> T:
        return await run_in_threadpool(query)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def signal(self) -> _Signal:
        return _Signal()


class _Signal:
    """An event that other threads may set."""

    def __init__(self) -> None:
        self._loop, self._event = asyncio.get_running_loop(), asyncio.Event()

    def set(self) -> None:
        with contextlib.suppress(RuntimeError):  # the server has stopped meanwhile
            self._loop.call_soon_threadsafe(self._event.set)

    def clear(self) -> None:
        self._event.clear()

    async def wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)


def _operations(request: Request) -> Operations:
    operations: Operations = request.app.state.operations
    return operations


#: The operations on behalf of a route's caller.
Caller = Annotated[Operations, Depends(_operations)]


def _key(key: Annotated[str, Path(description="a 64-bit key as decimal text")]) -> int:
    return parse_key(key)


Key = Annotated[int, Depends(_key)]


IdempotencyKey = Annotated[
    str | None,
    Header(description="repeating a request with the same key within a day returns the first answer again"),
]


def parse_key(text: str) -> int:
    """A key from its decimal text; raise `InvalidArgument`."""
    if not _KEY.fullmatch(text):
        raise InvalidArgument(f"{text[:40]!a} is not a key; expected decimal digits.")
    number = int(text)
    return number if -(2**63) <= number < 2**63 else 0
