"""Timers that are due, those of instances and those that start processes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from bpmn_engine.instance.state import Timer
from bpmn_engine.store import tables
from bpmn_engine.store.database import Database
from bpmn_engine.store.queues import Queues

#: Whose time comes; not of a suspended instance.
_RUNNING = text(tables.RUNNING_TIMER)
_QUEUES = Queues(tables.timer.c.definition_key, tables.timer.c.due_at, _RUNNING)


def due_timers(
    connection: Connection, database: Database, now: datetime, limit: int, but: Iterable[int] = ()
) -> list[Row[Any]]:
    """The timers that are due, earliest first, `but` those of some process definitions.

    Timers of instances are protected by the revision of their instance. (Locking them here, before the instance, would
    meet in a deadlock whoever ends their host.) Those that start processes are locked for this transaction.
    """
    rows = _due(connection, now, limit, set(but))
    starts = [row.key for row in rows if row.instance_key == 0]
    if not starts:
        return rows
    still_due = select(tables.timer.c.key).where(tables.timer.c.key.in_(starts), tables.timer.c.due_at <= now)
    mine = set(connection.scalars(database.skip_locked(still_due)))
    return [row for row in rows if row.instance_key or row.key in mine]


def _due(connection: Connection, now: datetime, limit: int, crowd: set[int]) -> list[Row[Any]]:
    if crowd:
        others = [key for key in connection.scalars(_QUEUES.names()) if key not in crowd]
        return _QUEUES.first(connection, others, now, limit)
    due = (
        select(tables.timer)
        .where(tables.timer.c.due_at <= now, _RUNNING)
        .order_by(tables.timer.c.due_at, tables.timer.c.key)
    )
    return list(connection.execute(due.limit(limit)))


def timer_by_key(connection: Connection, key: int) -> Row[Any] | None:
    """One timer."""
    return connection.execute(select(tables.timer).where(tables.timer.c.key == key)).first()


def next_due(connection: Connection) -> datetime | None:
    """When the next timer is due."""
    moment: datetime | None = connection.scalar(
        select(tables.timer.c.due_at).where(_RUNNING).order_by(tables.timer.c.due_at).limit(1)
    )
    return moment


def schedule_starts(connection: Connection, definition_key: int, timers: Iterable[Timer]) -> None:
    """Keep the start timers of a process definition."""
    rows = [
        {
            "key": timer.key,
            "instance_key": 0,
            "definition_key": definition_key,
            "token_key": 0,
            "element_id": timer.element_id,
            "due_at": timer.due_at,
            "schedule": timer.schedule,
            "remaining": timer.remaining,
            "suspended": False,
        }
        for timer in timers
    ]
    if rows:
        connection.execute(insert(tables.timer), rows)


def cancel_starts(connection: Connection, definition_keys: Iterable[int]) -> None:
    """Drop the start timers of older versions."""
    mine = (text(tables.STARTS), tables.timer.c.definition_key.in_(list(definition_keys)))
    connection.execute(delete(tables.timer).where(*mine))


def reschedule_start(connection: Connection, key: int, again: Timer | None) -> None:
    """Set a start timer to its next occurrence, or drop it."""
    if again is None:
        connection.execute(delete(tables.timer).where(tables.timer.c.key == key))
    else:
        values = {"due_at": again.due_at, "remaining": again.remaining}
        connection.execute(update(tables.timer).where(tables.timer.c.key == key).values(values))
