"""FEEL, the expression language of DMN 1.5 (chapter 10): text → tokens → syntax tree → Python closures.

`lexer` and `parser` know the grammar, `syntax` the tree, `compiler` the meaning of each node, `values` the data types,
`builtins/` the functions. An expression can reach its variables and the built-in functions and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from bpmn_engine.errors import Failure
from bpmn_engine.expressions.expression import Result
from bpmn_engine.expressions.feel.compiler import Closure, compile_node
from bpmn_engine.expressions.feel.limits import Evaluation, LimitExceeded, Scope
from bpmn_engine.expressions.feel.parser import parse_expression, parse_unary_tests

__all__ = ["FeelExpression", "compile_feel", "compile_unary_tests"]


@dataclass(frozen=True, slots=True)
class FeelExpression:
    """A compiled FEEL expression."""

    text: str
    run: Closure

    def evaluate(self, names: Mapping[str, Any], now: datetime) -> Result:
        """Compute the value; what FEEL answers with null comes with a warning. Raise `Failure` beyond a limit."""
        evaluation = Evaluation(now)
        try:
            value = self.run(Scope(names, None, evaluation))
        except LimitExceeded as error:
            raise Failure("EXTRACT_VALUE_ERROR", f"The expression '{self.text}' was stopped: {error}.") from None
        except (ArithmeticError, ValueError, RecursionError) as error:
            raise Failure("EXTRACT_VALUE_ERROR", f"The expression '{self.text}' has no value: {error}.") from error
        return Result(value, tuple(evaluation.warnings))


@lru_cache(maxsize=4096)
def compile_feel(text: str) -> FeelExpression:
    """Compile an expression (without the leading `=`); raise `InvalidExpression` with the position."""
    return FeelExpression(text, compile_node(parse_expression(text)))


@lru_cache(maxsize=4096)
def compile_unary_tests(text: str) -> FeelExpression:
    """Compile the unary tests of a decision table's cell; the tested value is the variable `?`."""
    return FeelExpression(text, compile_node(parse_unary_tests(text)))
