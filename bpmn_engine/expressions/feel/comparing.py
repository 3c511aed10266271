"""Comparison of two values (DMN 1.5, clause 10.3.2.13, tables 50 to 54). None stands for null: they do not compare."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bpmn_engine.expressions.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from bpmn_engine.expressions.feel.values import Function, Range, kind

#: Types whose values Python compares as FEEL does, each with its own kind.
PLAIN = frozenset((int, str, Decimal, Date, DayTimeDuration, YearMonthDuration))
_NUMBERS = frozenset((int, Decimal))


def equal(left: Any, right: Any) -> bool | None:
    """`left = right`: null if the types differ, except that anything compares with null."""
    first, second = type(left), type(right)
    if first is second and (first in PLAIN or first is bool):
        return bool(left == right)
    if left is None or right is None:
        return left is right
    if first in _NUMBERS and second in _NUMBERS:
        return bool(left == right)
    if first is not second:
        return None
    return _equal_of_kind(left, right)


def _equal_of_kind(left: Any, right: Any) -> bool | None:
    if isinstance(left, list):
        return len(left) == len(right) and all(equal(a, b) is True for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) is True for key in left)
    if isinstance(left, Time | DateTime):
        return left.instant == right.instant and _both_zoned(left, right) is not None
    if isinstance(left, Range):
        return left.operator == right.operator and same_ends(left, right)
    if isinstance(left, Function) and left is not right:
        return _same_definition(left, right)
    return True if left is right else None


def _same_definition(left: Function, right: Function) -> bool:
    """Whether two functions have the same parameters, body and scope; built-in ones are equal to themselves only."""
    first, second = left.definition, right.definition
    if first is None or second is None:
        return False
    scopes = zip(first[2], second[2], strict=True)
    return first[:2] == second[:2] and all(a is b or (type(a) in PLAIN and equal(a, b) is True) for a, b in scopes)


def same_ends(left: Range, right: Range) -> bool:
    """Whether two ranges agree in the four properties of table 65, however they are written."""
    ends = equal(left.low, right.low), equal(left.high, right.high)
    return ends == (True, True) and (left.low_closed, left.high_closed) == (right.low_closed, right.high_closed)


def _both_zoned(left: Time | DateTime, right: Time | DateTime) -> bool | None:
    """Whether both have a zone; None if only one of them has."""
    first, second = (value.zone if isinstance(value, Time) else value.time.zone for value in (left, right))
    return None if (first is None) is not (second is None) else first is not None


def less(left: Any, right: Any) -> bool | None:
    """`left < right`: null if the two have no order."""
    first, second = type(left), type(right)
    if first is second and first in PLAIN:
        return bool(left < right)
    if first in _NUMBERS and second in _NUMBERS:
        return bool(left < right)
    if first is second and isinstance(left, Time | DateTime):
        return left.instant < right.instant if _both_zoned(left, right) is not None else None
    return None


def _not_equal(left: Any, right: Any) -> bool | None:
    answer = equal(left, right)
    return None if answer is None else not answer


def at_most(left: Any, right: Any) -> bool | None:
    """`left <= right`."""
    answer = less(right, left)
    return None if answer is None else not answer


#: The comparison operators.
COMPARISONS: dict[str, Callable[[Any, Any], bool | None]] = {
    "=": equal,
    "!=": _not_equal,
    "<": less,
    ">": lambda left, right: less(right, left),
    "<=": at_most,
    ">=": lambda left, right: at_most(right, left),
}


def contains(interval: Range, value: Any) -> bool | None:
    """Whether a value lies in a range; null if it does not compare with an end."""
    if interval.operator in ("=", "!="):
        return COMPARISONS[interval.operator](value, interval.low)
    inside = True
    if interval.low is not None:
        above = at_most(interval.low, value) if interval.low_closed else less(interval.low, value)
        if above is None:
            return None
        inside = above
    if interval.high is not None:
        below = at_most(value, interval.high) if interval.high_closed else less(value, interval.high)
        if below is None:
            return None
        inside = inside and below
    return inside


def identical(left: Any, right: Any) -> bool:
    """`is(left, right)`: the same value of the same type; the zone of a time counts, not only the moment."""
    if kind(left) != kind(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(identical, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(identical(left[key], right[key]) for key in left)
    return bool(left == right)
