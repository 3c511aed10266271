"""Handing jobs to workers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, not_, select, update

from bpmn_engine.instance.state import JobState
from bpmn_engine.store import tables as t
from bpmn_engine.store.dialect import Database

#: To be done, and not of a suspended instance.
_READY = and_(t.job.c.state == JobState.CREATED.value, ~t.job.c.parked)

#: Its lock has run out without an answer more than once: whoever takes it may be dying of it.
_SUSPECT = and_(t.job.c.worker.is_not(None), t.job.c.lapses > 0)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants jobs of which types, how many, and until when they are his; only `suspects`, only others, or all."""

    types: tuple[str, ...]
    worker: str
    limit: int
    until: datetime
    suspects: bool | None = None


def claim_jobs(connection: Connection, database: Database, claim: Claim, now: datetime) -> list[Row[Any]]:
    """Give the oldest ready jobs of some types to a worker; nobody else gets them before `claim.until`.

    One that still names its last worker was locked until now: that lock has run out without an answer.
    """
    wanted = {True: [_SUSPECT], False: [not_(_SUSPECT)], None: []}[claim.suspects]
    ready = (
        select(t.job)
        .where(t.job.c.type.in_(claim.types), _READY, t.job.c.available_at <= now, *wanted)
        .order_by(t.job.c.key)
        .limit(claim.limit)
    )
    rows = list(connection.execute(database.skip_locked(ready)))
    until = database.moment(claim.until)
    if rows:
        values = [(claim.worker, until, row.lapses + (row.worker is not None), row.key) for row in rows]
        database.update(connection, t.job, ("worker", "available_at", "lapses"), values)
    return rows


def extend_jobs(connection: Connection, database: Database, keys: Iterable[int], until: datetime) -> None:
    """Let workers keep their jobs for longer."""
    moment = database.moment(until)
    rows = [(moment, key) for key in keys]
    if rows:
        database.update(connection, t.job, ("available_at",), rows)


def free_jobs(connection: Connection, database: Database, keys: Iterable[int], now: datetime) -> None:
    """Take jobs from whoever has them."""
    moment = database.moment(now)
    rows = [(None, moment, key) for key in keys]
    if rows:
        database.update(connection, t.job, ("worker", "available_at"), rows)


def release_jobs(connection: Connection, worker: str, now: datetime) -> int:
    """Make the jobs of a worker that signs off ready again."""
    mine = (t.job.c.worker == worker, _READY, t.job.c.available_at > now)
    return connection.execute(update(t.job).where(*mine).values(worker=None, available_at=now)).rowcount


def lapse_jobs_of(connection: Connection, worker: str, now: datetime) -> int:
    """End the locks of a worker that has died; each of them has lapsed once more."""
    mine = (t.job.c.worker == worker, _READY, t.job.c.available_at > now)
    return connection.execute(update(t.job).where(*mine).values(available_at=now)).rowcount


def ready_types(connection: Connection, types: Iterable[str], now: datetime) -> list[str]:
    """Which of these types have a job that is ready."""
    return [kind for kind in types if connection.execute(_ready_now(kind, now)).first() is not None]


def _ready_now(job_type: str, now: datetime) -> Select[Any]:
    return select(t.job.c.key).where(t.job.c.type == job_type, _READY, t.job.c.available_at <= now).limit(1)


def next_ready(connection: Connection, types: Iterable[str], now: datetime) -> datetime | None:
    """When the next job of these types that is not ready yet will be."""
    upcoming = (
        select(t.job.c.available_at)
        .where(t.job.c.type.in_(list(types)), _READY, t.job.c.available_at > now)
        .order_by(t.job.c.available_at)
        .limit(1)
    )
    moment: datetime | None = connection.scalar(upcoming)
    return moment
