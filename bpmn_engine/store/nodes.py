"""Which engine nodes share this database. A node holds its id by a lease; what a dead node held is given free."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from bpmn_engine.store import tables as t


def all_nodes(connection: Connection) -> list[Row[Any]]:
    """Every node that is registered, alive or not."""
    return list(connection.execute(select(t.node).order_by(t.node.c.id)))


def add_node(connection: Connection, node_id: int, host: str, pid: int, lease_until: datetime) -> None:
    """Register a node."""
    row = {"id": node_id, "host": host, "pid": pid, "lease_until": lease_until}
    connection.execute(insert(t.node), row)


def renew_lease(connection: Connection, node_id: int, host: str, pid: int, lease_until: datetime) -> bool:
    """Keep a node's id; False if it was given to somebody else."""
    mine = (t.node.c.id == node_id, t.node.c.host == host, t.node.c.pid == pid)
    return connection.execute(update(t.node).where(*mine).values(lease_until=lease_until)).rowcount == 1


def remove_node(connection: Connection, node_id: int) -> None:
    """Forget a node."""
    connection.execute(delete(t.node).where(t.node.c.id == node_id))
