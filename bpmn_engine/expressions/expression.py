"""The result of compiling, the same for every expression language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol


class Result(NamedTuple):
    """The value of an expression and the warnings met on the way (FEEL answers null and warns where others raise)."""

    value: Any
    warnings: tuple[str, ...] = ()


class Expression(Protocol):
    """A compiled expression. `text` is what the analyst wrote."""

    @property
    def text(self) -> str: ...

    def evaluate(self, names: Mapping[str, Any], now: datetime) -> Result:
        """Compute the value for these variables at this time; raise `Failure` if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Static:
    """Text that stands for itself."""

    text: str
    value: Any

    def evaluate(self, names: Mapping[str, Any], now: datetime) -> Result:
        """Give the fixed value."""
        return Result(self.value)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An expression that cannot be parsed, which was reported; a diagram of before stands by its text."""

    text: str

    def evaluate(self, names: Mapping[str, Any], now: datetime) -> Result:
        """Give the text."""
        return Result(self.text)


def static(text: str) -> Static:
    """An expression whose value is its own text."""
    return Static(text, text)
