"""Open subscriptions and buffered messages."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, exists, insert, select, text, tuple_

from bpmn_engine.instance.state import Subscription, SubscriptionKind
from bpmn_engine.store import tables
from bpmn_engine.store.rows import columns, fetch, fetch_first

Address = tuple[str, str]

#: The number of expired messages that are dropped at a time.
_EXPIRED = 20_000
#: The number of subscriptions for one message that are read at a time.
_PAGE = 100


class OpenSubscription(NamedTuple):
    """A subscription; its `instance_key` is 0 if it starts a process."""

    key: int
    instance_key: int
    definition_key: int
    process_id: str
    element_id: str


class BufferedMessage(NamedTuple):
    """A message that is kept until it expires; `variables` is a JSON text."""

    key: int
    variables: str


_SUBSCRIPTIONS = select(*columns(OpenSubscription, tables.subscription))
_MESSAGES = select(*columns(BufferedMessage, tables.message))


def lock_name(name: str, correlation_key: str) -> str:
    """The name of the lock that publishing a message and subscribing for it share."""
    return f"message {name}\0{correlation_key}"


def waiting_for(connection: Connection, address: Address, reached: Container[str]) -> Iterator[OpenSubscription]:
    """Find the subscriptions of instances for a message: process by process, the oldest of each first.

    Those of processes that are in `reached`, or come into it meanwhile, are left out.
    """
    table = tables.subscription.c
    found = (
        _SUBSCRIPTIONS.where(
            table.name == address[0],
            table.correlation_key == address[1],
            table.kind == SubscriptionKind.MESSAGE.value,
            table.instance_key != 0,
        )
        .order_by(table.process_id, table.key)
        .limit(_PAGE)
    )
    after = ("", 0)
    while True:
        rows = fetch(connection, OpenSubscription, found.where(tuple_(table.process_id, table.key) > after))
        for row in rows:
            if row.process_id not in reached:
                yield row
        if len(rows) < _PAGE:
            return
        last = rows[-1]
        after = (last.process_id, tables.MAX_KEY if last.process_id in reached else last.key)


def starts_with(connection: Connection, name: str) -> list[OpenSubscription]:
    """The subscriptions that start an instance with a message; they take any correlation key."""
    table = tables.subscription.c
    found = _SUBSCRIPTIONS.where(table.name == name, table.kind == SubscriptionKind.MESSAGE.value, text(tables.STARTS))
    return fetch(connection, OpenSubscription, found.order_by(table.key))


def signal_subscriptions(connection: Connection, name: str) -> list[OpenSubscription]:
    """The subscriptions for a signal, those that start processes among them."""
    table = tables.subscription.c
    found = _SUBSCRIPTIONS.where(table.name == name, text(tables.SIGNALS))
    return fetch(connection, OpenSubscription, found.order_by(table.key))


def conditional_starts(connection: Connection) -> list[OpenSubscription]:
    """The subscriptions that start a process when a condition holds."""
    table = tables.subscription.c
    found = _SUBSCRIPTIONS.where(table.name == "", table.kind == SubscriptionKind.CONDITION.value, text(tables.STARTS))
    return fetch(connection, OpenSubscription, found.order_by(table.key))


def buffer_message(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a message until it expires."""
    connection.execute(insert(tables.message), row)


def is_buffered(connection: Connection, address: Address, message_id: str, now: datetime) -> bool:
    """Whether a message with this id is still in the buffer."""
    name, correlation_key = address
    same = (
        tables.message.c.name == name,
        tables.message.c.correlation_key == correlation_key,
        tables.message.c.message_id == message_id,
        tables.message.c.expires_at > now,
    )
    return connection.execute(select(tables.message.c.key).where(*same).limit(1)).first() is not None


def note_correlation(connection: Connection, message_key: int, process_id: str) -> None:
    """Note that a process has taken a buffered message: it does not get it again."""
    connection.execute(insert(tables.correlation), {"message_key": message_key, "process_id": process_id})


def buffered_among(connection: Connection, addresses: Iterable[Address], now: datetime) -> set[Address]:
    """The names and correlation keys, among these, of messages that have not expired."""
    names: dict[str, list[str]] = {}
    for name, correlation_key in addresses:
        names.setdefault(name, []).append(correlation_key)
    table = tables.message.c
    live = select(table.name, table.correlation_key).where(table.expires_at > now)
    parts = (live.where(table.name == name, table.correlation_key.in_(keys)) for name, keys in names.items())
    return {(row.name, row.correlation_key) for part in parts for row in connection.execute(part)}


def next_buffered(connection: Connection, process_id: str, address: Address, now: datetime) -> BufferedMessage | None:
    """The oldest unexpired message that this process has not taken yet."""
    taken = exists().where(
        tables.correlation.c.message_key == tables.message.c.key, tables.correlation.c.process_id == process_id
    )
    mine = (
        tables.message.c.name == address[0],
        tables.message.c.correlation_key == address[1],
        tables.message.c.expires_at > now,
    )
    oldest = _MESSAGES.where(*mine, ~taken).order_by(tables.message.c.key).limit(1)
    return fetch_first(connection, BufferedMessage, oldest)


def names_with_messages(connection: Connection, process_id: str) -> list[str]:
    """The message names that start a process."""
    table = tables.subscription.c
    starts = (table.process_id == process_id, text(tables.STARTS), table.kind == SubscriptionKind.MESSAGE.value)
    return list(connection.scalars(select(table.name).where(*starts)))


def open_starts(
    connection: Connection, definition_key: int, process_id: str, subscriptions: Iterable[Subscription]
) -> None:
    """Keep the subscriptions that start instances of a process definition."""
    rows = [
        {
            "key": sub.key,
            "instance_key": 0,
            "definition_key": definition_key,
            "process_id": process_id,
            "token_key": 0,
            "element_id": sub.element_id,
            "kind": sub.kind.value,
            "name": sub.name,
            "correlation_key": "",
            "interrupting": True,
        }
        for sub in subscriptions
    ]
    if rows:
        connection.execute(insert(tables.subscription), rows)


def starts_of(connection: Connection, definition_key: int) -> set[tuple[str, str, str]]:
    """The subscriptions that start instances of a definition: the element, kind and name of each."""
    table = tables.subscription.c
    mine = (table.definition_key == definition_key, table.instance_key == 0)
    found = connection.execute(select(table.element_id, table.kind, table.name).where(*mine))
    return {(row.element_id, row.kind, row.name) for row in found}


def close_starts(connection: Connection, process_id: str) -> None:
    """Drop the start subscriptions of older versions."""
    mine = (text(tables.STARTS), tables.subscription.c.process_id == process_id)
    connection.execute(delete(tables.subscription).where(*mine))


def drop_expired(connection: Connection, now: datetime) -> None:
    """Drop expired messages, the oldest first and a bounded number at a time."""
    message = tables.message.c
    gone = select(message.key).where(message.expires_at <= now).order_by(message.expires_at).limit(_EXPIRED)
    keys = list(connection.scalars(gone))
    if keys:
        connection.execute(delete(tables.correlation).where(tables.correlation.c.message_key.in_(keys)))
        connection.execute(delete(tables.message).where(message.key.in_(keys)))
