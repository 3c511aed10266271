"""List functions (DMN 1.5, clause 10.3.4.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cmp_to_key, partial, reduce
from typing import Any

from bpmn_engine.expressions.feel.builtins.numbers import numbers_only
from bpmn_engine.expressions.feel.builtins.registry import builtin
from bpmn_engine.expressions.feel.comparing import PLAIN, equal, less
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.temporal import DayTimeDuration, YearMonthDuration
from bpmn_engine.expressions.feel.values import Function
from bpmn_engine.expressions.numbers import CONTEXT, Number, finite, is_number

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)


def _aggregate(name: str, operation: Callable[[Evaluation, list[Any]], Any]) -> None:
    """A function that takes a list, or its items one by one."""

    def of_list(evaluation: Evaluation, items: list[Any]) -> Any:
        evaluation.spend(len(items))
        return operation(evaluation, items)

    def of_items(evaluation: Evaluation, *items: Any) -> Any:
        return operation(evaluation, list(items)) if items else evaluation.null(f"'{name}' needs a list")

    builtin(FUNCTIONS, name, "list: list")(of_list)
    builtin(FUNCTIONS, name, "first", "second", "more*")(of_items)


def _extreme(evaluation: Evaluation, items: list[Any], *, largest: bool) -> Any:
    if not items:
        return None
    best = items[0]
    if best is None or less(best, best) is None:
        return evaluation.null("the items have no order")
    for item in items[1:]:
        smaller = less(item, best)
        if smaller is None:
            return evaluation.null("the items cannot be compared with each other")
        if (less(best, item) if largest else smaller) is True:
            best = item
    return best


def _truth(evaluation: Evaluation, items: list[Any], *, decisive: bool) -> bool | None:
    if any(item is decisive for item in items):
        clean = all(item is None or isinstance(item, bool) for item in items)
        return decisive if clean else evaluation.null("expected a list of booleans")
    if all(isinstance(item, bool) for item in items):
        return not decisive
    return evaluation.null("not all of the items are true or false")


def _sum(evaluation: Evaluation, items: list[Any]) -> Any:
    """The sum of numbers, or of durations of one kind."""
    if not items:
        return None
    if isinstance(items[0], DayTimeDuration) and all(isinstance(item, DayTimeDuration) for item in items):
        return DayTimeDuration(sum(item.nanos for item in items))
    if isinstance(items[0], YearMonthDuration) and all(isinstance(item, YearMonthDuration) for item in items):
        return YearMonthDuration(sum(item.months for item in items))
    return finite(_total(items)) if numbers_only(evaluation, items) else None


def _total(items: Iterable[Any]) -> Decimal:
    return reduce(CONTEXT.add, items, Decimal(0))


def _mean(evaluation: Evaluation, items: list[Any]) -> Any:
    if not items or not numbers_only(evaluation, items):
        return None
    return finite(CONTEXT.divide(_total(items), len(items)))


def _product(evaluation: Evaluation, items: list[Any]) -> Any:
    if not items or not numbers_only(evaluation, items):
        return None
    return finite(reduce(CONTEXT.multiply, items, Decimal(1)))


def _median(evaluation: Evaluation, items: list[Any]) -> Any:
    if not items or not numbers_only(evaluation, items):
        return None
    ordered, middle = sorted(items), len(items) // 2
    if len(items) % 2:
        return ordered[middle]
    return finite(CONTEXT.divide(CONTEXT.add(ordered[middle - 1], ordered[middle]), 2))


def _mode(evaluation: Evaluation, items: list[Any]) -> Any:
    if not numbers_only(evaluation, items):
        return None
    counts: dict[Any, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(item for item, count in counts.items() if count == most)


def _stddev(evaluation: Evaluation, items: list[Any]) -> Any:
    """Of a sample: the sum of squares is divided by n - 1."""
    if len(items) < 2 or not numbers_only(evaluation, items):
        return evaluation.null("'stddev' needs two numbers or more")
    mean = CONTEXT.divide(_total(items), len(items))
    squares = (CONTEXT.power(CONTEXT.subtract(item, mean), 2) for item in items)
    return finite(CONTEXT.sqrt(CONTEXT.divide(_total(squares), len(items) - 1)))


_aggregate("count", lambda evaluation, items: len(items))
_aggregate("min", partial(_extreme, largest=False))
_aggregate("max", partial(_extreme, largest=True))
_aggregate("sum", _sum)
_aggregate("mean", _mean)
_aggregate("product", _product)
_aggregate("median", _median)
_aggregate("mode", _mode)
_aggregate("stddev", _stddev)
for _name, _decisive in {"all": False, "and": False, "any": True, "or": True}.items():
    _aggregate(_name, partial(_truth, decisive=_decisive))


@_function("list contains", "list: list", "element")
def _contains(evaluation: Evaluation, items: list[Any], element: Any) -> bool:
    evaluation.spend(len(items))
    if type(element) is str:  # nothing else equals a string, so Python may search
        return element in items
    if isinstance(element, list | dict):
        evaluation.weigh(items)
    return any(equal(item, element) is True for item in items)


@_function("append", "list: list", "item*")
def _append(evaluation: Evaluation, items: list[Any], *more: Any) -> list[Any] | None:
    evaluation.room_for(len(items) + len(more))
    return [*items, *more]


@_function("concatenate", "list*: list")
def _concatenate(evaluation: Evaluation, *lists: list[Any]) -> list[Any] | None:
    if not lists:
        return evaluation.null("'concatenate' needs a list")
    evaluation.room_for(sum(map(len, lists)))
    return [item for items in lists for item in items]


@_function("insert before", "list: list", "position: number", "newItem")
def _insert(evaluation: Evaluation, items: list[Any], position: Number, item: Any) -> list[Any] | None:
    index = _index(evaluation, items, position)
    return None if index is None else [*items[:index], item, *items[index:]]


@_function("remove", "list: list", "position: number")
def _remove(evaluation: Evaluation, items: list[Any], position: Number) -> list[Any] | None:
    index = _index(evaluation, items, position)
    return None if index is None else items[:index] + items[index + 1 :]


@_function("list replace", "list: list", "position: number", "newItem")
def _replace(evaluation: Evaluation, items: list[Any], position: Number, item: Any) -> list[Any] | None:
    index = _index(evaluation, items, position)
    return None if index is None else [*items[:index], item, *items[index + 1 :]]


@_function("list replace", "list: list", "match: function", "newItem")
def _replace_matching(evaluation: Evaluation, items: list[Any], match: Function, new: Any) -> list[Any] | None:
    answers = [_answer(evaluation, match, item, new) for item in items]
    if not all(isinstance(answer, bool) for answer in answers):
        return evaluation.null("'list replace' needs a function of two parameters that gives true or false")
    return [new if answer else item for item, answer in zip(items, answers, strict=True)]


def _answer(evaluation: Evaluation, function: Function, first: Any, second: Any) -> Any:
    signature = next((found for found in function.signatures if found.takes(2)), None)
    return signature.run(evaluation, first, second) if signature else None


def _index(evaluation: Evaluation, items: list[Any], position: Number) -> int | None:
    """The index of a position from 1, or from -1 at the end; null outside the list."""
    evaluation.spend(len(items))
    whole = int(position)
    index = whole - 1 if whole > 0 else len(items) + whole
    if whole and 0 <= index < len(items):
        return index
    return evaluation.null(f"the list has no position {position}")


@_function("reverse", "list: list")
def _reverse(evaluation: Evaluation, items: list[Any]) -> list[Any]:
    evaluation.spend(len(items))
    return items[::-1]


@_function("index of", "list: list", "match")
def _index_of(evaluation: Evaluation, items: list[Any], match: Any) -> list[int]:
    evaluation.spend(len(items))
    if isinstance(match, list | dict):
        evaluation.weigh(items)
    return [position for position, item in enumerate(items, 1) if equal(item, match) is True]


@_function("sublist", "list: list", "start position: number", "length?: number")
def _sublist(evaluation: Evaluation, items: list[Any], start: Number, length: Number | None = None) -> Any:
    index = _index(evaluation, items, start)
    if index is None:
        return None
    if length is None:
        return items[index:]
    end = index + int(length)
    if length < 1 or end > len(items):
        return evaluation.null("the sublist ends outside the list")
    return items[index:end]


class _Seen:
    """Values that were met; the usual kinds are found by their hash."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.plain: set[tuple[str, Any]] = set()
        self.others: list[Any] = []

    def add(self, value: Any) -> bool:
        """Add a value; whether it is new."""
        self.evaluation.spend()
        if type(value) in PLAIN or isinstance(value, bool) or value is None:
            key = ("number" if is_number(value) else type(value).__name__, value)
            new = key not in self.plain
            self.plain.add(key)
            return new
        self.evaluation.spend(self.evaluation.weigh(value) * len(self.others))
        if any(equal(value, other) is True for other in self.others):
            return False
        self.others.append(value)
        return True


