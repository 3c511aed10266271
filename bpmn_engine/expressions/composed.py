"""Lists and maps of expressions, as the camunda: dialect writes them in XML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bpmn_engine.expressions.expression import Expression, Result


@dataclass(frozen=True, slots=True)
class ListOfValues:
    """The values of some expressions, in their order."""

    items: tuple[Expression, ...]

    @property
    def text(self) -> str:
        """A list as messages show it."""
        return f"[{', '.join(item.text for item in self.items)}]"

    def evaluate(self, names: Mapping[str, Any], now: datetime) -> Result:
        """Compute all values."""
        results = [item.evaluate(names, now) for item in self.items]
        return Result([result.value for result in results], _warnings(results))


@dataclass(frozen=True, slots=True)
class MapOfValues:
    """The values of some expressions, each with its key."""

    entries: tuple[tuple[str, Expression], ...]

    @property
    def text(self) -> str:
        """A map as messages show it."""
        return f"{{{', '.join(f'{key}: {item.text}' for key, item in self.entries)}}}"

    def evaluate(self, names: Mapping[str, Any], now: datetime) -> Result:
        """Compute all values."""
        results = [item.evaluate(names, now) for _, item in self.entries]
        keys = [key for key, _ in self.entries]
        return Result(dict(zip(keys, (result.value for result in results), strict=True)), _warnings(results))


def _warnings(results: list[Result]) -> tuple[str, ...]:
    return tuple(warning for result in results for warning in result.warnings)
