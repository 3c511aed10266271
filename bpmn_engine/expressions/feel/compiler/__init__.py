"""Syntax tree to Python closures: what each form of the language means, a file for each group of forms.

The files register what they compile when they are imported here.
"""

from bpmn_engine.expressions.feel.compiler import calls, iteration, literals, names, operators, testing
from bpmn_engine.expressions.feel.compiler.base import (
    FIRST_SLOT,
    Closure,
    Environment,
    Program,
    compile_node,
)

__all__ = [
    "FIRST_SLOT",
    "Closure",
    "Environment",
    "Program",
    "calls",
    "compile_node",
    "iteration",
    "literals",
    "names",
    "operators",
    "testing",
]
