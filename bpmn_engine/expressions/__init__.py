"""Expressions: text becomes a compiled `Expression`, which gives a value and warnings. Nothing here reaches Python."""

from bpmn_engine.expressions.expression import Expression, Result, Static, Unreadable, static
from bpmn_engine.expressions.feel import compile_feel, compile_unary_tests
from bpmn_engine.expressions.juel import compile_juel

__all__ = [
    "Expression",
    "Result",
    "Static",
    "Unreadable",
    "compile_feel",
    "compile_juel",
    "compile_unary_tests",
    "static",
]
