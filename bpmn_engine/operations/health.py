"""Operations on the health of the nodes and on the engine's clock."""

from __future__ import annotations

import time
from concurrent.futures import Future
from datetime import datetime
from typing import NamedTuple

from bpmn_engine.errors import StoreUnavailable, TimedOut
from bpmn_engine.operations.operation import Subject, operation
from bpmn_engine.runtime.publisher import STOPPED
from bpmn_engine.runtime.requests.internal import Ping
from bpmn_engine.store import nodes as node_rows


class NodeStatus(NamedTuple):
    """A node that shares the database. `is_self` marks the node that this process is."""

    id: int
    host: str
    is_alive: bool
    is_self: bool


class Health(Subject):
    """Check the engine, list its nodes, move its clock."""

    @operation("health:read")
    async def check(self, seconds: float = 2.0) -> None:
        """Raise `StoreUnavailable` unless the loop turns, the database answers and takes a write within the time."""
        runtime = self.runtime
        if runtime.publisher.closed:
            raise StoreUnavailable(STOPPED)
        answered: Future[BaseException | None] = Future()
        request = Ping()
        request.reply = lambda _, error: answered.set_result(error)
        request.deadline = time.monotonic() + seconds
        runtime.loop.submit(request)
        try:
            error = await self.waits.answer(answered, seconds)
        except TimeoutError:
            reason = runtime.loop.trouble() or f"nothing has been written for {seconds:g} s"
            raise StoreUnavailable(f"Not ready: {reason}.") from None
        if error is not None:
            raise StoreUnavailable(f"Not ready: {error}")

    @operation("health:read")
    async def settle(self, seconds: float = 10.0) -> None:
        """Return when nothing is queued or due here and no handler of this process is at work; raise `TimedOut`."""
        future = self.runtime.loop.settled()
        try:
            await self.waits.answer(future, seconds)
        except TimeoutError:
            message = f"After {seconds:g} s requests, timers, instances or handlers are still at work; they continue."
            raise TimedOut(message) from None
        finally:
            future.cancel()

    @operation("health:read")
    async def nodes(self) -> list[NodeStatus]:
        """The nodes that share the database, dead ones until another node has noticed; at least this one."""
        own, now = self.runtime.loop.node.id, self.runtime.clock.real()
        is_well = self.runtime.loop.trouble() is None
        try:
            rows = await self.read(node_rows.all_nodes)
        except StoreUnavailable:
            rows = []
        found = [
            NodeStatus(row.id, row.host, is_well if row.id == own else row.lease_until > now, row.id == own)
            for row in rows
        ]
        return found or [NodeStatus(own, "", is_well, True)]

    @operation("clock:set")
    async def pin_clock(self, moment: datetime) -> None:
        """Stop the clock at a moment; timers that are due then fire."""
        self.runtime.clock.pin(moment)

    @operation("clock:set")
    async def reset_clock(self) -> None:
        """Return to real time."""
        self.runtime.clock.reset()
