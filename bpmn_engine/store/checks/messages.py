"""Messages: whoever waits for one that is kept gets it, and what was taken is noted as long as it is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, exists, func, literal, null, select

from bpmn_engine.store import tables as t
from bpmn_engine.store.checks.check import Finding, Span, check, instance_of, live

_INSTANCE = t.process_instance
#: The time when the query runs.
_NOW = bindparam("now", callable_=lambda: datetime.now(UTC), type_=t.message.c.expires_at.type)


def _unsent(span: Span) -> Select[Any]:
    there = exists(select(t.message.c.key).where(t.message.c.key == t.correlation.c.message_key))
    return select(
        t.correlation.c.message_key.label("key"),
        literal(0).label("instance_key"),
        t.correlation.c.process_id,
        null().label("element_id"),
    ).where(~there)


def _forget(connection: Connection, finding: Finding, now: datetime) -> str:
    mine = (t.correlation.c.message_key == finding.key, t.correlation.c.process_id == finding.process_id)
    connection.execute(delete(t.correlation).where(*mine))
    return "It was deleted."


UNSENT = check(
    "correlation without its message",
    "What a process has taken of a message is forgotten with it.",
    _unsent,
    lambda row: f"The note that '{row.process_id}' has taken message {row.key} is left over; the message is gone.",
    _forget,
)


def _unread(span: Span) -> Select[Any]:
    """Subscriptions for which there is a buffered message that their process has not had."""
    taken = exists(
        select(t.correlation.c.message_key).where(
            t.correlation.c.message_key == t.message.c.key, t.correlation.c.process_id == t.subscription.c.process_id
        )
    )
    wanted = and_(
        t.message.c.name == t.subscription.c.name, t.message.c.correlation_key == t.subscription.c.correlation_key
    )
    running = and_(_INSTANCE.c.key == t.subscription.c.instance_key, live(_INSTANCE), _INSTANCE.c.state == "ACTIVE")
    return (
        select(
            t.subscription.c.key,
            t.subscription.c.instance_key,
            _INSTANCE.c.process_id,
            t.subscription.c.element_id,
            t.subscription.c.name,
            func.min(t.message.c.key).label("message_key"),
        )
        .select_from(t.message.join(t.subscription, wanted).join(_INSTANCE, running))
        .where(t.subscription.c.kind == "MESSAGE", ~taken, t.message.c.expires_at > _NOW)
        .where(*span.of(t.subscription.c.instance_key))
        .group_by(
            t.subscription.c.key,
            t.subscription.c.instance_key,
            _INSTANCE.c.process_id,
            t.subscription.c.element_id,
            t.subscription.c.name,
        )
    )


UNREAD = check(
    "unread message",
    "Whoever waits for a message that is kept gets it.",
    _unread,
    lambda row: (
        f"{instance_of(row)} waits at '{row.element_id}' for the message '{row.name}', which is there "
        f"({row.message_key}) and was not handed over."
    ),
)

MESSAGES = (UNSENT, UNREAD)
