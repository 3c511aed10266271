"""Syntax tree to Python closures: what each form of the language means, a file for each group of forms."""

from bpmn_engine.expressions.feel.compiler import calls, iteration, literals, names, operators, testing
from bpmn_engine.expressions.feel.compiler.base import (
    EVALUATION,
    FIRST_SLOT,
    Closure,
    Environment,
    Frame,
    Program,
    compile_node,
)

__all__ = [
    "EVALUATION",
    "FIRST_SLOT",
    "Closure",
    "Environment",
    "Frame",
    "Program",
    "calls",
    "compile_node",
    "iteration",
    "literals",
    "names",
    "operators",
    "testing",
]
