"""for, some and every (DMN 1.5, clauses 10.3.2.13.4 and 10.3.2.13.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.compiler.base import (
    EVALUATION,
    Closure,
    Environment,
    Frame,
    compile_node,
    compiles,
)
from bpmn_engine.expressions.feel.limits import MAX_ITEMS, Evaluation, LimitExceeded
from bpmn_engine.expressions.feel.temporal import Date
from bpmn_engine.expressions.feel.values import Range, kind
from bpmn_engine.expressions.numbers import is_number

Items = Callable[[Frame], Sequence[Any] | None]
#: Puts each combination of items into the frame, one after the other.
Visits = Callable[[Frame], Iterator[None]]


class _NothingToVisitError(Exception):
    """A source of items is none; the iteration is null."""


@compiles(syntax.For)
def _for(node: syntax.For, environment: Environment) -> Closure:
    environment = environment.bind("partial")
    slot = environment.slot
    visits, inner = _visits(node.iterations, environment)
    result = compile_node(node.result, inner)

    def run(frame: Frame) -> list[Any] | None:
        built: list[Any] = []
        frame[slot] = built
        try:
            for _ in visits(frame):
                if len(built) >= MAX_ITEMS:
                    raise LimitExceeded(f"a list may have at most {MAX_ITEMS:,} items")
                built.append(result(frame))
        except _NothingToVisitError:
            return None
        return built

    return run


@compiles(syntax.Quantified)
def _quantified(node: syntax.Quantified, environment: Environment) -> Closure:
    decisive, strict = not node.every, node.strict
    if len(node.iterations) == 1 and not strict:
        return _quantified_once(node, environment)
    visits, inner = _visits(node.iterations, environment)
    condition = compile_node(node.condition, inner)

    def run(frame: Frame) -> bool | None:
        answer: bool | None = not decisive
        try:
            for _ in visits(frame):
                met = condition(frame)
                if met is decisive:
                    return decisive
                if not isinstance(met, bool):
                    if strict and met is not None:
                        return frame[EVALUATION].null("the condition is not true or false")
                    answer = None
        except _NothingToVisitError:
            return None
        return answer

    return run


def _quantified_once(node: syntax.Quantified, environment: Environment) -> Closure:
    """The usual case, one iteration."""
    (iteration,) = node.iterations
    items, inner = _items(iteration, environment), environment.bind(iteration.name)
    condition, slot, decisive = compile_node(node.condition, inner), inner.slot, not node.every

    def run(frame: Frame) -> bool | None:
        visited = items(frame)
        if visited is None:
            return None
        answer: bool | None = not decisive
        for item in visited:
            frame[slot] = item
            met = condition(frame)
            if met is decisive:
                return decisive
            if met.__class__ is not bool:
                answer = None
        return answer

    return run


def _visits(iterations: tuple[syntax.Iteration, ...], environment: Environment) -> tuple[Visits, Environment]:
    """Compile the iterations, of which the last runs fastest, and the environment inside of them."""
    first, *rest = iterations
    source = _items(first, environment)
    environment = environment.bind(first.name)
    slot = environment.slot
    inner: Visits | None = None
    if rest:
        inner, environment = _visits(tuple(rest), environment)

    def visit(frame: Frame) -> Iterator[None]:
        items = source(frame)
        if items is None:
            raise _NothingToVisitError
        for item in items:
            frame[slot] = item
            if inner is None:
                yield
            else:
                yield from inner(frame)

    return visit, environment


def _items(iteration: syntax.Iteration, environment: Environment) -> Items:
    source = compile_node(iteration.source, environment)
    if iteration.last is None:
        return lambda frame: items_of(source(frame), frame[EVALUATION])
    last = compile_node(iteration.last, environment)
    return lambda frame: _counting(source(frame), last(frame), frame[EVALUATION])


def items_of(value: Any, evaluation: Evaluation) -> Sequence[Any] | None:
    """Yield the values of an iteration: the items of a list, the numbers or days of a range, a single value."""
    if type(value) is list:
        evaluation.spend(len(value) + 1)
        return value
    if isinstance(value, Range):
        return _range(value, evaluation)
    if value is None:
        evaluation.null("there is nothing to iterate over")
        return None
    evaluation.spend()
    return (value,)


def _range(interval: Range, evaluation: Evaluation) -> Sequence[Any] | None:
    items = _counting(interval.low, interval.high, evaluation)
    if not items:
        return None
    if interval.operator == "!=":
        evaluation.null("there is no counting through everything but one value")
        return None
    first = 0 if interval.low_closed else 1
    return items[first:] if interval.high_closed else items[first : len(items) - 1]


def _number(value: Any) -> int:
    return value.days if isinstance(value, Date) else int(value)


def _counting(low: Any, high: Any, evaluation: Evaluation) -> Sequence[Any] | None:
    """The whole numbers or the days from one to another, upwards or downwards."""
    days = isinstance(low, Date) and isinstance(high, Date)
    if not days and not (is_number(low) and is_number(high) and low == int(low) and high == int(high)):
        evaluation.null(f"there is no counting from a {kind(low)} to a {kind(high)}")
        return None
    first, last = _number(low), _number(high)
    evaluation.room_for(abs(last - first) + 1)
    numbers = range(first, last + 1) if first <= last else range(first, last - 1, -1)
    return [Date.of_days(day) for day in numbers] if days else numbers
