"""What happens by itself: due timers, jobs that nobody has, instances whose agenda is not done, dead nodes."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bpmn_engine.elements.event_definitions.schedule import following
from bpmn_engine.errors import InvalidModel
from bpmn_engine.instance.commands import Continue, TriggerTimer
from bpmn_engine.instance.state import Timer
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.requests import Due, GoOn, Request
from bpmn_engine.runtime.signals import start_by
from bpmn_engine.store import instances as instance_rows
from bpmn_engine.store import messages as message_rows
from bpmn_engine.store import timers as timer_rows

log = logging.getLogger("bpmn_engine.scheduler")

#: Timers and unfinished instances that one batch takes on at most.
LIMIT = 500


def run_due(batch: Batch) -> bool:
    """Fire the timers that are due and go on with unfinished instances; whether there may be more."""
    due = timer_rows.due_timers(batch.connection, batch.database, batch.now, LIMIT)
    batch.load({row.instance_key for row in due if row.instance_key})
    for row in due:
        _run(batch, row)
    for key in instance_rows.pending_instances(batch.connection, LIMIT):
        go_on(batch, key)
    message_rows.drop_expired(batch.connection, batch.now)
    return len(due) == LIMIT


def due_one_by_one(batch: Batch) -> list[Request]:
    """The same as requests of their own, for when one of them has spoilt the batch."""
    due = timer_rows.due_timers(batch.connection, batch.database, batch.now, LIMIT)
    unfinished = instance_rows.pending_instances(batch.connection, LIMIT)
    return [*(Due(row.key) for row in due), *(GoOn(key) for key in unfinished)]


def fire(batch: Batch, key: int) -> None:
    """Fire one timer, if it is still due."""
    row = timer_rows.timer_by_key(batch.connection, key)
    if row is not None and row.due_at <= batch.now:
        _run(batch, row)


def _run(batch: Batch, row: Row[Any]) -> None:
    if row.instance_key:
        _fire(batch, row)
    else:
        _start(batch, row)


def go_on(batch: Batch, key: int) -> None:
    """Continue an instance where its last step's budget ended."""
    batch.load((key,))
    batch.verify((key,))
    instance = batch.loaded.get(key)
    if instance is not None and instance.ready and not instance.suspended:
        batch.step(instance, Continue())


def _fire(batch: Batch, row: Row[Any]) -> None:
    instance = batch.holding(row.instance_key, row.key)
    timer = instance.waits[row.key] if instance else None
    if instance is not None and isinstance(timer, Timer) and timer.due_at <= batch.now and not instance.suspended:
        batch.step(instance, TriggerTimer(timer_key=row.key))


def _start(batch: Batch, row: Row[Any]) -> None:
    """A start timer: start an instance, set the next occurrence."""
    again = following(row.schedule, row.remaining, batch.now) if row.schedule else None
    timer_rows.reschedule_start(batch.connection, row.key, Timer(row.key, 0, row.element_id, *again) if again else None)
    if again is not None:
        batch.wake(again.due_at)
    try:
        start_by(batch, row, {})
    except InvalidModel:  # the definition cannot run any more; its timer has been taken care of
        log.exception("The timer of '%s' in definition %s starts nothing", row.element_id, row.definition_key)


def next_moment(batch: Batch) -> datetime | None:
    """When the next timer is due."""
    return timer_rows.next_due(batch.connection)
