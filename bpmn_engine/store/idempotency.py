"""Answers that are kept for callers who may repeat a request, because they never got its answer."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from bpmn_engine.store import tables
from bpmn_engine.store.rows import columns, fetch_first

#: Expired answers that are dropped at a time.
_CHUNK = 1000


class Answered(NamedTuple):
    """A request that was made under a key, as a fingerprint, and its answer, as a JSON text."""

    fingerprint: str
    answer: str


def answered(connection: Connection, key: str, now: datetime) -> Answered | None:
    """The request and answer that are kept under a key, unless they have expired."""
    table = tables.idempotency
    found = select(*columns(Answered, table)).where(table.c.key == key, table.c.expires_at > now)
    return fetch_first(connection, Answered, found)


def keep(connection: Connection, key: str, answer: Answered, until: datetime) -> None:
    """Keep an answer; it replaces an expired one under the same key."""
    connection.execute(delete(tables.idempotency).where(tables.idempotency.c.key == key))
    connection.execute(insert(tables.idempotency), {"key": key, **answer._asdict(), "expires_at": until})


def drop_expired(connection: Connection, now: datetime) -> None:
    """Drop expired answers, a bounded number at a time."""
    gone = select(tables.idempotency.c.key).where(tables.idempotency.c.expires_at <= now).limit(_CHUNK)
    connection.execute(delete(tables.idempotency).where(tables.idempotency.c.key.in_(gone.scalar_subquery())))
