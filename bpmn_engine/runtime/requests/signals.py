"""Requests about signals and conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.instance.variables import json_variables
from bpmn_engine.runtime import correlation, signals
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.store import messages as message_rows


@dataclass(slots=True)
class BroadcastSignal(Request[int]):
    """Broadcast a signal; the answer is its key."""

    name: str
    variables: Mapping[str, Any] = field(default_factory=dict)

    def carry_out(self, batch: Batch) -> int:
        # Instances that this batch has started take the messages that are buffered for them before the signal comes.
        correlation.serve_buffered(batch)
        if not self.name:
            raise InvalidArgument("A signal needs a name.")
        signals.broadcast(batch, self.name, json_variables(self.variables))
        return next(batch.keys)


class Started(NamedTuple):
    """An instance that an event has started."""

    definition_key: int
    process_id: str
    instance_key: int


class Evaluated(NamedTuple):
    """An evaluation of conditions, and the instances that it has started."""

    key: int
    started: list[Started]


@dataclass(slots=True)
class EvaluateConditions(Request[Evaluated]):
    """Start the processes (or one definition) whose conditional start event holds for these variables."""

    variables: Mapping[str, Any]
    definition_key: int | None = None

    def carry_out(self, batch: Batch) -> Evaluated:
        variables = json_variables(self.variables)
        batch.flush()
        started = []
        for row in message_rows.conditional_starts(batch.connection):
            if self.definition_key in (None, row.definition_key) and signals.holds(batch, row, variables):
                instance = signals.start_by(batch, row, variables)
                if instance is not None:
                    started.append(Started(row.definition_key, row.process_id, instance.key))
        return Evaluated(next(batch.keys), started)
