"""Limits of one evaluation: steps, time, depth and sizes. Every evaluation ends, whatever the expression."""

from __future__ import annotations

from datetime import datetime
from time import monotonic
from typing import Any

MAX_TEXT = 64 * 1024
MAX_DEPTH = 100
MAX_STEPS = 1_000_000
MAX_SECONDS = 1.0
MAX_ITEMS = 100_000
MAX_STRING = 1_000_000
MAX_CALLS = 100
MAX_WARNINGS = 20
REGEX_SECONDS = 0.25

#: How many steps pass between two looks at the clock.
_STRIDE = 10_000
_WEIGHTY = frozenset((list, dict, str))


class LimitExceeded(Exception):
    """An evaluation used more than it may."""


class Evaluation:
    """The clock, the warnings and the budget of one evaluation; decisions share it with those that they require."""

    # Begun by most evaluations and changed by few, so the class has what they all start with.
    warnings: list[str] | None = None
    steps = MAX_STEPS
    look_at = MAX_STEPS - _STRIDE
    deadline: float | None = None
    calls = 0
    #: The place for the records of decision tables about their results; None if no one reads them.
    audit: list[Any] | None = None

    def __init__(self, now: datetime) -> None:
        self.now = now

    def null(self, message: str) -> Any:
        """Answer null and note why."""
        if self.warnings is None:
            self.warnings = [message]
        elif len(self.warnings) < MAX_WARNINGS and message not in self.warnings:
            self.warnings.append(message)
        return None

    def spend(self, steps: int = 1) -> None:
        """Use up steps of the budget: one for each item visited, more for what takes long."""
        self.steps -= steps
        if self.steps < self.look_at:
            self._look()

    def _look(self) -> None:
        if self.steps < 0:
            raise LimitExceeded(f"it takes more than {MAX_STEPS:,} steps")
        if self.deadline is None:
            self.deadline = monotonic() + MAX_SECONDS
        elif monotonic() > self.deadline:
            raise LimitExceeded(f"it takes longer than {MAX_SECONDS:g} s")
        self.look_at = self.steps - _STRIDE

    def room_for(self, items: int) -> None:
        """Refuse a list that is too long before it is built."""
        if items > MAX_ITEMS:
            raise LimitExceeded(f"a list may have at most {MAX_ITEMS:,} items")
        self.spend(items)

    def room_for_text(self, length: int) -> None:
        """Refuse a string that is too long before it is built."""
        if length > MAX_STRING:
            raise LimitExceeded(f"a string may have at most {MAX_STRING:,} characters")
        self.spend(length // 100)

    def look_at_the_clock(self) -> None:
        """For what may take long without using many steps."""
        self.look_at = self.steps
        self._look()

    def weigh(self, value: Any) -> int:
        """Use up a step for each part of a value, and give their number.

        A list that contains one list a thousand times has all of its parts a thousand times.
        """
        before, stack = self.steps, [value]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                self.spend(len(item) // 100)
            elif isinstance(item, list | dict):
                self.spend(len(item) + 1)
                parts = item.values() if isinstance(item, dict) else item
                stack.extend(part for part in parts if part.__class__ in _WEIGHTY)
        return before - self.steps

    def enter(self) -> None:
        """Begin the call of a function; `leave` ends it."""
        self.calls += 1
        self.spend()
        if self.calls > MAX_CALLS:
            raise LimitExceeded(f"functions call each other more than {MAX_CALLS} levels deep")

    def leave(self) -> None:
        """End the call of a function."""
        self.calls -= 1
