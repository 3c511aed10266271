"""Numeric and boolean functions (DMN 1.5, clauses 10.3.4.2 and 10.3.4.5)."""

from __future__ import annotations

import re
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
from bpmn_engine.expressions.feel.limits import Scope
from bpmn_engine.expressions.feel.values import Function
from bpmn_engine.expressions.numbers import ARITHMETIC, CONTEXT, finite

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)


@_function("number", "from: string|number", "grouping separator?: string", "decimal separator?: string")
def _number(scope: Scope, text: Any, grouping: str | None = None, point: str | None = None) -> Any:
    if not isinstance(text, str):
        return text
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(point, ".") if point else plain
    if not re.fullmatch(r"\s*-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*", plain):
        return scope.null(f"'{text}' is not a number")
    return finite(CONTEXT.create_decimal(plain.strip()))


def _rounding(name: str, mode: str) -> None:
    @_function(name, "n: number", "scale?: number")
    def _round(scope: Scope, value: Decimal, scale: Decimal | None = None) -> Decimal | None:
        return _quantized(scope, value, scale or 0, mode)


def _quantized(scope: Scope, value: Any, scale: Any, mode: str) -> Decimal | None:
    if not -6111 <= scale <= 6176:
        return scope.null(f"{scale} is not a number of decimal places")
    try:
        return Decimal(value).quantize(Decimal(1).scaleb(-int(scale)), rounding=mode, context=_WIDE)
    except InvalidOperation:
        return Decimal(value)


_WIDE = CONTEXT.copy()
_WIDE.traps[InvalidOperation] = True

for _name, _mode in {
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
    "round up": ROUND_UP,
    "round down": ROUND_DOWN,
    "round half up": ROUND_HALF_UP,
    "round half down": ROUND_HALF_DOWN,
    "decimal": ROUND_HALF_EVEN,
}.items():
    _rounding(_name, _mode)


@_function("abs", "n: number|days and time duration")
def _abs(scope: Scope, value: Any) -> Any:
    return abs(value)


@_function("modulo", "dividend: number", "divisor: number")
def _modulo(scope: Scope, dividend: Decimal, divisor: Decimal) -> Decimal | None:
    result = ARITHMETIC["%"](dividend, divisor)
    return result if result is not None else scope.null("'modulo' by zero")


def _unary(name: str, operation: Callable[[Any], Decimal]) -> None:
    @_function(name, "number: number")
    def _call(scope: Scope, value: Decimal) -> Decimal | None:
        result = finite(operation(value))
        return result if result is not None else scope.null(f"'{name}' of {value} is not a number")


_unary("sqrt", CONTEXT.sqrt)
_unary("log", CONTEXT.ln)
_unary("exp", CONTEXT.exp)


@_function("odd", "number: number")
def _odd(scope: Scope, value: Decimal) -> bool:
    return value % 2 in (1, -1)


@_function("even", "number: number")
def _even(scope: Scope, value: Decimal) -> bool:
    return value % 2 == 0


@_function("not", "negand")
def _not(scope: Scope, value: Any) -> bool | None:
    return not value if isinstance(value, bool) else None


@_function("is defined", "value")
def _is_defined(scope: Scope, value: Any) -> bool:
    return value is not None


@_function("get or else", "value", "default")
def _get_or_else(scope: Scope, value: Any, default: Any) -> Any:
    return default if value is None else value


@_function("assert", "value", "condition", "cause?: string")
def _assert(scope: Scope, value: Any, condition: Any, cause: str | None = None) -> Any:
    if condition is not True:
        raise Failure("EXTRACT_VALUE_ERROR", cause or "The assertion of the expression does not hold.")
    return value
