"""Names, paths and filters (DMN 1.5, clauses 10.3.2.2, 10.3.2.5 and 10.3.2.13.6)."""

from __future__ import annotations

from typing import Any

from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.builtins import BUILTINS
from bpmn_engine.expressions.feel.compiler.base import (
    EVALUATION,
    QUESTION,
    VARIABLES,
    Closure,
    Environment,
    Frame,
    compile_node,
    compiles,
)
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.temporal.properties import PROPERTIES
from bpmn_engine.expressions.feel.values import Range, kind
from bpmn_engine.expressions.numbers import is_number


@compiles(syntax.Name)
def _name(node: syntax.Name, environment: Environment) -> Closure:
    name = node.name
    if name == "?":
        return lambda frame: frame[QUESTION]
    view: Environment | None = environment
    filters: list[int] = []
    while view is not None and view.name != name:
        if view.item:
            filters.append(view.slot)
            if name == "item":
                break
        view = view.parent
    run = _variable(name) if view is None else _slot(view.slot)
    if view is not None and name == "partial":
        run = _partial(view.slot)
    for slot in reversed(filters):
        run = _member_first(slot, name, run)
    return run


def _slot(slot: int) -> Closure:
    return lambda frame: frame[slot]


def _partial(slot: int) -> Closure:
    """The results of an iteration so far: a copy, for the list itself still grows."""

    def run(frame: Frame) -> list[Any]:
        partial = frame[slot]
        if isinstance(partial, list):
            frame[EVALUATION].spend(len(partial))
            return partial.copy()
        return partial

    return run


def _variable(name: str) -> Closure:
    builtin = BUILTINS.get(name)

    def run(frame: Frame) -> Any:
        try:
            return frame[VARIABLES][name]
        except KeyError:
            return builtin if builtin is not None else frame[EVALUATION].null(f"there is no variable '{name}'")

    return run


def _member_first(slot: int, name: str, otherwise: Closure) -> Closure:
    """The entry of the item that is filtered if it has one, else what the name means outside."""

    def run(frame: Frame) -> Any:
        item = frame[slot]
        if type(item) is dict and name in item:
            return item[name]
        return otherwise(frame)

    return run


@compiles(syntax.Path)
def _path(node: syntax.Path, environment: Environment) -> Closure:
    name = node.name
    slot = bound(node.value, environment)
    if slot is not None:
        return _path_of_slot(slot, name)
    value = compile_node(node.value, environment)

    def run(frame: Frame) -> Any:
        found = value(frame)
        if type(found) is dict and name in found:
            return found[name]
        return member(found, name, frame[EVALUATION])

    return run


def _path_of_slot(slot: int, name: str) -> Closure:
    """`item.price` for a name that the expression binds, the usual case in iterations."""

    def run(frame: Frame) -> Any:
        found = frame[slot]
        if type(found) is dict and name in found:
            return found[name]
        return member(found, name, frame[EVALUATION])

    return run


def bound(node: syntax.Node, environment: Environment) -> int | None:
    """The slot of a name that the expression binds, if no filter comes in between."""
    view: Environment | None = environment
    while isinstance(node, syntax.Name) and view is not None and not view.item:
        if view.name == node.name:
            return view.slot if node.name != "partial" else None
        view = view.parent
    return None


def free(node: syntax.Node, environment: Environment) -> str | None:
    """The name of a variable from outside the expression, if the node is nothing but that."""
    view: Environment | None = environment
    while view is not None:
        if not isinstance(node, syntax.Name) or view.item or view.name == node.name:
            return None
        view = view.parent
    return node.name if isinstance(node, syntax.Name) and node.name != "?" else None


_RANGE = {
    "start": lambda value: value.low,
    "end": lambda value: value.high,
    "start included": lambda value: value.low_closed,
    "end included": lambda value: value.high_closed,
}


def member(value: Any, name: str, evaluation: Evaluation) -> Any:
    """An entry of a context, of each context of a list, or a property of a temporal value or a range."""
    if isinstance(value, dict):
        return value[name] if name in value else evaluation.null(f"the context has no entry '{name}'")
    if isinstance(value, list):
        evaluation.room_for(len(value))
        return [member(item, name, evaluation) for item in value]
    properties = _RANGE if isinstance(value, Range) else PROPERTIES.get(type(value), {})
    if name in properties:
        return properties[name](value)
    return evaluation.null(f"a {kind(value)} has no property '{name}'")


@compiles(syntax.Filter)
def _filter(node: syntax.Filter, environment: Environment) -> Closure:
    value = compile_node(node.value, environment)
    inner = environment.filter()
    condition, slot = compile_node(node.condition, inner), inner.slot
    strict = node.strict
    if isinstance(node.condition, syntax.Literal) and is_number(node.condition.value) and not strict:
        index = node.condition.value
        return lambda frame: _at(_list(value(frame)), index, frame[EVALUATION])

    def run(frame: Frame) -> Any:
        return _filtered(_list(value(frame)), condition, slot, frame, strict=strict)

    return run


def _list(value: Any) -> list[Any]:
    """A filter sees a single value as a list of it, and null as an empty one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _filtered(items: list[Any], condition: Closure, slot: int, frame: Frame, *, strict: bool) -> Any:
    """The items for which a condition is true, or the one at the position that it gives."""
    frame[EVALUATION].spend(len(items) + 1)
    kept = []
    for item in items:
        frame[slot] = item
        answer = condition(frame)
        if answer is True:
            kept.append(item)
        elif strict and answer is not False and answer is not None:
            return frame[EVALUATION].null("the condition of the filter is not true or false")
        elif is_number(answer):
            return _at(items, answer, frame[EVALUATION])
    return kept


def _at(items: list[Any], position: Any, evaluation: Evaluation) -> Any:
    """The item at a position, from 1 at the front or from -1 at the end."""
    index = int(position)
    if 1 <= index <= len(items):
        return items[index - 1]
    if -len(items) <= index <= -1:
        return items[index]
    return evaluation.null(f"the list has no item {index}")
