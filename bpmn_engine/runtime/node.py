"""This process as one of the engine's nodes: a node id, which is part of its keys, and a lease on it.

1. The lease runs on the database's clock, whatever the clocks of the nodes and of the engine say.
2. `boot` is new at each start: no other process can renew this lease, and a node that was taken for dead notices.
3. A node of the same kernel and process table whose process is gone is dead at once, any other when its lease is over.
   The jobs that a dead node had claimed are released.
4. Every batch is fenced: it notes its key in the node's row, which it can only do while the node is alive.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from bpmn_engine.errors import StoreUnavailable
from bpmn_engine.runtime.clock import Clock
from bpmn_engine.runtime.keys import NODES
from bpmn_engine.store import jobs, nodes
from bpmn_engine.store.database import Database
from bpmn_engine.store.nodes import NodeRow

log = logging.getLogger("bpmn_engine.node")


class Fenced(Exception):
    """The other nodes have taken this one for dead; nothing that it holds may be written."""


class NodeLease:
    """The node id of this process, leased until `renew` extends it."""

    def __init__(self, database: Database, lease: timedelta, clock: Clock) -> None:
        self.database, self.lease, self.clock = database, lease, clock
        self.host, self.pid, self.pid_space = socket.gethostname(), os.getpid(), _pid_space()
        self.id, self.boot = 0, ""
        #: The name under which this node's own handlers hold their jobs.
        self.worker = worker_name(0)
        self.alone = True
        self._renewed = 0.0

    def register(self) -> None:
        """Claim a free node id, and release the jobs of dead nodes."""
        boot = uuid.uuid4().hex
        with self.database.write() as connection:
            self.database.serialize(connection, ["bpmn-engine nodes"])
            now = self._read_clock(connection)
            self._bury(connection, now)
            taken = {row.id for row in nodes.all_nodes(connection)}
            free = [number for number in range(NODES) if number not in taken]
            if not free:
                raise StoreUnavailable(f"More than {NODES} nodes use this database.")
            node_id = random.choice(free)
            me = NodeRow(node_id, boot, self.host, self.pid, self.pid_space, now, now + self.lease)
            nodes.add_node(connection, me)
        self.id, self.boot, self.worker = node_id, boot, worker_name(node_id)

    def renew(self) -> bool:
        """Keep the lease and release the jobs of dead nodes; False if this node was itself taken for dead."""
        with self.database.write() as connection:
            now = self._read_clock(connection)
            alive = nodes.renew_lease(connection, self.id, self.boot, now + self.lease)
            self._bury(connection, now)
        return alive

    def leave(self) -> None:
        """Give up the node id and release its jobs."""
        with self.database.write() as connection:
            if nodes.remove_node(connection, self.id, self.boot):
                jobs.release_jobs(connection, self.worker, self.clock.now())

    def due(self) -> bool:
        """Whether it is time to renew the lease."""
        return time.monotonic() - self._renewed > self.lease.total_seconds() / 3

    def fence(self, connection: Connection, batch_key: int) -> None:
        """Note the batch that this transaction writes; raise `Fenced` if this node was taken for dead."""
        if not self.database.fence(connection, (batch_key, self.id, self.boot)):
            raise Fenced

    def has_committed(self, batch_key: int) -> bool | None:
        """Whether a batch whose COMMIT failed is on disk; None if that can no longer be found out."""
        with self.database.write() as connection:
            last = nodes.last_batch(connection, self.database, self.id, self.boot)
        return None if last is None else last == batch_key

    def _read_clock(self, connection: Connection) -> datetime:
        """The database's time, which the engine's clock follows."""
        self._renewed = time.monotonic()
        now = self.database.now(connection)
        self.clock.follow(now, time.monotonic() - self._renewed)
        return now

    def _bury(self, connection: Connection, now: datetime) -> None:
        """Remove dead nodes and release what they had claimed; one that is writing at this moment is alive."""
        others = [row for row in nodes.all_nodes(connection) if row.boot != self.boot]
        self.alone = all(self._is_dead(row, now) for row in others)
        for row in nodes.idle_nodes(connection, self.database) if others else ():
            if row.boot != self.boot and self._is_dead(row, now):
                log.warning("Node %s (process %s on %s) is dead; its jobs are released", row.id, row.pid, row.host)
                jobs.lapse_jobs_of(connection, worker_name(row.id), self.clock.now())
                nodes.remove_node(connection, row.id, row.boot)

    def _is_dead(self, row: NodeRow, now: datetime) -> bool:
        if row.lease_until < now:
            return True
        return bool(self.pid_space) and row.pid_space == self.pid_space and not _process_exists(row.pid)


def worker_name(node_id: int) -> str:
    """The worker name of a node's own handlers."""
    return f"engine:{node_id}"


def _pid_space() -> str:
    """Identifies the kernel's boot and the process table in which process ids can be compared; empty if unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
