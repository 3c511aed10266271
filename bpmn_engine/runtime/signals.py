"""Signals and conditions that reach several instances, or start some."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from bpmn_engine.elements.event_definitions.conditional import ConditionalDefinition
from bpmn_engine.elements.step import Step
from bpmn_engine.errors import Rejected
from bpmn_engine.instance.commands import CatchSignal, StartInstance
from bpmn_engine.instance.state import Instance
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.store import messages as stored
from bpmn_engine.store.messages import OpenSubscription
from bpmn_engine.store.timers import DueTimer

log = logging.getLogger("bpmn_engine.signals")


def broadcast(batch: Batch, name: str, variables: Mapping[str, Any], thrower: int | None = None) -> None:
    """Trigger every subscription to a signal and start the processes that it starts; suspended instances miss it.

    The instance that has thrown it, if one has, has triggered its own subscriptions already.
    """
    batch.flush()
    for row in stored.signal_subscriptions(batch.connection, name):
        if row.instance_key == 0:
            start_by(batch, row, variables)
            continue
        if row.instance_key == thrower:
            continue
        instance = batch.holding(row.instance_key, row.key)
        if instance is not None and not instance.suspended:
            batch.affect(instance, CatchSignal(subscription_key=row.key, variables=variables))


def start_by(
    batch: Batch, row: OpenSubscription | DueTimer, variables: Mapping[str, Any], start_key: str | None = None
) -> Instance | None:
    """Start an instance by the event of a start subscription or timer; None if it cannot start."""
    command = StartInstance(variables=variables, triggered=row.element_id, start_key=start_key)
    instance = Instance(next(batch.keys), row.definition_key)
    try:
        batch.begin(instance, command)
    except Rejected:
        log.exception("The event '%s' of definition %s starts nothing", row.element_id, row.definition_key)
        return None
    return instance


def holds(batch: Batch, row: OpenSubscription, variables: Mapping[str, Any]) -> bool:
    """Whether the condition of a conditional start event is true for these variables."""
    process = batch.compiled(row.definition_key)
    step = Step(process, Instance(0, row.definition_key), batch.keys, batch.now)
    definitions = process.catcher(row.element_id).definitions
    return any(isinstance(found, ConditionalDefinition) and found.holds(step, variables) for found in definitions)
