"""Numeric and boolean functions (DMN 1.5, clauses 10.3.4.2 and 10.3.4.5)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    InvalidOperation,
)
from functools import partial
from typing import Any

from bpmn_engine.errors import Failure
from bpmn_engine.expressions.feel.builtins.registry import builtin
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.temporal import DayTimeDuration, YearMonthDuration
from bpmn_engine.expressions.feel.values import Function
from bpmn_engine.expressions.numbers import ARITHMETIC, CONTEXT, Number, finite, is_number

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)

_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)


@_function("number", "from: string")
def _number(evaluation: Evaluation, text: str) -> Any:
    return _read(evaluation, text, text.strip())


@_function("number", "from: string", "grouping separator: string|null", "decimal separator?: string|null")
def _number_of(evaluation: Evaluation, text: str, grouping: str | None, point: str | None = None) -> Any:
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (point and grouping == point):
        return evaluation.null("'number' takes ' ', ',' or '.' between groups and another of ',' and '.' as the point")
    plain = text.replace(grouping, "") if grouping else text
    return _read(evaluation, text, plain.replace(point, ".") if point else plain)


def _read(evaluation: Evaluation, text: str, plain: str) -> Any:
    if len(plain) > 10_000 or not _NUMBER.fullmatch(plain):
        return evaluation.null(f"'{text[:40]}' is not a number")
    return finite(CONTEXT.create_decimal(plain))


@_function("number", "from: number")
def _same_number(evaluation: Evaluation, number: Number) -> Number:
    return number


def _rounding(name: str, mode: str, *, scale_needed: bool) -> None:
    def rounded(evaluation: Evaluation, value: Number, scale: Number = 0) -> Number | None:
        if not -6111 <= scale <= 6176:
            return evaluation.null(f"{scale} is not a number of decimal places from -6111 to 6176")
        return _quantized(value, int(scale), mode)

    builtin(FUNCTIONS, name, "n: number", "scale: number" if scale_needed else "scale?: number")(rounded)


def _quantized(value: Number, scale: int, mode: str) -> Number:
    try:
        return Decimal(value).quantize(Decimal(1).scaleb(-scale), rounding=mode, context=_STRICT)
    except InvalidOperation:  # more digits than a number has: it is as exact already, or nothing is left
        return value if scale > 0 else Decimal(0)


_STRICT = CONTEXT.copy()
_STRICT.traps[InvalidOperation] = True

_rounding("floor", ROUND_FLOOR, scale_needed=False)
_rounding("ceiling", ROUND_CEILING, scale_needed=False)
_rounding("round up", ROUND_UP, scale_needed=True)
_rounding("round down", ROUND_DOWN, scale_needed=True)
_rounding("round half up", ROUND_HALF_UP, scale_needed=True)
_rounding("round half down", ROUND_HALF_DOWN, scale_needed=True)
_rounding("decimal", ROUND_HALF_EVEN, scale_needed=True)


@_function("abs", "n: number|days and time duration|years and months duration")
def _abs(evaluation: Evaluation, value: Any) -> Any:
    if isinstance(value, DayTimeDuration):
        return DayTimeDuration(abs(value.nanos))
    return YearMonthDuration(abs(value.months)) if isinstance(value, YearMonthDuration) else abs(value)


@_function("modulo", "dividend: number", "divisor: number")
def _modulo(evaluation: Evaluation, dividend: Number, divisor: Number) -> Decimal | None:
    result = ARITHMETIC["%"](dividend, divisor)
    return result if result is not None else evaluation.null(f"modulo({dividend}, {divisor}) is not a number")


def _unary(name: str, operation: Callable[[Any], Decimal]) -> None:
    @_function(name, "number: number")
    def _call(evaluation: Evaluation, value: Number) -> Decimal | None:
        evaluation.spend(100)
        result = finite(operation(value))
        return result if result is not None else evaluation.null(f"{name}({value}) is not a number")


_unary("sqrt", CONTEXT.sqrt)
_unary("exp", CONTEXT.exp)


@_function("log", "number: number")
def _log(evaluation: Evaluation, value: Number) -> Decimal | None:
    evaluation.spend(100)
    return finite(CONTEXT.ln(value)) if value > 0 else evaluation.null(f"log({value}) is not a number")


@_function("odd", "number: number")
def _odd(evaluation: Evaluation, value: Number) -> bool:
    return _rest(value) in (1, -1)


@_function("even", "number: number")
def _even(evaluation: Evaluation, value: Number) -> bool:
    return _rest(value) == 0


def _rest(value: Number) -> Number | None:
    """The rest of a division by two, towards zero; a number that ends in zeros is even."""
    if isinstance(value, int):
        return abs(value) % 2
    rest = CONTEXT.remainder(abs(value), Decimal(2))
    return Decimal(0) if rest.is_nan() else rest


@_function("not", "negand")
def _not(evaluation: Evaluation, value: Any) -> bool | None:
    return not value if isinstance(value, bool) else evaluation.null("'not' takes true or false")


@_function("random number")
def _random(evaluation: Evaluation) -> Decimal:
    return CONTEXT.divide(secrets.randbelow(10**17), 10**17)


@_function("is defined", "value")
def _is_defined(evaluation: Evaluation, value: Any) -> bool:
    return value is not None


@_function("get or else", "value", "default")
def _get_or_else(evaluation: Evaluation, value: Any, default: Any) -> Any:
    return default if value is None else value


@_function("assert", "value", "condition", "cause?: string")
def _assert(evaluation: Evaluation, value: Any, condition: Any, cause: str | None = None) -> Any:
    if condition is not True:
        raise Failure("EXTRACT_VALUE_ERROR", cause or "The assertion of the expression does not hold.")
    return value


@_function(
    "fromAi",
    "value",
    "description?: string|null",
    "type?: string|null",
    "schema?: context|null",
    "options?: context|null",
)
def _from_ai(evaluation: Evaluation, value: Any, *_: Any) -> Any:
    """Marks a value that a language model fills in; its own value stands otherwise."""
    return value


def numbers_only(evaluation: Evaluation, items: list[Any]) -> bool:
    """Whether all items are numbers; if not, a warning says so."""
    evaluation.spend(len(items))
    if all(map(is_number, items)):
        return True
    return bool(evaluation.null("expected a list of numbers"))
