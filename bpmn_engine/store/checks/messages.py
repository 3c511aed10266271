"""Messages: a subscription gets a buffered message, and correlations are kept as long as their message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, exists, func, literal, null, select

from bpmn_engine.store import tables
from bpmn_engine.store.checks.check import BrokenRow, Check, Span, instance_of, live, queried

_INSTANCE = tables.process_instance
#: The time when the query runs.
_NOW = bindparam("now", callable_=lambda: datetime.now(UTC), type_=tables.message.c.expires_at.type)


def _unsent(span: Span) -> Select[Any]:
    there = exists(select(tables.message.c.key).where(tables.message.c.key == tables.correlation.c.message_key))
    return select(
        tables.correlation.c.message_key.label("key"),
        literal(0).label("instance_key"),
        tables.correlation.c.process_id,
        null().label("element_id"),
    ).where(~there)


def _forget(connection: Connection, row: BrokenRow, now: datetime) -> str:
    mine = (tables.correlation.c.message_key == row.key, tables.correlation.c.process_id == row.process_id)
    connection.execute(delete(tables.correlation).where(*mine))
    return "It was deleted."


UNSENT = Check(
    "correlation without its message",
    "What a process has taken of a message is forgotten with it.",
    queried(BrokenRow, _unsent),
    lambda row: f"The note that '{row.process_id}' has taken message {row.key} is left over; the message is gone.",
    _forget,
)


@dataclass(frozen=True, slots=True)
class UnreadMessage(BrokenRow):
    """A subscription, and the oldest message that is kept for it."""

    name: str
    message_key: int


def _unread(span: Span) -> Select[Any]:
    """Subscriptions for which there is a buffered message that their process has not had."""
    taken = exists(
        select(tables.correlation.c.message_key).where(
            tables.correlation.c.message_key == tables.message.c.key,
            tables.correlation.c.process_id == tables.subscription.c.process_id,
        )
    )
    wanted = and_(
        tables.message.c.name == tables.subscription.c.name,
        tables.message.c.correlation_key == tables.subscription.c.correlation_key,
    )
    running = and_(
        _INSTANCE.c.key == tables.subscription.c.instance_key, live(_INSTANCE), _INSTANCE.c.state == "ACTIVE"
    )
    return (
        select(
            tables.subscription.c.key,
            tables.subscription.c.instance_key,
            _INSTANCE.c.process_id,
            tables.subscription.c.element_id,
            tables.subscription.c.name,
            func.min(tables.message.c.key).label("message_key"),
        )
        .select_from(tables.message.join(tables.subscription, wanted).join(_INSTANCE, running))
        .where(tables.subscription.c.kind == "MESSAGE", ~taken, tables.message.c.expires_at > _NOW)
        .where(*span.of(tables.subscription.c.instance_key))
        .group_by(
            tables.subscription.c.key,
            tables.subscription.c.instance_key,
            _INSTANCE.c.process_id,
            tables.subscription.c.element_id,
            tables.subscription.c.name,
        )
    )


UNREAD = Check(
    "unread message",
    "Whoever waits for a message that is kept gets it.",
    queried(UnreadMessage, _unread),
    lambda row: (
        f"{instance_of(row)} waits at '{row.element_id}' for the message '{row.name}', which is there "
        f"({row.message_key}) and was not handed over."
    ),
)

MESSAGES = (UNSENT, UNREAD)
