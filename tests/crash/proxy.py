"""A TCP proxy between a node and PostgreSQL that loses the connection at a COMMIT.

1. It reads just enough of the wire protocol: the kind and length of each message, the text of queries, the tags of
   completed commands, and whether a transaction is open.
2. Only the COMMIT of a transaction that has put rows into tables is cut: those of readers and leases do not matter.
3. `BEFORE`: the COMMIT is not forwarded. `AFTER`: it is, and the connection is lost before its answer gets back.
   `AWAY`: as `AFTER`, and then the database is out of reach for a time, so that the node cannot find out.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

BEFORE, AFTER, AWAY = "before", "after", "away"
_CHUNK = 1 << 16
_QUERY, _PARSE = b"Q"[0], b"P"[0]
_COMPLETE, _READY = b"C"[0], b"Z"[0]


class Messages:
    """Splits a stream into messages: kind (0 for the first one of a client) and payload."""

    def __init__(self, *, headless: bool) -> None:
        self._headless = headless
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The messages that are whole by now."""
        self._buffer += data
        while True:
            head = 0 if self._headless else 1
            if len(self._buffer) < head + 4:
                return
            end = head + int.from_bytes(self._buffer[head : head + 4], "big")
            if len(self._buffer) < end:
                return
            kind = self._buffer[0] if head else 0
            payload = bytes(self._buffer[head + 4 : end])
            del self._buffer[:end]
            self._headless = False
            yield kind, payload


class _Link:
    """One connection: what its transaction has done, and whether it is to be lost."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.wrote, self.cut = False, ""
        self._asked, self._told = Messages(headless=True), Messages(headless=False)

    def asks(self, data: bytes) -> bool:
        """Look at what the node sends; False if it must not arrive."""
        for kind, payload in self._asked.feed(data):
            if self.wrote and _is_commit(kind, payload) and not self.cut:
                self.cut = self.proxy.take_order()
        return self.cut != BEFORE

    def tells(self, data: bytes) -> bool:
        """Look at what the database sends; False if it must not arrive."""
        ready = False
        for kind, payload in self._told.feed(data):
            if kind == _COMPLETE and payload.startswith((b"INSERT", b"COPY")):
                self.wrote = True
            elif kind == _READY:
                ready = True
                self.wrote = self.wrote and payload != b"I"
        if ready and self.cut == AWAY:
            self.proxy.go_away()
        return not (self.cut and ready)


def _is_commit(kind: int, payload: bytes) -> bool:
    text = payload.partition(b"\0")[2] if kind == _PARSE else payload
    return kind in (_QUERY, _PARSE) and text.rstrip(b"\0").upper().startswith(b"COMMIT")


class Proxy:
    """Listens on a port of loopback for one node; runs in a thread of its own."""

    def __init__(self, port: int, target: int) -> None:
        self.port, self.target = port, target
        self._orders: list[tuple[str, float]] = []
        self._seconds = self._away_until = 0.0
        self._open: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"proxy-{port}", daemon=True)

    def start(self) -> None:
        """Listen."""
        started = threading.Event()
        self._loop.call_soon(lambda: self._loop.create_task(self._listen(started)))
        self._thread.start()
        assert started.wait(10), f"cannot listen on port {self.port}"

    def stop(self) -> None:
        """Drop all connections."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def order(self, cut: str, seconds: float) -> None:
        """Lose the connection at the next COMMIT that matters; `seconds` is how long the database is `AWAY`."""
        self._orders.append((cut, seconds))

    def cancel(self) -> bool:
        """Forget the orders that have met no COMMIT; whether there were none."""
        met = not self._orders
        self._orders.clear()
        return met

    @property
    def has_orders(self) -> bool:
        """Whether a cut is still to come."""
        return bool(self._orders)

    def take_order(self) -> str:
        """The cut that is due, if any."""
        with contextlib.suppress(IndexError):
            cut, self._seconds = self._orders.pop(0)
            return cut
        return ""

    def go_away(self) -> None:
        """Lose all connections, and accept none for a time."""
        self._away_until = self._loop.time() + self._seconds
        for task in self._open:
            task.cancel()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    async def _listen(self, started: threading.Event) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        started.set()

    async def _close(self) -> None:
        """Accept nobody any more, and let those who serve connections come to their end."""
        self._server.close()
        self._away_until = float("inf")
        for task in self._open:
            task.cancel()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        if serving:
            await asyncio.wait(serving, timeout=5)
        await asyncio.sleep(0.01)  # the transports close after their tasks

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            if self._loop.time() > self._away_until:
                source, target = await asyncio.open_connection("127.0.0.1", self.target)
                link = _Link(self)
                await self._join(_pump(reader, target, link.asks), _pump(source, writer, link.tells))
                target.transport.abort()
        writer.transport.abort()

    async def _join(self, *ways: Coroutine[Any, Any, None]) -> None:
        """Both directions, until one of them ends."""
        tasks = {asyncio.ensure_future(way) for way in ways}
        self._open |= tasks
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        self._open -= tasks


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passes: Callable[[bytes], bool]) -> None:
    """Forward one direction until it ends or must not go on."""
    with contextlib.suppress(OSError):
        while (data := await reader.read(_CHUNK)) and passes(data):
            writer.write(data)
            await writer.drain()
