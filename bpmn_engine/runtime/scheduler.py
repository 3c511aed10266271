"""Fires due timers, and continues instances whose agenda is not done."""

from __future__ import annotations

import logging
from datetime import datetime

from bpmn_engine.elements.event_definitions.schedule import following
from bpmn_engine.errors import InvalidModel
from bpmn_engine.instance.changes import Change, TokenCreated
from bpmn_engine.instance.commands import Continue, HaltRun, TriggerTimer
from bpmn_engine.instance.state import Instance, Timer
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.parts import Parts
from bpmn_engine.runtime.shares import CHUNK
from bpmn_engine.runtime.signals import start_by
from bpmn_engine.runtime.unfinished import Unfinished
from bpmn_engine.store import idempotency as idempotency_rows
from bpmn_engine.store import instances as instance_rows
from bpmn_engine.store import messages as message_rows
from bpmn_engine.store import tables
from bpmn_engine.store import timers as timer_rows
from bpmn_engine.store.timers import DueTimer

log = logging.getLogger("bpmn_engine.scheduler")

#: Timers and unfinished instances that one look finds at most.
LIMIT = 500


def run_due(batch: Batch, parts: Parts, *, contended: bool) -> bool:
    """Fire the timers that are due and find unfinished instances; return whether there may be more timers."""
    parts.unfinished.find(instance_rows.unfinished_instances(batch.connection, LIMIT), alone=parts.node.alone)
    message_rows.drop_expired(batch.connection, batch.now)
    idempotency_rows.drop_expired(batch.connection, batch.now)
    due = _due(batch)
    batch.load({row.instance_key for row in due if row.instance_key})
    end = parts.shares.end_of_background(contended=contended)
    for done, row in enumerate(due, 1):
        _run(batch, row)
        if parts.shares.is_over(end):
            return done < len(due) or len(due) >= LIMIT
    return len(due) >= LIMIT


def _due(batch: Batch) -> list[DueTimer]:
    """The timers that are due; where there are many, those of different definitions in turn."""
    due = timer_rows.due_timers(batch.connection, batch.database, batch.now, LIMIT)
    if len(due) < LIMIT:
        return due
    crowd = {row.definition_key for row in due}
    others = timer_rows.due_timers(batch.connection, batch.database, batch.now, LIMIT, crowd)
    turns: dict[int, int] = {}
    order = []
    for row in (*due, *others):
        turns[row.definition_key] = turns.get(row.definition_key, 0) + 1
        order.append((turns[row.definition_key], row))
    return [row for _, row in sorted(order, key=lambda entry: entry[0])]


def due_timer_keys(batch: Batch) -> list[int]:
    """The keys of the due timers, for running them one by one after a batch has failed."""
    return [row.key for row in timer_rows.due_timers(batch.connection, batch.database, batch.now, LIMIT)]


def fire(batch: Batch, key: int) -> None:
    """Fire one timer, if it is still due."""
    timer = timer_rows.due_timer(batch.connection, key, batch.now)
    if timer is not None:
        _run(batch, timer)


def _run(batch: Batch, row: DueTimer) -> None:
    if row.instance_key:
        _fire(batch, row)
    else:
        _start(batch, row)


def unfinished(batch: Batch, key: int) -> Instance | None:
    """The current state of an unfinished instance; None if it has nothing left to do."""
    batch.load((key,))
    instance = batch.loaded.get(key)
    return instance if instance is not None and may_continue(instance) else None


def may_continue(instance: Instance) -> bool:
    """Whether an instance can take a step by itself."""
    return bool(instance.ready) and not instance.suspended


def continue_instance(batch: Batch, instance: Instance) -> list[Change]:
    """Continue an instance where its last step's budget ended; return the changes."""
    return batch.step(instance, Continue(), CHUNK)


def count_entered(batch: Batch, unfinished: Unfinished, instance: Instance, happened: list[Change]) -> None:
    """Count the elements that an unfinished instance has entered; stop one that never waits."""
    count = sum(isinstance(change, TokenCreated) for change in happened)
    if not unfinished.entered(instance.key, count):
        batch.step(instance, HaltRun(entered=unfinished.limit))


def continue_by_key(batch: Batch, key: int) -> None:
    """Continue an instance by its key, if it has anything left to do."""
    instance = unfinished(batch, key)
    if instance is not None:
        continue_instance(batch, instance)


def _fire(batch: Batch, row: DueTimer) -> None:
    instance = batch.holding(row.instance_key, row.key)
    if instance is None:
        _drop(batch, row)
        return
    timer = instance.waits[row.key]
    if isinstance(timer, Timer) and timer.due_at <= batch.now and not instance.suspended:
        batch.step(instance, TriggerTimer(timer_key=row.key))


def _drop(batch: Batch, row: DueTimer) -> None:
    """Delete a timer that no token waits for; one that has ended in this batch is deleted already."""
    if row.key not in batch.writer.of(tables.timer).deletes:
        log.error("Timer %s of instance %s has no token and is dropped; run `bpmn db check`", row.key, row.instance_key)
        batch.writer.of(tables.timer).delete(row.key)


def _start(batch: Batch, row: DueTimer) -> None:
    """Start an instance for a start timer, and set the timer's next occurrence."""
    again = following(row.schedule, row.remaining, batch.now) if row.schedule else None
    timer_rows.reschedule_start(batch.connection, row.key, Timer(row.key, 0, row.element_id, *again) if again else None)
    if again is not None:
        batch.wake(again.due_at)
    try:
        start_by(batch, row, {})
    except InvalidModel:  # the definition cannot run any more; its timer has been taken care of
        log.exception("The timer of '%s' in definition %s starts nothing", row.element_id, row.definition_key)


def next_moment(batch: Batch) -> datetime | None:
    """The moment at which the next timer is due."""
    return timer_rows.next_due(batch.connection)
