"""Timers: those of instances, and those that start processes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, text, update

from bpmn_engine.instance.state import Timer
from bpmn_engine.store import tables
from bpmn_engine.store.database import Database
from bpmn_engine.store.queues import Queues
from bpmn_engine.store.rows import columns, fetch, fetch_first


class DueTimer(NamedTuple):
    """A timer that is due; its `instance_key` is 0 if it starts a process."""

    key: int
    instance_key: int
    definition_key: int
    element_id: str
    due_at: datetime
    schedule: str | None
    remaining: int | None


_COLUMNS = columns(DueTimer, tables.timer)
#: Timers of suspended instances do not run.
_RUNNING = text(tables.RUNNING_TIMER)
_QUEUES = Queues(DueTimer, _COLUMNS, tables.timer.c.definition_key, tables.timer.c.due_at, _RUNNING)


def due_timers(
    connection: Connection, database: Database, now: datetime, limit: int, but: Iterable[int] = ()
) -> list[DueTimer]:
    """Find the timers that are due, earliest first, `but` those of some process definitions.

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


def _due(connection: Connection, now: datetime, limit: int, crowd: set[int]) -> list[DueTimer]:
    if crowd:
        others = [key for key in connection.scalars(_QUEUES.names()) if key not in crowd]
        return _QUEUES.first(connection, others, now, limit)
    due = (
        select(*_COLUMNS)
        .where(tables.timer.c.due_at <= now, _RUNNING)
        .order_by(tables.timer.c.due_at, tables.timer.c.key)
    )
    return fetch(connection, DueTimer, due.limit(limit))


def due_timer(connection: Connection, key: int, now: datetime) -> DueTimer | None:
    """A timer by its key, if it is due."""
    mine = (tables.timer.c.key == key, tables.timer.c.due_at <= now)
    return fetch_first(connection, DueTimer, select(*_COLUMNS).where(*mine))


def next_due(connection: Connection) -> datetime | None:
    """The time at which the next timer is due."""
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
