"""Answers that are kept for callers who may ask again, because they never got them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from bpmn_engine.store import tables

#: Expired answers that are dropped at a time.
_CHUNK = 1000


class Answered(NamedTuple):
    """What was asked under a key, as a fingerprint, and what was answered, as JSON."""

    fingerprint: str
    answer: str


def answered(connection: Connection, key: str, now: datetime) -> Answered | None:
    """What was answered under a key, if that is kept still."""
    table = tables.idempotency.c
    found = select(table.fingerprint, table.answer).where(table.key == key, table.expires_at > now)
    row = connection.execute(found).first()
    return None if row is None else Answered(*row)


def keep(connection: Connection, key: str, answer: Answered, until: datetime) -> None:
    """Keep an answer; an expired one under the same key goes."""
    connection.execute(delete(tables.idempotency).where(tables.idempotency.c.key == key))
    connection.execute(insert(tables.idempotency), {"key": key, **answer._asdict(), "expires_at": until})


def drop_expired(connection: Connection, now: datetime) -> None:
    """Forget answers whose time is over, a bounded number at a time."""
    gone = select(tables.idempotency.c.key).where(tables.idempotency.c.expires_at <= now).limit(_CHUNK)
    connection.execute(delete(tables.idempotency).where(tables.idempotency.c.key.in_(gone.scalar_subquery())))
