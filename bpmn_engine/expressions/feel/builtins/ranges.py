"""Range functions: how points and intervals lie to each other (DMN 1.5, clause 10.3.4.9, table 78), and range()."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.builtins import temporal
from bpmn_engine.expressions.feel.builtins.registry import builtin
from bpmn_engine.expressions.feel.comparing import contains, equal, less
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.parser import parse_expression
from bpmn_engine.expressions.feel.values import Function, Range, kind, range_of_operator

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)

Relation = Callable[[Any, Any], bool | None]


def _relation(name: str, first: str, second: str) -> Callable[[Relation], Relation]:
    """Declare a relation; its parameters are points or ranges, named as the standard does."""

    def register(relation: Relation) -> Relation:
        def run(evaluation: Evaluation, left: Any, right: Any) -> bool | None:
            answer = relation(_bounded(left), _bounded(right))
            return answer if answer is not None else evaluation.null(f"'{name}' cannot compare these values")

        builtin(FUNCTIONS, name, _declared(first), _declared(second))(run)
        return relation

    return register


def _declared(name: str) -> str:
    return f"{name}: range" if name.startswith("range") else f"{name}: {_POINTS}"


_POINTS = "number|string|date|time|date and time|days and time duration|years and months duration"


class _Endless:
    """The end that a range such as `(< 10)` does not have: before, or after, every value."""


_FIRST, _LAST = _Endless(), _Endless()


def _bounded(value: Any) -> Any:
    """A point, or a range with both ends."""
    if not isinstance(value, Range) or value.operator[:1] not in ("<", ">"):
        return value
    low, high = (_FIRST, value.high) if value.low is None else (value.low, _LAST)
    return replace(value, low=low, high=high)


def _less(a: Any, b: Any) -> bool | None:
    if isinstance(a, _Endless) or isinstance(b, _Endless):
        return a is not b and (a is _FIRST or b is _LAST)
    return less(a, b)


def _contains(interval: Range, point: Any) -> bool | None:
    low, high = (None if isinstance(end, _Endless) else end for end in (interval.low, interval.high))
    return contains(replace(interval, low=low, high=high), point)


def _both(*answers: bool | None) -> bool | None:
    """All of them; None if one is none."""
    return None if None in answers else all(answers)


def _either(*answers: bool | None) -> bool | None:
    return None if None in answers else any(answers)


@_relation("before", "point1", "point2")
def _point_before(a: Any, b: Any) -> bool | None:
    return _less(a, b)


@_relation("before", "point", "range")
def _point_before_range(point: Any, interval: Range) -> bool | None:
    return _either(_less(point, interval.low), not interval.low_closed and _same(point, interval.low))


@_relation("before", "range", "point")
def _range_before_point(interval: Range, point: Any) -> bool | None:
    return _either(_less(interval.high, point), not interval.high_closed and _same(interval.high, point))


@_relation("before", "range1", "range2")
def _before(a: Range, b: Range) -> bool | None:
    return _either(_less(a.high, b.low), not (a.high_closed and b.low_closed) and _same(a.high, b.low))


@_relation("after", "point1", "point2")
def _point_after(a: Any, b: Any) -> bool | None:
    return _less(b, a)


@_relation("after", "point", "range")
def _point_after_range(point: Any, interval: Range) -> bool | None:
    return _range_before_point(interval, point)


@_relation("after", "range", "point")
def _range_after_point(interval: Range, point: Any) -> bool | None:
    return _point_before_range(point, interval)


@_relation("after", "range1", "range2")
def _after(a: Range, b: Range) -> bool | None:
    return _before(b, a)


@_relation("meets", "range1", "range2")
def _meets(a: Range, b: Range) -> bool | None:
    return _both(a.high_closed and b.low_closed, _same(a.high, b.low))


@_relation("met by", "range1", "range2")
def _met_by(a: Range, b: Range) -> bool | None:
    return _meets(b, a)


@_relation("overlaps", "range1", "range2")
def _overlaps(a: Range, b: Range) -> bool | None:
    reaches = _either(_less(b.low, a.high), a.high_closed and b.low_closed and _same(a.high, b.low))
    begins = _either(_less(a.low, b.high), a.low_closed and b.high_closed and _same(a.low, b.high))
    return _both(reaches, begins)


@_relation("overlaps before", "range1", "range2")
def _overlaps_before(a: Range, b: Range) -> bool | None:
    begins = _either(_less(a.low, b.low), a.low_closed and not b.low_closed and _same(a.low, b.low))
    reaches = _either(_less(b.low, a.high), a.high_closed and b.low_closed and _same(a.high, b.low))
    ends = _either(_less(a.high, b.high), (not a.high_closed or b.high_closed) and _same(a.high, b.high))
    return _both(begins, reaches, ends)


@_relation("overlaps after", "range1", "range2")
def _overlaps_after(a: Range, b: Range) -> bool | None:
    begins = _either(_less(b.low, a.low), b.low_closed and not a.low_closed and _same(a.low, b.low))
    reaches = _either(_less(a.low, b.high), a.low_closed and b.high_closed and _same(a.low, b.high))
    ends = _either(_less(b.high, a.high), (a.high_closed or not b.high_closed) and _same(a.high, b.high))
    return _both(begins, reaches, ends)


@_relation("finishes", "point", "range")
def _point_finishes(point: Any, interval: Range) -> bool | None:
    return _both(interval.high_closed, _same(point, interval.high))


@_relation("finishes", "range1", "range2")
def _finishes(a: Range, b: Range) -> bool | None:
    begins = _either(_less(b.low, a.low), (not a.low_closed or b.low_closed) and _same(a.low, b.low))
    return _both(a.high_closed is b.high_closed, _same(a.high, b.high), begins)


@_relation("finished by", "range", "point")
def _finished_by_point(interval: Range, point: Any) -> bool | None:
    return _point_finishes(point, interval)


@_relation("finished by", "range1", "range2")
def _finished_by(a: Range, b: Range) -> bool | None:
    return _finishes(b, a)


@_relation("includes", "range", "point")
def _includes_point(interval: Range, point: Any) -> bool | None:
    return _contains(interval, point)


@_relation("includes", "range1", "range2")
def _includes(a: Range, b: Range) -> bool | None:
    begins = _either(_less(a.low, b.low), (a.low_closed or not b.low_closed) and _same(a.low, b.low))
    ends = _either(_less(b.high, a.high), (a.high_closed or not b.high_closed) and _same(a.high, b.high))
    return _both(begins, ends)


@_relation("during", "point", "range")
def _point_during(point: Any, interval: Range) -> bool | None:
    return _contains(interval, point)


@_relation("during", "range1", "range2")
def _during(a: Range, b: Range) -> bool | None:
    return _includes(b, a)


@_relation("starts", "point", "range")
def _point_starts(point: Any, interval: Range) -> bool | None:
    return _both(interval.low_closed, _same(point, interval.low))


@_relation("starts", "range1", "range2")
def _starts(a: Range, b: Range) -> bool | None:
    ends = _either(_less(a.high, b.high), (not a.high_closed or b.high_closed) and _same(a.high, b.high))
    return _both(a.low_closed is b.low_closed, _same(a.low, b.low), ends)


@_relation("started by", "range", "point")
def _started_by_point(interval: Range, point: Any) -> bool | None:
    return _point_starts(point, interval)


@_relation("started by", "range1", "range2")
def _started_by(a: Range, b: Range) -> bool | None:
    return _starts(b, a)


@_relation("coincides", "point1", "point2")
def _same(a: Any, b: Any) -> bool | None:
    if isinstance(a, _Endless) or isinstance(b, _Endless):
        return a is b
    return equal(a, b) if a is not None and b is not None else None


@_relation("coincides", "range1", "range2")
def _coincides(a: Range, b: Range) -> bool | None:
    ends = _same(a.low, b.low), _same(a.high, b.high)
    return _both(*ends, (a.low_closed, a.high_closed) == (b.low_closed, b.high_closed))


#: Functions that may write an end of a range's text.
_LITERALS = {"date": temporal.FUNCTIONS["date"], "time": temporal.FUNCTIONS["time"]} | {
    name: temporal.FUNCTIONS[name] for name in ("date and time", "duration")
}


@_function("range", "from: string")
def _range(evaluation: Evaluation, text: str) -> Range | None:
    """Parse the range in a string such as `[1..3]`; its ends are literals, the lower one first, or one is missing."""
    text = text.strip()
    operator, limit = _one_ended(text)
    try:
        node = parse_expression(limit if operator else text)
    except InvalidExpression as error:
        return evaluation.null(f"'{text[:40]}' is not a range: {error}")
    if operator:
        end = _end(evaluation, node)
        if kind(end) in _POINTS.split("|"):
            return range_of_operator(operator, end)
    if operator or not isinstance(node, syntax.RangeOf):
        return evaluation.null(f"'{text[:40]}' is not a range such as [1..3]")
    low, high = _end(evaluation, node.low), _end(evaluation, node.high)
    if less(low, high) is None or less(high, low):
        return evaluation.null(f"'{text[:40]}' does not lead from one literal to another of its kind")
    return Range(low, high, node.low_closed, node.high_closed)


def _one_ended(text: str) -> tuple[str, str]:
    """The operator that a range such as `(..3]` stands for, and its end; nothing if it has two (rules 66b and 66c)."""
    opening, inner, closing = text[:1], text[1:-1].strip(), text[-1:]
    if inner.startswith("..") and opening in ("(", "]") and closing in (")", "[", "]"):
        return "<=" if closing == "]" else "<", inner[2:]
    if inner.endswith("..") and opening in ("(", "]", "[") and closing in (")", "["):
        return ">=" if opening == "[" else ">", inner[:-2]
    return "", ""


def _end(evaluation: Evaluation, node: syntax.Node) -> Any:
    if isinstance(node, syntax.Literal):
        return node.value
    if (
        isinstance(node, syntax.FunctionCall)
        and isinstance(node.function, syntax.Name)
        and node.function.name in _LITERALS
    ):
        arguments = [part.value for part in node.positional if isinstance(part, syntax.Literal)]
        if len(arguments) == len(node.positional) == 1 and isinstance(arguments[0], str):
            return _LITERALS[node.function.name].signatures[0].run(evaluation, arguments[0])
    return None
