"""Claims of workers to jobs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, TextClause, func, select, text, union_all, update

from bpmn_engine.store import tables
from bpmn_engine.store.database import Database
from bpmn_engine.store.queues import Queues
from bpmn_engine.store.rows import columns

#: To be done, and not of a suspended instance.
_READY = text(tables.READY)


class ClaimedJob(NamedTuple):
    """A job as it was before it was claimed: `worker` had it last, `lapses` locks had run out without an answer."""

    key: int
    instance_key: int
    type: str
    worker: str | None
    available_at: datetime
    lapses: int


def _queues(ready: TextClause) -> Queues[ClaimedJob]:
    job = tables.job
    return Queues(ClaimedJob, columns(ClaimedJob, job), job.c.type, job.c.available_at, ready)


_QUEUES = _queues(_READY)

#: Only those whose lock has run out without an answer more than once (its worker may be dying of it); only the
#: others; all.
_QUEUES_OF = {
    True: _queues(text(f"{tables.READY} AND {tables.SUSPECT}")),
    False: _queues(text(f"{tables.READY} AND NOT ({tables.SUSPECT})")),
    None: _QUEUES,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's claim to so many jobs of some types, until a time; to `suspects` only, to others only, or to all."""

    types: tuple[str, ...]
    worker: str
    limit: int
    until: datetime
    suspects: bool | None = None


def claim_jobs(connection: Connection, database: Database, claim: Claim, now: datetime) -> list[ClaimedJob]:
    """Lock the jobs of some types that have been ready the longest for a worker, until `claim.until`.

    One that still names its last worker was locked until now: that lock has run out without an answer.
    """
    rows = _QUEUES_OF[claim.suspects].first(connection, claim.types, now, claim.limit, locking=database.skip_locked)
    until = database.moment(claim.until)
    if rows:
        values = [(claim.worker, until, row.lapses + (row.worker is not None), row.key) for row in rows]
        database.update(connection, tables.job, ("worker", "available_at", "lapses"), values)
    return rows


def extend_jobs(connection: Connection, database: Database, keys: Iterable[int], until: datetime) -> None:
    """Extend the locks of jobs."""
    moment = database.moment(until)
    rows = [(moment, key) for key in keys]
    if rows:
        database.update(connection, tables.job, ("available_at",), rows)


def renew_jobs(connection: Connection, worker: str, keys: Iterable[int], until: datetime) -> None:
    """Extend the locks of those of these jobs that a worker still holds."""
    mine = (tables.job.c.key.in_(list(keys)), tables.job.c.worker == worker)
    connection.execute(update(tables.job).where(*mine).values(available_at=until))


def free_jobs(connection: Connection, worker: str, keys: Iterable[int], now: datetime) -> None:
    """Release those of these jobs that a worker still holds."""
    mine = (tables.job.c.key.in_(list(keys)), tables.job.c.worker == worker)
    connection.execute(update(tables.job).where(*mine).values(worker=None, available_at=now))


def release_jobs(connection: Connection, worker: str, now: datetime) -> int:
    """Release the jobs of a worker that signs off; return their number."""
    return _end_locks(connection, worker, now, {"worker": None})


def lapse_jobs_of(connection: Connection, worker: str, now: datetime) -> int:
    """End the locks of a worker that has died, which lapse with it; return their number."""
    return _end_locks(connection, worker, now, {})


def _end_locks(connection: Connection, worker: str, now: datetime, values: dict[str, Any]) -> int:
    """End the locks of a worker, type by type: locked jobs are few beside those that wait."""
    job = tables.job.c
    locked = select(job.key).where(job.type.in_(_QUEUES.names()), _READY, job.available_at > now, job.worker == worker)
    ended = update(tables.job).where(job.key.in_(locked)).values(available_at=now, **values)
    return connection.execute(ended).rowcount


def ready_types(connection: Connection, types: Iterable[str], now: datetime) -> list[str]:
    """The types among these that have a job that is ready."""
    key = select(tables.job.c.key)
    return [kind for kind in types if connection.execute(_QUEUES.ready(key, kind, now).limit(1)).first() is not None]


def next_ready(connection: Connection, types: Iterable[str], now: datetime) -> datetime | None:
    """The time at which the next job of these types becomes ready."""
    job = tables.job.c
    soonest = [
        select(func.min(job.available_at).label("moment")).where(job.type == kind, _READY, job.available_at > now)
        for kind in types
    ]
    if not soonest:
        return None
    moment: datetime | None = connection.scalar(select(func.min(union_all(*soonest).subquery().c.moment)))
    return moment
