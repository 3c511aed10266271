"""Decimal numbers of 34 digits (IEEE 754 decimal128, DMN 1.5 clause 10.3.2.3.1). An `int` is one, too."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, TypeGuard

Number = int | Decimal

#: No trap is set: overflow and division by zero give infinity or NaN, which `finite` turns into null.
CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[])


def is_number(value: Any) -> TypeGuard[Number]:
    """Whether a value is a number (true and false are not)."""
    kind = type(value)
    return kind is int or kind is Decimal


def finite(value: Decimal) -> Decimal | None:
    """The number itself, or None for infinity and NaN."""
    return value if value.is_finite() else None


def _checked(operation: Callable[[Any, Any], Decimal]) -> Callable[[Number, Number], Decimal | None]:
    return lambda left, right: finite(operation(left, right))


def _modulo(left: Number, right: Number) -> Decimal | None:
    if right == 0:
        return None
    quotient = CONTEXT.divide(left, right).to_integral_value(rounding="ROUND_FLOOR")
    return finite(CONTEXT.subtract(left, CONTEXT.multiply(right, quotient)))


#: The operators of both languages; None stands for "not a number".
ARITHMETIC: dict[str, Callable[[Number, Number], Decimal | None]] = {
    "+": _checked(CONTEXT.add),
    "-": _checked(CONTEXT.subtract),
    "*": _checked(CONTEXT.multiply),
    "/": _checked(CONTEXT.divide),
    "**": _checked(CONTEXT.power),
    "%": _modulo,
}


def text_of(number: Number) -> str:
    """The number as FEEL's string() writes it: no exponent, no trailing zeros after the point."""
    if isinstance(number, int):
        return str(number)
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def whole(value: Any) -> int | None:
    """A whole number from a number or its text; None for anything else."""
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        return int(value)
    if is_number(value) and value == int(value):
        return int(value)
    return None
