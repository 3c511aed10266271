"""Correlates messages with subscriptions (semantics.md 28 to 30).

1. A published message reaches at most one instance of each process (all versions together), the longest waiting first.
2. A message is buffered until its time to live is over, for processes that have not had it yet.
3. A new subscription takes the oldest message that its process has not had.
4. A message start with a correlation key has at most one running instance per key; the next starts when that ends.
5. Subscriptions that this batch has opened take buffered messages before newly published ones: a batch has the effect
   of its requests one after the other.
6. Publishing and subscribing to one message exclude each other, so that none is missed between two nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from bpmn_engine.errors import AlreadyExists, InvalidArgument, NotFound
from bpmn_engine.instance.commands import CorrelateMessage
from bpmn_engine.instance.state import Instance, Subscription, SubscriptionKind
from bpmn_engine.instance.variables import json_variables
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.signals import start_by
from bpmn_engine.store import instances as instance_rows
from bpmn_engine.store import messages as stored
from bpmn_engine.store.json import dumps, loads
from bpmn_engine.store.messages import OpenSubscription


class IncomingMessage(NamedTuple):
    """A message to correlate; it is buffered for its time to live."""

    name: str
    correlation_key: str
    variables: Mapping[str, Any]
    time_to_live: timedelta
    message_id: str | None = None


class Published(NamedTuple):
    """A published message and the instances that it reached at once."""

    message_key: int
    instance_keys: tuple[int, ...]


def publish(batch: Batch, message: IncomingMessage) -> Published:
    """Correlate a message with every process that waits for it, then buffer it."""
    key, reached = _deliver(batch, message)
    if message.time_to_live:
        _buffer(batch, message, key)
        for process_id in reached:
            stored.note_correlation(batch.connection, key, process_id)
    return Published(key, tuple(reached.values()))


def correlate(batch: Batch, message: IncomingMessage) -> Published:
    """Correlate a message without buffering it; raise `NotFound` if no process waits for it."""
    key, reached = _deliver(batch, message)
    if not reached:
        raise NotFound(
            f"Nothing waits for the message '{message.name}' with correlation key '{message.correlation_key}'."
        )
    return Published(key, tuple(reached.values()))


def _deliver(batch: Batch, message: IncomingMessage) -> tuple[int, dict[str, int]]:
    """The key of the message, and the instances that took it by process id."""
    if not message.name:
        raise InvalidArgument("A message needs a name.")
    variables = json_variables(message.variables)
    address = (message.name, message.correlation_key)
    serve_buffered(batch)
    batch.flush()
    batch.database.serialize(batch.connection, [stored.lock_name(*address)])
    if message.message_id and stored.is_buffered(batch.connection, address, message.message_id, batch.now):
        raise AlreadyExists(f"A message with id '{message.message_id}' has been published already.")
    return next(batch.keys), _reach(batch, address, variables)


def _reach(batch: Batch, address: stored.Address, variables: Mapping[str, Any]) -> dict[str, int]:
    """The instances that took the message, by process id."""
    reached: dict[str, int] = {}
    for row in stored.waiting_for(batch.connection, address, reached):
        if (instance := _hand_over(batch, row, variables)) is not None:
            reached[row.process_id] = instance.key
    for row in stored.starts_with(batch.connection, address[0]):
        if row.process_id in reached:
            continue
        if (instance := _start(batch, row, address, variables)) is not None:
            reached[row.process_id] = instance.key
    return reached


def _hand_over(batch: Batch, row: OpenSubscription, variables: Mapping[str, Any]) -> Instance | None:
    instance = batch.holding(row.instance_key, row.key)
    if instance is None or instance.suspended:
        return None
    batch.affect(instance, CorrelateMessage(subscription_key=row.key, variables=variables))
    return instance


def _start(
    batch: Batch, row: OpenSubscription, address: stored.Address, variables: Mapping[str, Any]
) -> Instance | None:
    correlation_key = address[1] or None
    if correlation_key:
        batch.flush()
        if instance_rows.is_running(batch.connection, row.process_id, correlation_key):
            return None
    return start_by(batch, row, variables, correlation_key)


def _buffer(batch: Batch, message: IncomingMessage, key: int) -> None:
    stored.buffer_message(
        batch.connection,
        {
            "key": key,
            "name": message.name,
            "correlation_key": message.correlation_key,
            "message_id": message.message_id,
            "variables": dumps(json_variables(message.variables)),
            "expires_at": batch.now + message.time_to_live,
        },
    )


def serve_buffered(batch: Batch) -> None:
    """Give buffered messages to the subscriptions that this batch has opened and the starts it has made possible."""
    opened, batch.opened_subscriptions = batch.opened_subscriptions, []
    ended, batch.ended_message_starts = batch.ended_message_starts, []
    _serve_opened(batch, opened)
    for instance in ended:
        _start_next(batch, instance)


def _serve_opened(batch: Batch, opened: list[tuple[Instance, Subscription]]) -> None:
    opened = [(instance, sub) for instance, sub in opened if sub.kind is SubscriptionKind.MESSAGE]
    addresses = {(sub.name, sub.correlation_key) for _, sub in opened}
    if not addresses:
        return
    batch.database.serialize(batch.connection, [stored.lock_name(*address) for address in addresses])
    waiting = stored.buffered_among(batch.connection, addresses, batch.now)
    for instance, sub in opened:
        if (sub.name, sub.correlation_key) in waiting:
            _take_buffered(batch, instance, sub)


def _take_buffered(batch: Batch, instance: Instance, sub: Subscription) -> None:
    process_id = batch.process(instance).id
    address = (sub.name, sub.correlation_key)
    while sub.key in instance.waits and not instance.suspended:
        row = stored.next_buffered(batch.connection, process_id, address, batch.now)
        if row is None:
            return
        stored.note_correlation(batch.connection, row.key, process_id)
        batch.affect(instance, CorrelateMessage(subscription_key=sub.key, variables=loads(row.variables)))


def _start_next(batch: Batch, ended: Instance) -> None:
    """Start the next instance for a correlation key, now that the one which a message had started has ended."""
    process_id = batch.process(ended).id
    for name in stored.names_with_messages(batch.connection, process_id):
        address = (name, ended.start_key or "")
        batch.database.serialize(batch.connection, [stored.lock_name(*address)])
        row = stored.next_buffered(batch.connection, process_id, address, batch.now)
        if row is None:
            continue
        for start in stored.starts_with(batch.connection, name):
            if start.process_id == process_id:
                stored.note_correlation(batch.connection, row.key, process_id)
                _start(batch, start, address, loads(row.variables))
                return
