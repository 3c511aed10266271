"""Carries out the effects of a step on other instances in the same transaction: calls, errors, messages, signals."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from bpmn_engine.instance import changes
from bpmn_engine.instance.commands import (
    CallTerminated,
    CancelInstance,
    CatchFromCall,
    Command,
    CompleteCall,
    ReportLostCall,
    StartInstance,
)
from bpmn_engine.instance.state import Instance, InstanceState, Job, JobState, Subscription
from bpmn_engine.runtime import correlation, signals
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.correlation import IncomingMessage

log = logging.getLogger("bpmn_engine.effects")


def carry_out(batch: Batch) -> None:
    """Carry out all effects, and the effects that they have in turn.

    After `Batch.EFFECTS` of them instances only take in what concerns them and continue in the next transaction, so two
    that call each other without end cannot hang the engine.
    """
    while batch.effects or batch.opened_subscriptions or batch.ended_message_starts:
        while batch.effects:
            instance, change = batch.effects.popleft()
            _EFFECTS[type(change)](batch, instance, change)
        correlation.serve_buffered(batch)


def _process_called(batch: Batch, parent: Instance, change: changes.ProcessCalled) -> None:
    if change.call.key not in parent.waits:  # called off again within the same step
        return
    child = Instance(
        change.call.key,
        change.definition_key,
        parent_key=parent.key,
        parent_token_key=change.call.token_key,
        root_key=parent.root_key,
        depth=parent.depth + 1,
    )
    business_id = change.business_id or parent.business_id
    batch.begin(child, StartInstance(variables=change.variables, business_id=business_id, tags=parent.tags))


def _call_canceled(batch: Batch, parent: Instance, change: changes.CallCanceled) -> None:
    batch.load((change.key,))
    child = batch.loaded.get(change.key)
    if child is not None and not child.ended:
        batch.called_off.add(child.key)
        batch.affect(child, CancelInstance(by_caller=True))


def _ended(batch: Batch, child: Instance, change: changes.InstanceEnded) -> None:
    if change.state is InstanceState.COMPLETED:
        _tell_caller(batch, child, CompleteCall(call_key=child.key, variables=change.variables))
    else:
        _tell_caller(batch, child, CallTerminated(call_key=child.key))


def _thrown(batch: Batch, child: Instance, change: changes.ThrownToCaller) -> None:
    command = CatchFromCall(
        call_key=child.key,
        definition=change.definition,
        code=change.code,
        message=change.message,
        variables=change.variables,
    )
    _tell_caller(batch, child, command)


def _tell_caller(batch: Batch, child: Instance, command: Command) -> None:
    """Report the end or an error of a called instance to its caller, unless the caller has called it off."""
    assert child.parent_key is not None
    caller = batch.holding(child.parent_key, child.key)
    if caller is not None:
        batch.affect(caller, command)
    elif child.key not in batch.called_off:
        _report_lost(batch, child, command)


def _report_lost(batch: Batch, child: Instance, command: Command) -> None:
    """Log that a called instance finds no caller, and report it at the call activity if its token is there."""
    what = type(command).__name__
    log.error("Instance %s finds no caller %s for its %s", child.key, child.parent_key, what)
    batch.load((child.parent_key or 0,))
    caller = batch.loaded.get(child.parent_key or 0)
    if caller is not None and not caller.ended and child.parent_token_key in caller.tokens:
        lost = ReportLostCall(token_key=child.parent_token_key, call_key=child.key, what=what)
        batch.affect(caller, lost)


def _message_published(batch: Batch, instance: Instance, change: changes.MessagePublished) -> None:
    time_to_live = batch.settings.message_time_to_live
    correlation.publish(batch, IncomingMessage(change.name, change.correlation_key, change.variables, time_to_live))


def _signal_broadcast(batch: Batch, instance: Instance, change: changes.SignalBroadcast) -> None:
    signals.broadcast(batch, change.name, change.variables, instance.key)


def _resumed(batch: Batch, instance: Instance, change: changes.InstanceResumed) -> None:
    """Catch up on what waited for the suspension to end: messages, timers that are due, jobs."""
    batch.wake(batch.now)
    for wait in instance.waits.values():
        if isinstance(wait, Subscription):
            batch.opened_subscriptions.append((instance, wait))
        elif isinstance(wait, Job) and wait.state is JobState.CREATED:
            batch.resumed_jobs = True


_EFFECTS: dict[type[changes.Change], Callable[[Batch, Instance, Any], None]] = {
    changes.ProcessCalled: _process_called,
    changes.CallCanceled: _call_canceled,
    changes.InstanceEnded: _ended,
    changes.ThrownToCaller: _thrown,
    changes.MessagePublished: _message_published,
    changes.SignalBroadcast: _signal_broadcast,
    changes.InstanceResumed: _resumed,
}
