"""Decision logic's own nodes of FEEL's syntax tree. Boxed expressions become the tree of the equal FEEL expression."""

from __future__ import annotations

from dataclasses import dataclass

from bpmn_engine.dmn.item_types import ItemType, stored
from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.compiler.base import (
    EVALUATION,
    Closure,
    Environment,
    Frame,
    compile_node,
    compiles,
)


@dataclass(frozen=True, slots=True)
class Stored(syntax.Node):
    """A value, coerced to the type of its variable."""

    value: syntax.Node
    type: ItemType
    what: str


@dataclass(frozen=True, slots=True)
class Broken(syntax.Node):
    """An expression that cannot be read. A model with one is not deployed; evaluated all the same, it is null."""

    message: str


@compiles(Stored)
def _stored(node: Stored, environment: Environment) -> Closure:
    value, wanted, what = compile_node(node.value, environment), node.type, node.what
    return lambda frame: stored(wanted, value(frame), what, frame[EVALUATION])


@compiles(Broken)
def _broken(node: Broken, environment: Environment) -> Closure:
    def run(frame: Frame) -> None:
        frame[EVALUATION].null(node.message)

    return run
