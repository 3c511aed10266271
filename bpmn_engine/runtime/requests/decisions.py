"""Requests about decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bpmn_engine.dmn import Outcome
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.store import decisions as stored


@dataclass(slots=True)
class RecordDecision(Request[tuple[int, ...]]):
    """Keep a decision that was made without a process; `definitions` are the rows of the decisions by id.

    The answer is the keys of its rows, after that of the evaluation.
    """

    definition_key: int
    definitions: Mapping[str, Any]
    outcome: Outcome

    def carry_out(self, batch: Batch) -> tuple[int, ...]:
        outcome = self.outcome
        count = 1 + len(outcome.evaluated) + (outcome.failure is not None)
        keys = tuple(next(batch.keys) for _ in range(count))
        rows = stored.instance_rows(
            keys,
            self.definition_key,
            self.definitions,
            outcome,
            instance_key=None,
            token_key=None,
            evaluated_at=batch.now,
        )
        stored.add_instances(batch.connection, rows)
        return keys