@_function("distinct values", "list: list")
def _distinct(evaluation: Evaluation, items: list[Any]) -> list[Any]:
    seen = _Seen(evaluation)
    return [item for item in items if seen.add(item)]


@_function("duplicate values", "list: list")
def _duplicates(evaluation: Evaluation, items: list[Any]) -> list[Any]:
    """The values that occur twice or more, in the order in which they occur first."""
    seen, twice = _Seen(evaluation), _Seen(evaluation)
    for item in items:
        if not seen.add(item):
            twice.add(item)
    unique = _Seen(evaluation)
    return [item for item in items if unique.add(item) and not twice.add(item)]


@_function("union", "list*: list")
def _union(evaluation: Evaluation, *lists: list[Any]) -> list[Any] | None:
    joined = _concatenate(evaluation, *lists)
    return None if joined is None else _distinct(evaluation, joined)


@_function("flatten", "list: list")
def _flatten(evaluation: Evaluation, items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    stack = [iter(items)]
    while stack:
        for item in stack[-1]:
            evaluation.spend()
            if isinstance(item, list):
                stack.append(iter(item))
                break
            flat.append(item)
        else:
            stack.pop()
    return flat


@_function("sort", "list: list", "precedes?: function")
def _sort(evaluation: Evaluation, items: list[Any], precedes: Function | None = None) -> list[Any] | None:
    if precedes is None:
        return _sorted_by(evaluation, items, less)
    if not any(signature.takes(2) for signature in precedes.signatures):
        return evaluation.null("'sort' needs a function of two parameters")
    return _sorted_by(evaluation, items, lambda left, right: _answer(evaluation, precedes, left, right))


class _NoOrderError(Exception):
    pass


def _sorted_by(evaluation: Evaluation, items: list[Any], before: Callable[[Any, Any], Any]) -> list[Any] | None:
    def order(left: Any, right: Any) -> int:
        evaluation.spend()
        first = before(left, right)
        if not isinstance(first, bool):
            raise _NoOrderError
        return -1 if first else int(before(right, left) is True)

    try:
        return sorted(items, key=cmp_to_key(order))
    except _NoOrderError:
        return evaluation.null("the items have no order")


@_function("partition", "list: list", "size: number")
def _partition(evaluation: Evaluation, items: list[Any], size: Number) -> list[list[Any]] | None:
    step = int(size)
    if step < 1:
        return evaluation.null("'partition' needs a positive size")
    evaluation.spend(len(items))
    return [items[at : at + step] for at in range(0, len(items), step)]


@_function("is empty", "list: list")
def _is_empty(evaluation: Evaluation, items: list[Any]) -> bool:
    return not items
