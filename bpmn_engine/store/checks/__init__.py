"""The promises of the rows, and the queries that find rows that break them; `bpmn db check` runs them.

1. A check reads from one snapshot. What others are about to write is not seen half.
2. A repair locks the instances concerned, runs the same query for them alone, and repairs what it finds then.
3. What follows from more than the rows (the diagram, the core) is in `runtime/check.py` and `runtime/repair.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, select, update

from bpmn_engine.store import tables
from bpmn_engine.store.checks.calls import ABANDONED, CALLS, LOST
from bpmn_engine.store.checks.check import ALL, BrokenRow, Check, Finding, RepairRow, Span, live, place
from bpmn_engine.store.checks.deployed import DEPLOYED
from bpmn_engine.store.checks.instances import INSTANCES
from bpmn_engine.store.checks.messages import MESSAGES, UNREAD
from bpmn_engine.store.checks.tokens import TOKENS
from bpmn_engine.store.checks.waits import WAITS
from bpmn_engine.store.checks.work import RELEASED, STUCK, WORK
from bpmn_engine.store.database import Database

#: The promises that the rows alone can break. What is repaired first may be the cause of what comes after.
CHECKS: tuple[Check[Any], ...] = (*TOKENS, *WAITS, *CALLS, *WORK, *INSTANCES, *MESSAGES, *DEPLOYED)


def lock_instances(connection: Connection, database: Database, keys: Iterable[int]) -> None:
    """Lock instances until this transaction ends."""
    mine = tables.process_instance.c.key.in_(sorted(keys))
    connection.execute(
        database.lock(select(tables.process_instance.c.key).where(mine).order_by(tables.process_instance.c.key))
    )


def touch_instances(connection: Connection, keys: Iterable[int]) -> None:
    """Raise the revision of instances, so that no node continues from an older state of them."""
    table = tables.process_instance
    mine = table.c.key.in_(list(keys))
    connection.execute(update(table).where(mine).values(revision=table.c.revision + 1))


def count_live_instances(connection: Connection) -> int:
    """Count the running instances."""
    return (
        connection.scalar(
            select(func.count()).select_from(tables.process_instance).where(live(tables.process_instance))
        )
        or 0
    )


__all__ = [
    "ABANDONED",
    "ALL",
    "CHECKS",
    "LOST",
    "RELEASED",
    "STUCK",
    "UNREAD",
    "Broken",
    "BrokenRow",
    "Check",
    "Finding",
    "RepairRow",
    "Span",
    "count_live_instances",
    "live",
    "lock_instances",
    "place",
    "touch_instances",
]
