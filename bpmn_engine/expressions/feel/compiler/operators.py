"""Arithmetic, comparison and logic (DMN 1.5, clauses 10.3.2.13.1 and 10.3.2.13.2, tables 49 to 60).

The usual cases, numbers and strings of one type, are decided first; the rest goes the long way round.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.comparing import COMPARISONS, PLAIN, at_most
from bpmn_engine.expressions.feel.compiler.base import (
    EVALUATION,
    VARIABLES,
    Closure,
    Environment,
    Frame,
    compile_node,
    compiles,
)
from bpmn_engine.expressions.feel.compiler.names import free
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.temporal.arithmetic import OPERATORS, negated
from bpmn_engine.expressions.feel.types import SIMPLE, AnyType, Simple
from bpmn_engine.expressions.feel.values import kind
from bpmn_engine.expressions.numbers import ARITHMETIC, CONTEXT, is_number

_NUMBERS = frozenset((int, Decimal))
_DECIMAL = {"+": CONTEXT.add, "-": CONTEXT.subtract, "*": CONTEXT.multiply}
_PYTHON: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
#: Beyond 34 digits a whole number is rounded.
_EXACT = 10**34


@compiles(syntax.Binary)
def _binary(node: syntax.Binary, environment: Environment) -> Closure:
    left = compile_node(node.left, environment)
    right = compile_node(node.right, environment)
    if node.op not in COMPARISONS:
        if isinstance(node.left, syntax.Literal) and type(node.left.value) is int and node.op in _DECIMAL:
            return _arithmetic_from(node.op, node.left.value, right)
        return _arithmetic(node.op, left, right)
    if isinstance(node.right, syntax.Literal):
        limit, variable = node.right.value, free(node.left, environment)
        if type(limit) in PLAIN:
            with_left = _comparison_with(node.op, left, limit)
            return _comparison_of(variable, node.op, limit, with_left) if variable else with_left
        if limit is None and node.op in ("=", "!="):
            return _null_test(left, wanted=node.op == "=")
    return _comparison(node.op, left, right)


def _null_test(left: Closure, *, wanted: bool) -> Closure:
    """`= null` and `!= null`."""
    return lambda frame: (left(frame) is None) is wanted


def _comparison_of(variable: str, op: str, limit: Any, otherwise: Closure) -> Closure:
    """Comparison of a process variable with a constant, the most usual condition of all."""
    plain, type_of_limit = _PYTHON[op], type(limit)

    def run(frame: Frame) -> bool | None:
        value = frame[VARIABLES].get(variable)
        if type(value) is type_of_limit:
            return plain(value, limit)
        return otherwise(frame)

    return run


def _comparison_with(op: str, left: Closure, limit: Any) -> Closure:
    """Comparison with a constant."""
    plain, type_of_limit = _PYTHON[op], type(limit)
    decimal = Decimal(limit) if isinstance(limit, int) else limit

    def run(frame: Frame) -> bool | None:
        value = left(frame)
        if type(value) is type_of_limit:
            return plain(value, limit)
        if type(value) is Decimal and type_of_limit is int:
            return plain(value, decimal)
        return _compared(op, value, limit, frame[EVALUATION])

    return run


def _comparison(op: str, left: Closure, right: Closure) -> Closure:
    plain = _PYTHON[op]

    def run(frame: Frame) -> bool | None:
        first, second = left(frame), right(frame)
        if type(first) is type(second) and type(first) in PLAIN:
            return plain(first, second)
        return _compared(op, first, second, frame[EVALUATION])

    return run


def _compared(op: str, first: Any, second: Any, evaluation: Evaluation) -> bool | None:
    if isinstance(first, list | dict):
        evaluation.weigh(first)
    answer = COMPARISONS[op](first, second)
    if answer is None:
        evaluation.null(f"a {kind(first)} and a {kind(second)} cannot be compared by '{op}'")
    return answer


def _arithmetic(op: str, left: Closure, right: Closure) -> Closure:
    plain = _PYTHON.get(op)
    if plain is None:
        return lambda frame: _computed(op, left(frame), right(frame), frame[EVALUATION])

    decimal = _DECIMAL[op]

    def run(frame: Frame) -> Any:
        first, second = left(frame), right(frame)
        if type(first) in _NUMBERS and type(second) in _NUMBERS:
            if type(first) is int and type(second) is int:
                result = plain(first, second)
                if -_EXACT < result < _EXACT:
                    return result
            exact = decimal(first, second)
            if exact.is_finite():
                return exact
        return _computed(op, first, second, frame[EVALUATION])

    return run


def _arithmetic_from(op: str, first: int, right: Closure) -> Closure:
    """Arithmetic whose left side is a whole number in the text, such as `1 - rate`."""
    plain, decimal, exact = _PYTHON[op], _DECIMAL[op], Decimal(first)

    def run(frame: Frame) -> Any:
        second = right(frame)
        if type(second) is Decimal:
            result = decimal(exact, second)
            if result.is_finite():
                return result
        elif type(second) is int:
            result = plain(first, second)
            if -_EXACT < result < _EXACT:
                return result
        return _computed(op, first, second, frame[EVALUATION])

    return run


def _computed(op: str, first: Any, second: Any, evaluation: Evaluation) -> Any:
    if is_number(first) and is_number(second):
        value = ARITHMETIC[op](first, second)
        return value if value is not None else evaluation.null(f"{first} {op} {second} is not a number")
    if op == "+" and isinstance(first, str) and isinstance(second, str):
        evaluation.room_for_text(len(first) + len(second))
        return first + second
    temporal = OPERATORS.get(op)
    value = temporal(first, second) if temporal else None
    if value is None:
        return evaluation.null(f"'{op}' does not work on a {kind(first)} and a {kind(second)}")
    return value


@compiles(syntax.Minus)
def _minus(node: syntax.Minus, environment: Environment) -> Closure:
    operand = compile_node(node.operand, environment)

    def run(frame: Frame) -> Any:
        value = operand(frame)
        if is_number(value):
            return CONTEXT.minus(value) if isinstance(value, Decimal) else -value
        opposite = negated(value)
        return opposite if opposite is not None else frame[EVALUATION].null(f"a {kind(value)} has no negative")

    return run


@compiles(syntax.Logic)
def _logic(node: syntax.Logic, environment: Environment) -> Closure:
    """Three-valued: one decisive operand settles it, else null if any is not a boolean."""
    decisive = node.op == "or"
    operands = [compile_node(operand, environment) for operand in node.operands]
    if len(operands) == 2:
        return _two(operands[0], operands[1], decisive=decisive)

    def run(frame: Frame) -> bool | None:
        unknown = False
        for operand in operands:
            value = operand(frame)
            if value is decisive:
                return decisive
            unknown = unknown or not isinstance(value, bool)
        return None if unknown else not decisive

    return run


def _two(left: Closure, right: Closure, *, decisive: bool) -> Closure:
    other = not decisive

    def run(frame: Frame) -> bool | None:
        first = left(frame)
        if first is decisive:
            return decisive
        second = right(frame)
        if second is decisive:
            return decisive
        return other if first is other and second is other else None

    return run


@compiles(syntax.Between)
def _between(node: syntax.Between, environment: Environment) -> Closure:
    value = compile_node(node.value, environment)
    low, high = compile_node(node.low, environment), compile_node(node.high, environment)

    def run(frame: Frame) -> bool | None:
        tested = value(frame)
        above, below = at_most(low(frame), tested), at_most(tested, high(frame))
        if above is None or below is None:
            return frame[EVALUATION].null("'between' needs three values that can be compared")
        return above and below

    return run


@compiles(syntax.InstanceOf)
def _instance_of(node: syntax.InstanceOf, environment: Environment) -> Closure:
    value, wanted = compile_node(node.value, environment), node.type
    if wanted is SIMPLE["Null"]:
        return lambda frame: value(frame) is None

    def run(frame: Frame) -> bool:
        found = value(frame)
        if not isinstance(wanted, Simple | AnyType):
            frame[EVALUATION].weigh(found)
        return found is not None and wanted.fits(found)

    return run


@compiles(syntax.If)
def _if(node: syntax.If, environment: Environment) -> Closure:
    condition = compile_node(node.condition, environment)
    then, otherwise = compile_node(node.then, environment), compile_node(node.otherwise, environment)

    def run(frame: Frame) -> Any:
        answer = condition(frame)
        if answer is True:
            return then(frame)
        if answer is not False:
            if node.strict:
                return frame[EVALUATION].null("the condition is not true or false")
            frame[EVALUATION].null("the condition of 'if' is not true or false, so 'else' is taken")
        return otherwise(frame)

    return run
