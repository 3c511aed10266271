"""The syntax tree of FEEL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bpmn_engine.expressions.feel.types import Type


@dataclass(frozen=True, slots=True)
class Node:
    """Any expression."""


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Minus(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`and` and `or` over all their operands."""

    op: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """A comparison or arithmetic."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """`value in (test, test)`."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """A unary test `< 10`; as a value, a range with one open end."""

    op: str
    value: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """The unary tests of a cell, joined by or; `not(...)` if negated. No tests are `-`: everything passes."""

    tests: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class If(Node):
    """In a boxed one, `strict`, a condition that is not a boolean makes it null; in text it counts as false."""

    condition: Node
    then: Node
    otherwise: Node
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Iteration(Node):
    """One `name in source` of a for, some or every; `last` is set for `first..last`."""

    name: str
    source: Node
    last: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    iterations: tuple[Iteration, ...]
    result: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`some`, or `every`; null if `strict` and a condition is not a boolean."""

    every: bool
    iterations: tuple[Iteration, ...]
    condition: Node
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Path(Node):
    value: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`value[condition]`; null if `strict` and the condition is not a boolean."""

    value: Node
    condition: Node
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Call(Node):
    function: Node
    positional: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...] = ()


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeOf(Node):
    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    """A function definition; `body` is None for one in another language."""

    parameters: tuple[tuple[str, Type | None], ...]
    body: Node | None
