"""This process as one of the engine's nodes: an id of its own for keys, and a lease that says it is alive.

The lease runs on real time, whatever the engine's clock says. A node of this host whose process is gone is dead at
once, any other one when its lease has run out. What a dead node had claimed is free again.
"""

from __future__ import annotations

import os
import random
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from bpmn_engine.errors import StoreUnavailable
from bpmn_engine.runtime.keys import NODES
from bpmn_engine.store import jobs, nodes
from bpmn_engine.store.dialect import Database


class Node:
    """The id under which this process works."""

    def __init__(self, database: Database, lease: timedelta) -> None:
        self.database, self.lease = database, lease
        self.host, self.pid = socket.gethostname(), os.getpid()
        self.id = 0
        self.renewed_at = datetime.min.replace(tzinfo=UTC)

    @property
    def worker(self) -> str:
        """The name under which this node's own handlers hold their jobs."""
        return worker_name(self.id)

    def register(self, now: datetime) -> None:
        """Take a free id; give free what dead nodes held."""
        with self.database.write() as connection:
            self.database.serialize(connection, ["bpmn-engine nodes"])
            taken = {row.id for row in nodes.all_nodes(connection)}
            free = [number for number in range(NODES) if number not in taken]
            if not free:
                raise StoreUnavailable(f"More than {NODES} nodes use this database.")
            self.id = random.choice(free)
            nodes.add_node(connection, self.id, self.host, self.pid, self._until())
            self._bury(connection, now)

    def renew(self, now: datetime) -> bool:
        """Keep the lease and give free what dead nodes held; False if this node was itself taken for dead."""
        with self.database.write() as connection:
            alive = nodes.renew_lease(connection, self.id, self.host, self.pid, self._until())
            self._bury(connection, now)
        return alive

    def leave(self, now: datetime) -> None:
        """Sign off."""
        with self.database.write() as connection:
            jobs.release_jobs(connection, self.worker, now)
            nodes.remove_node(connection, self.id)

    def due(self) -> bool:
        """Whether it is time to renew the lease."""
        return datetime.now(UTC) - self.renewed_at > self.lease / 3

    def _until(self) -> datetime:
        self.renewed_at = datetime.now(UTC)
        return self.renewed_at + self.lease

    def _bury(self, connection: Any, now: datetime) -> None:
        for row in nodes.all_nodes(connection):
            if row.id != self.id and self._dead(row):
                jobs.release_jobs(connection, worker_name(row.id), now)
                nodes.remove_node(connection, row.id)

    def _dead(self, row: Row[Any]) -> bool:
        if row.lease_until < datetime.now(UTC):
            return True
        return bool(row.host == self.host and not _process_exists(row.pid))


def worker_name(node_id: int) -> str:
    """The worker name of a node's own handlers."""
    return f"engine:{node_id}"


def _process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
