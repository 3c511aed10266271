"""What one evaluation may use, and where it looks names up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

MAX_TEXT = 64 * 1024
MAX_DEPTH = 100
MAX_STEPS = 1_000_000
MAX_ITEMS = 100_000
MAX_STRING = 1_000_000
MAX_CALLS = 60
REGEX_SECONDS = 0.5


class LimitExceeded(Exception):
    """An evaluation used more than it may."""


class Evaluation:
    """The clock, the warnings and the budget of one evaluation."""

    __slots__ = ("calls", "now", "steps", "warnings")

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.warnings: list[str] = []
        self.steps = MAX_STEPS
        self.calls = 0

    def warn(self, message: str) -> None:
        """Note why a null came about."""
        if len(self.warnings) < 20:
            self.warnings.append(message)

    def spend(self, steps: int = 1) -> None:
        """Use up steps of the budget (one for each item visited)."""
        self.steps -= steps
        if self.steps < 0:
            raise LimitExceeded(f"it takes more than {MAX_STEPS:,} steps")


class Scope:
    """Names in view, innermost first."""

    __slots__ = ("evaluation", "names", "parent")

    def __init__(self, names: Mapping[str, Any], parent: Scope | None, evaluation: Evaluation) -> None:
        self.names, self.parent, self.evaluation = names, parent, evaluation

    def inner(self, names: Mapping[str, Any]) -> Scope:
        """A scope with more names in front."""
        return Scope(names, self, self.evaluation)

    def null(self, message: str) -> Any:
        """Answer null with a warning."""
        self.evaluation.warn(message)
        return None
