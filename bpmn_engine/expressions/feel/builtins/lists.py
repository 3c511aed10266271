"""List functions (DMN 1.5, clause 10.3.4.4)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key, partial, reduce
from statistics import median
from typing import Any

from bpmn_engine.expressions.feel.builtins.registry import builtin
from bpmn_engine.expressions.feel.limits import Scope
from bpmn_engine.expressions.feel.values import Function, equal, less
from bpmn_engine.expressions.numbers import CONTEXT, finite, is_number

FUNCTIONS: dict[str, Function] = {}
_function = partial(builtin, FUNCTIONS)


def _flat(values: tuple[Any, ...]) -> list[Any]:
    """The arguments of a function that takes one list or its items."""
    return values[0] if len(values) == 1 and isinstance(values[0], list) else list(values)


def _aggregate(name: str, operation: Callable[[Scope, list[Any]], Any]) -> None:
    @_function(name, "list*")
    def _call(scope: Scope, *values: Any) -> Any:
        items = _flat(values)
        scope.evaluation.spend(len(items))
        return operation(scope, items)


def _numbers(scope: Scope, items: list[Any], operation: Callable[[list[Any]], Any]) -> Any:
    if not items or not all(map(is_number, items)):
        return scope.null("expected a list of numbers")
    return operation(items)


def _extreme(scope: Scope, items: list[Any], *, largest: bool) -> Any:
    if not items:
        return None
    best = items[0]
    for item in items[1:]:
        smaller = less(item, best)
        if smaller is None:
            return scope.null("the items cannot be compared")
        if (smaller and not largest) or (largest and less(best, item)):
            best = item
    return best


def _truth(items: list[Any], *, decisive: bool) -> bool | None:
    if any(item is decisive for item in items):
        return decisive
    return (not decisive) if all(isinstance(item, bool) for item in items) else None


def _sum(items: list[Any]) -> Any:
    return finite(reduce(CONTEXT.add, items, Decimal(0)))


_aggregate("count", lambda scope, items: len(items))
_aggregate("min", lambda scope, items: _extreme(scope, items, largest=False))
_aggregate("max", lambda scope, items: _extreme(scope, items, largest=True))
_aggregate("sum", lambda scope, items: _numbers(scope, items, _sum))
_aggregate("mean", lambda scope, items: _numbers(scope, items, lambda n: CONTEXT.divide(_sum(n), len(n))))
_aggregate("median", lambda scope, items: _numbers(scope, items, median))
_aggregate(
    "product", lambda scope, items: _numbers(scope, items, lambda n: finite(reduce(CONTEXT.multiply, n, Decimal(1))))
)
_aggregate("all", lambda scope, items: _truth(items, decisive=False))
_aggregate("any", lambda scope, items: _truth(items, decisive=True))
_aggregate("and", lambda scope, items: _truth(items, decisive=False))
_aggregate("or", lambda scope, items: _truth(items, decisive=True))


@_function("list contains", "list: list", "element")
def _contains(scope: Scope, items: list[Any], element: Any) -> bool:
    scope.evaluation.spend(len(items))
    return any(equal(item, element) is True for item in items)


@_function("append", "list: list", "item*")
def _append(scope: Scope, items: list[Any], *more: Any) -> list[Any]:
    return [*items, *more]


@_function("concatenate", "list*: list")
def _concatenate(scope: Scope, *lists: list[Any]) -> list[Any]:
    return [item for items in lists for item in items]


@_function("insert before", "list: list", "position: number", "newItem")
def _insert(scope: Scope, items: list[Any], position: Any, item: Any) -> list[Any] | None:
    index = _index(items, int(position))
    return scope.null("the position is outside the list") if index is None else [*items[:index], item, *items[index:]]


@_function("remove", "list: list", "position: number")
def _remove(scope: Scope, items: list[Any], position: Any) -> list[Any] | None:
    index = _index(items, int(position))
    return scope.null("the position is outside the list") if index is None else items[:index] + items[index + 1 :]


def _index(items: list[Any], position: int) -> int | None:
    index = position - 1 if position > 0 else len(items) + position
    return index if position and 0 <= index < len(items) else None


@_function("reverse", "list: list")
def _reverse(scope: Scope, items: list[Any]) -> list[Any]:
    return items[::-1]


@_function("index of", "list: list", "match")
def _index_of(scope: Scope, items: list[Any], match: Any) -> list[int]:
    scope.evaluation.spend(len(items))
    return [position for position, item in enumerate(items, 1) if equal(item, match) is True]


@_function("sublist", "list: list", "start position: number", "length?: number")
def _sublist(scope: Scope, items: list[Any], start: Any, length: Any = None) -> list[Any] | None:
    index = _index(items, int(start))
    if index is None:
        return scope.null("the position is outside the list")
    return items[index:] if length is None else items[index : index + int(length)]


@_function("distinct values", "list: list")
def _distinct(scope: Scope, items: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for item in items:
        scope.evaluation.spend(1 + len(kept))
        if not any(equal(item, other) is True for other in kept):
            kept.append(item)
    return kept


@_function("duplicate values", "list: list")
def _duplicates(scope: Scope, items: list[Any]) -> list[Any]:
    seen: list[Any] = []
    twice: list[Any] = []
    for item in items:
        scope.evaluation.spend(1 + len(seen))
        target = twice if any(equal(item, other) is True for other in seen) else seen
        if not any(equal(item, other) is True for other in target):
            target.append(item)
    return twice


@_function("union", "list*: list")
def _union(scope: Scope, *lists: list[Any]) -> list[Any]:
    return _distinct(scope, [item for items in lists for item in items])


@_function("flatten", "list: list")
def _flatten(scope: Scope, items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    stack = [iter(items)]
    while stack:
        for item in stack[-1]:
            scope.evaluation.spend()
            if isinstance(item, list):
                stack.append(iter(item))
                break
            flat.append(item)
        else:
            stack.pop()
    return flat


@_function("sort", "list: list", "precedes?: function")
def _sort(scope: Scope, items: list[Any], precedes: Function | None = None) -> list[Any]:
    def order(left: Any, right: Any) -> int:
        scope.evaluation.spend()
        if precedes is None:
            return -1 if less(left, right) else int(less(right, left) is True)
        return -1 if precedes.call(scope, left, right) is True else 1

    return sorted(items, key=cmp_to_key(order))


@_function("partition", "list: list", "size: number")
def _partition(scope: Scope, items: list[Any], size: Any) -> list[list[Any]] | None:
    step = int(size)
    if step < 1:
        return scope.null("'partition' needs a positive size")
    return [items[at : at + step] for at in range(0, len(items), step)]


@_function("is empty", "list: list")
def _is_empty(scope: Scope, items: list[Any]) -> bool:
    return not items
