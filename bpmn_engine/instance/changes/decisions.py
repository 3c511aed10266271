"""Decisions that were made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bpmn_engine.dmn import Outcome
from bpmn_engine.instance.changes.change import Change
from bpmn_engine.instance.state import Instance


@dataclass(slots=True)
class DecisionEvaluated(Change):
    """A decision was made, or could not be; it is kept for the audit. `keys` are for its rows, the first for all."""

    at: datetime
    keys: tuple[int, ...]
    token_key: int
    definition_key: int
    outcome: Outcome

    def happen(self, instance: Instance) -> None:
        """Nothing changes in the instance; its result is a variable like any other."""
