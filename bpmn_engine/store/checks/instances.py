"""Instances: a node continues each one that is ready, and states agree with ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from bpmn_engine.store import tables
from bpmn_engine.store.checks.check import BrokenRow, Check, RepairRow, Span, instance_of, live, queried

_INSTANCE = tables.process_instance


def _ready(token: Any) -> ColumnElement[bool]:
    """Whether a token can go on by itself (`instance.changes.is_ready`)."""
    job, incident = tables.job.alias(), tables.incident.alias()
    listening = exists(
        select(job.c.key).where(
            job.c.instance_key == token.c.instance_key,
            live(job),
            job.c.token_key == token.c.key,
            job.c.kind == "EXECUTION_LISTENER",
        )
    )
    stuck = exists(
        select(incident.c.key).where(
            incident.c.instance_key == token.c.instance_key, live(incident), incident.c.token_key == token.c.key
        )
    )
    return and_(live(token), token.c.state.in_(["ACTIVATING", "COMPLETING"]), ~listening, ~stuck)


def _halted(span: Span) -> Select[Any]:
    idle = and_(_INSTANCE.c.key == tables.token.c.instance_key, live(_INSTANCE), _INSTANCE.c.state == "ACTIVE")
    return (
        select(
            _INSTANCE.c.key,
            _INSTANCE.c.key.label("instance_key"),
            _INSTANCE.c.process_id,
            func.min(tables.token.c.element_id).label("element_id"),
        )
        .select_from(tables.token.join(_INSTANCE, idle))
        .where(~_INSTANCE.c.unfinished, _ready(tables.token), *span.of(tables.token.c.instance_key))
        .group_by(_INSTANCE.c.key, _INSTANCE.c.process_id)
    )


def _set_unfinished(value: bool) -> RepairRow[BrokenRow]:
    def repair(connection: Connection, row: BrokenRow, now: datetime) -> str:
        connection.execute(update(_INSTANCE).where(_INSTANCE.c.key == row.key).values(unfinished=value))
        return "An engine will continue it." if value else "It is not marked any more."

    return repair


HALTED = Check(
    "halted instance",
    "Somebody continues each instance that can go on by itself.",
    queried(BrokenRow, _halted),
    lambda row: f"{instance_of(row)} could go on at '{row.element_id}', but nobody continues it.",
    _set_unfinished(True),
)


@dataclass(frozen=True, slots=True)
class IdleInstance(BrokenRow):
    """An instance that is marked as unfinished."""

    state: str


def _idle(span: Span) -> Select[Any]:
    running = and_(live(_INSTANCE), _INSTANCE.c.state == "ACTIVE")
    ready = exists(
        select(tables.token.c.key).where(tables.token.c.instance_key == _INSTANCE.c.key, _ready(tables.token))
    )
    return select(
        _INSTANCE.c.key,
        _INSTANCE.c.key.label("instance_key"),
        _INSTANCE.c.process_id,
        null().label("element_id"),
        _INSTANCE.c.state,
    ).where(_INSTANCE.c.unfinished, or_(~running, ~ready), *span.of(_INSTANCE.c.key))


IDLE = Check(
    "idle instance",
    "Only an instance that can go on by itself is marked as unfinished.",
    queried(IdleInstance, _idle),
    lambda row: (
        f"{instance_of(row)} ({row.state.lower()}) is marked as unfinished, but nothing in it can go on by itself."
    ),
    _set_unfinished(False),
)


@dataclass(frozen=True, slots=True)
class Twin(BrokenRow):
    """An instance, and the correlation key that has started it."""

    start_key: str


def _twins(span: Span) -> Select[Any]:
    """Instances beside which an older one runs under the same key."""
    older = _INSTANCE.alias("older")
    same = (
        older.c.process_id == _INSTANCE.c.process_id,
        older.c.start_key == _INSTANCE.c.start_key,
        live(older),
        older.c.key < _INSTANCE.c.key,
    )
    return select(
        _INSTANCE.c.key,
        _INSTANCE.c.key.label("instance_key"),
        _INSTANCE.c.process_id,
        null().label("element_id"),
        _INSTANCE.c.start_key,
    ).where(
        _INSTANCE.c.start_key.is_not(None),
        live(_INSTANCE),
        exists(select(older.c.key).where(*same)),
        *span.of(_INSTANCE.c.key),
    )


TWINS = Check(
    "twin instance",
    "One instance at most runs for a correlation key that has started it.",
    queried(Twin, _twins),
    lambda row: (
        f"{instance_of(row)} runs beside an older one that a message with the same correlation key "
        f"'{row.start_key}' has started."
    ),
    remedy="Cancel one of the two.",
)

#: The states of what has ended, and the one that is given to what has ended without saying so.
_ENDS: dict[str, tuple[Table, tuple[str, ...], str]] = {
    "instance": (_INSTANCE, ("COMPLETED", "TERMINATED"), "TERMINATED"),
    "token": (tables.token, ("COMPLETED", "TERMINATED", "CONSUMED"), "TERMINATED"),
    "job": (tables.job, ("COMPLETED", "CANCELED"), "CANCELED"),
    "user task": (tables.user_task, ("COMPLETED", "CANCELED"), "CANCELED"),
    "incident": (tables.incident, ("RESOLVED",), "RESOLVED"),
}


@dataclass(frozen=True, slots=True)
class Undecided(BrokenRow):
    """A row whose state and end do not agree."""

    state: str
    ended_at: datetime | None


def _undecided(what: str) -> Check[Undecided]:
    """The check that a row has an ended state if, and only if, it has an end."""
    table, ends, last = _ENDS[what]
    root = table is _INSTANCE

    def rows(span: Span) -> Select[Any]:
        owner = table.c.key if root else table.c.instance_key
        process_id = table.c.process_id if root else _INSTANCE.c.process_id
        element = table.c.element_id if "element_id" in table.c else null()
        wrong = or_(and_(live(table), table.c.state.in_(ends)), and_(~live(table), table.c.state.not_in(ends)))
        source = table if root else table.outerjoin(_INSTANCE, _INSTANCE.c.key == owner)
        return (
            select(
                table.c.key,
                owner.label("instance_key"),
                process_id,
                element.label("element_id"),
                table.c.state,
                table.c.ended_at,
            )
            .select_from(source)
            .where(wrong, *span.of(owner))
        )

    def say(row: Undecided) -> str:
        whose = "" if root else f", {what} {row.key}" + (f" at '{row.element_id}'" if row.element_id else "")
        return f"{instance_of(row)}{whose}: it is {row.state} but has {'an' if row.ended_at else 'no'} end."

    def repair(connection: Connection, row: BrokenRow, now: datetime) -> str:
        ended = case((table.c.state.in_(ends), table.c.state), else_=last)
        values = {"state": ended, "ended_at": func.coalesce(table.c.ended_at, literal(now, table.c.ended_at.type))}
        connection.execute(update(table).where(table.c.key == row.key).values(values))
        return "It counts as ended now."

    name, promise = f"{what} neither running nor ended", f"An ended {what} says when it ended."
    return Check(name, promise, queried(Undecided, rows), say, repair)


INSTANCES: tuple[Check[Any], ...] = (*(_undecided(what) for what in _ENDS), HALTED, IDLE, TWINS)
