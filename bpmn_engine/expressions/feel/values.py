"""FEEL's data types (DMN 1.5, clause 10.3.2).

null, boolean, string, list and context are Python's own; a number is `int` or `Decimal`; dates, times and durations are
in `temporal`; ranges and functions are defined here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bpmn_engine.expressions.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration

if TYPE_CHECKING:
    from bpmn_engine.expressions.feel.types import Type
PythonTypes = frozenset[type]


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`; None is an open end.

    `operator` is set if the range was written with one, as `(< 10)` is; `(!= 10)` is everything but its ends.
    """

    low: Any
    high: Any
    low_closed: bool = True
    high_closed: bool = True
    operator: str = ""


def range_of_operator(operator: str, limit: Any) -> Range:
    """The range that an operator and a value stand for, with the properties that table 65 gives it."""
    low, high = operator[0] != "<", operator[0] != ">"
    closed = operator in ("=", "<=", ">=")
    return Range(limit if low else None, limit if high else None, low and closed, high and closed, operator)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function; `type` is None for any value. Values of the Python types `plain` need no look."""

    name: str
    type: Type | None = None
    optional: bool = False
    nullable: bool = True
    plain: PythonTypes = frozenset()


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function: `run` takes the evaluation and the arguments in the parameters' order.

    With `variadic` the last parameter takes any number of values.
    """

    parameters: tuple[Parameter, ...]
    run: Callable[..., Any]
    variadic: bool = False
    names: tuple[str, ...] = field(init=False)
    least: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(parameter.name for parameter in self.parameters))
        needed = sum(not parameter.optional for parameter in self.parameters)
        object.__setattr__(self, "least", needed)

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        return self.least <= count and (self.variadic or count <= len(self.parameters))

    def __str__(self) -> str:
        return ", ".join(self.names) + (", ..." if self.variadic else "")


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A built-in or user-defined function, with one or more signatures.

    `definition` is what makes two user-defined functions equal: parameters, body, and what its other names stand for.
    """

    name: str
    signatures: tuple[Signature, ...]
    result: Type | None = None
    definition: tuple[tuple[Parameter, ...], str, list[Any]] | None = None

    def __str__(self) -> str:
        return f"function({self.signatures[0]})"


_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    str: "string",
    list: "list",
    dict: "context",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DayTimeDuration: "days and time duration",
    YearMonthDuration: "years and months duration",
    Range: "range",
    Function: "function",
}


def kind(value: Any) -> str:
    """The FEEL type of a value, for comparisons and messages."""
    return _KINDS.get(type(value), "unknown")


def python_types(*kinds: str) -> frozenset[type]:
    """The Python types of the values of some kinds."""
    return frozenset(python for python, name in _KINDS.items() if name in kinds)
