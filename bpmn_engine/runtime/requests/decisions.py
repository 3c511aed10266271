"""Requests about decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bpmn_engine.dmn import Outcome
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.store import decisions as stored
from bpmn_engine.store.versions import DecisionVersion


@dataclass(slots=True)
class RecordDecision(Request[tuple[int, ...]]):
    """Keep a decision that was made without a process; `definitions` are the decisions on the way by id.

    The answer is the keys of its rows, after that of the evaluation.
    """

    definition_key: int
    definitions: Mapping[str, DecisionVersion]
    outcome: Outcome

    def carry_out(self, batch: Batch) -> tuple[int, ...]:
        count = 1 + len(self.outcome.evaluated) + (self.outcome.failure is not None)
        keys = tuple(next(batch.keys) for _ in range(count))
        evaluation = stored.StoredEvaluation(keys, self.definition_key, self.definitions, self.outcome)
        stored.add_evaluation(batch.connection, evaluation, batch.now)
        return keys
