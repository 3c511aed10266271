"""Queries of the loop about instances."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Table, func, select, text

from bpmn_engine.instance.state import Kind
from bpmn_engine.store import tables

_OWNED: dict[Kind, Table] = {
    Kind.JOB: tables.job,
    Kind.USER_TASK: tables.user_task,
    Kind.INCIDENT: tables.incident,
    Kind.ELEMENT_INSTANCE: tables.token,
    Kind.TIMER: tables.timer,
}


def owners(connection: Connection, kind: Kind, keys: Iterable[int]) -> dict[int, int]:
    """The instances that jobs, user tasks, incidents, element instances or timers belong to, by their keys."""
    table = _OWNED[kind]
    found = connection.execute(select(table.c.key, table.c.instance_key).where(table.c.key.in_(list(keys))))
    return {row.key: row.instance_key for row in found}


def unfinished_instances(connection: Connection, limit: int) -> list[tuple[int, int]]:
    """The keys and revisions of instances that have something left to do by themselves."""
    table = tables.process_instance
    found = select(table.c.key, table.c.revision).where(text(tables.UNFINISHED)).order_by(table.c.key).limit(limit)
    return [(row.key, row.revision) for row in connection.execute(found)]


def is_running(connection: Connection, process_id: str, start_key: str) -> bool:
    """Whether an instance that a message with this correlation key has started is still running."""
    table = tables.process_instance
    running = select(func.count()).where(
        table.c.process_id == process_id, table.c.start_key == start_key, table.c.ended_at.is_(None)
    )
    return bool(connection.scalar(running))
