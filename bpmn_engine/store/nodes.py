"""The engine nodes that share this database.

A node holds its id by a lease on the database's clock. Every batch that it writes first notes its key in the node's
row: a node that was taken for dead has lost its row and can write nothing, and after a failed COMMIT the row tells
whether the batch is on disk.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from bpmn_engine.store import tables
from bpmn_engine.store.database import Database
from bpmn_engine.store.rows import columns, fetch


class NodeRow(NamedTuple):
    """A registered node. `boot` is new at each start; process ids are comparable within one `pid_space`."""

    id: int
    boot: str
    host: str
    pid: int
    pid_space: str
    started_at: datetime
    lease_until: datetime


_COLUMNS = columns(NodeRow, tables.node)


def all_nodes(connection: Connection) -> list[NodeRow]:
    """All registered nodes, alive or not."""
    return fetch(connection, NodeRow, select(*_COLUMNS).order_by(tables.node.c.id))


def idle_nodes(connection: Connection, database: Database) -> list[NodeRow]:
    """The nodes that are not writing at this moment; each row is locked until the transaction ends."""
    return fetch(connection, NodeRow, database.skip_locked(select(*_COLUMNS)))


def add_node(connection: Connection, node: NodeRow) -> None:
    """Register a node."""
    connection.execute(insert(tables.node), {**node._asdict(), "batch": 0})


def renew_lease(connection: Connection, node_id: int, boot: str, until: datetime) -> bool:
    """Extend the lease of a node's id; False if the node was taken for dead."""
    mine = (tables.node.c.id == node_id, tables.node.c.boot == boot)
    return connection.execute(update(tables.node).where(*mine).values(lease_until=until)).rowcount == 1


def last_batch(connection: Connection, database: Database, node_id: int, boot: str) -> int | None:
    """The last batch that a node has committed, once no transaction of its own is open; None without a row."""
    mine = select(tables.node.c.batch).where(tables.node.c.id == node_id, tables.node.c.boot == boot)
    batch: int | None = connection.scalar(database.lock(mine))
    return batch


def remove_node(connection: Connection, node_id: int, boot: str) -> bool:
    """Remove a node; False if it was removed already."""
    mine = (tables.node.c.id == node_id, tables.node.c.boot == boot)
    return connection.execute(delete(tables.node).where(*mine)).rowcount == 1
