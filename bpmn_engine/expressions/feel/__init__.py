"""FEEL, the expression language of DMN 1.5 (chapter 10): text → lexemes → syntax tree → Python closures.

`lexer`, `vocabulary` and `parser` know the grammar, `syntax` the tree, `compiler/` the meaning of each node, `types`
and `values` the data, `temporal/` dates and times, `builtins/` the functions. An expression can reach its variables and
the built-in functions and nothing else; `limits` says what it may use.

There are two ways to read names. Without a `Vocabulary` (process diagrams) a name is one word or stands in backticks.
With one (decision models) the names are known and may have spaces and signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from bpmn_engine.errors import Failure, InvalidExpression
from bpmn_engine.expressions.expression import Result
from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.compiler import FIRST_SLOT, Closure, Environment, Program, compile_node
from bpmn_engine.expressions.feel.limits import Evaluation, LimitExceeded
from bpmn_engine.expressions.feel.parser import parse_expression, parse_unary_tests
from bpmn_engine.expressions.feel.vocabulary import Vocabulary

__all__ = ["FeelExpression", "Vocabulary", "compile_feel", "compile_unary_tests"]


@dataclass(frozen=True, slots=True)
class FeelExpression:
    """A compiled FEEL expression."""

    text: str
    run: Closure
    blank: tuple[None, ...]

    def evaluate(self, names: Mapping[str, Any], now: datetime, question: Any = None) -> Result:
        """Compute the value; what FEEL answers with null comes with a warning. Raise `Failure` beyond a limit.

        `question` is the value `?` that unary tests look at.
        """
        evaluation = Evaluation(now)
        try:
            value = self.run([names, evaluation, question, *self.blank])
            if value.__class__ is list or value.__class__ is dict:
                evaluation.weigh(value)
        except (LimitExceeded, RecursionError) as error:
            raise self._stopped(error) from None
        if evaluation.warnings is None:
            return _TRUTHS[value] if value.__class__ is bool else Result(value)
        return Result(value, tuple(evaluation.warnings))

    def value(self, names: Mapping[str, Any], evaluation: Evaluation, question: Any = None) -> Any:
        """The value within an evaluation that began elsewhere."""
        try:
            return self.run([names, evaluation, question, *self.blank])
        except (LimitExceeded, RecursionError) as error:
            raise self._stopped(error) from None

    def _stopped(self, error: Exception) -> Failure:
        reason = error if isinstance(error, LimitExceeded) else "it goes too deep"
        return Failure("EXTRACT_VALUE_ERROR", f"The expression '{self.text}' was stopped: {reason}.")


#: What conditions come to, made beforehand.
_TRUTHS = {truth: Result(truth) for truth in (True, False)}


@lru_cache(maxsize=4096)
def compile_feel(text: str) -> FeelExpression:
    """Compile an expression (without the leading `=`); raise `InvalidExpression` with the position."""
    return compile_tree(text, parse_expression(text))


@lru_cache(maxsize=4096)
def compile_unary_tests(text: str) -> FeelExpression:
    """Compile the unary tests of a decision table's cell; the tested value is `?`."""
    return compile_tree(text, parse_unary_tests(text))


def compile_tree(text: str, node: syntax.Node, known: frozenset[str] = frozenset()) -> FeelExpression:
    """Compile a syntax tree; `known` are variables that hide built-in functions of the same name."""
    program = Program(known)
    try:
        run = compile_node(node, Environment(program))
    except InvalidExpression as error:
        raise InvalidExpression(error.reason, text) from None
    return FeelExpression(text, run, (None,) * (program.size - FIRST_SLOT))
