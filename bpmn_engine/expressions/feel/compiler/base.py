"""The parts that all of the compiler uses.

A compiled node is a closure over a frame: a list that holds the variables, the evaluation, and a slot for each name
that the expression itself binds (iterations, entries of contexts, parameters). Where a name is found is settled when
the expression is compiled. A function keeps a copy of the frame that it was made in, so it sees what was bound then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions.feel import syntax

Frame = list[Any]
Closure = Callable[[Frame], Any]

#: Places in a frame.
VARIABLES, EVALUATION, QUESTION, FIRST_SLOT = 0, 1, 2, 3

#: How deep a syntax tree may be; long chains of operators count, too.
MAX_HEIGHT = 200


class Program:
    """Counts the slots that a frame needs and how deep the tree is. `known` are variables that hide functions."""

    def __init__(self, known: frozenset[str]) -> None:
        self.size = FIRST_SLOT
        self.height = 0
        self.known = known

    def slot(self) -> int:
        """A new slot."""
        self.size += 1
        return self.size - 1


@dataclass(frozen=True, slots=True)
class Environment:
    """The scopes of names, innermost first. A filter's items bring names that only they know: `item` is set."""

    program: Program
    parent: Environment | None = None
    name: str | None = None
    slot: int = 0
    item: bool = False

    def bind(self, name: str) -> Environment:
        """An environment with one more name."""
        return Environment(self.program, self, name, self.program.slot())

    def filter(self) -> Environment:
        """The environment of a filter's condition."""
        return Environment(self.program, self, None, self.program.slot(), item=True)


Handler = Callable[[Any, Environment], Closure]
_HANDLERS: dict[type[syntax.Node], Handler] = {}


def compiles(kind: type[syntax.Node]) -> Callable[[Handler], Handler]:
    """Register what compiles one kind of node."""

    def register(handler: Handler) -> Handler:
        _HANDLERS[kind] = handler
        return handler

    return register


def compile_node(node: syntax.Node, environment: Environment) -> Closure:
    """The closure that computes a node; raise `InvalidExpression` if the tree is too deep."""
    program = environment.program
    program.height += 1
    if program.height > MAX_HEIGHT:
        raise InvalidExpression(f"the expression is nested, or has operators in a row, more than {MAX_HEIGHT} deep", "")
    closure = _HANDLERS[type(node)](node, environment)
    program.height -= 1
    return closure
