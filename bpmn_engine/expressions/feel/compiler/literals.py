"""Literals, lists, contexts, ranges and function definitions (DMN 1.5, clauses 10.3.2.6, 10.3.2.7 and 10.3.2.13.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.comparing import less
from bpmn_engine.expressions.feel.compiler.base import (
    EVALUATION,
    VARIABLES,
    Closure,
    Environment,
    Frame,
    compile_node,
    compiles,
)
from bpmn_engine.expressions.feel.compiler.testing import parts_of
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.values import Function, Parameter, Range, Signature, kind, range_of_operator

#: What ranges and comparisons are made of.
_ORDERED = frozenset(
    (
        "number",
        "string",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    )
)


@compiles(syntax.Literal)
def _literal(node: syntax.Literal, environment: Environment) -> Closure:
    value = node.value
    return lambda frame: value


@compiles(syntax.ListOf)
def _list(node: syntax.ListOf, environment: Environment) -> Closure:
    if all(isinstance(item, syntax.Literal) for item in node.items):
        constant = [item.value for item in node.items if isinstance(item, syntax.Literal)]
        return lambda frame: constant
    items = [compile_node(item, environment) for item in node.items]
    return lambda frame: [item(frame) for item in items]


@compiles(syntax.ContextOf)
def _context(node: syntax.ContextOf, environment: Environment) -> Closure:
    entries: list[tuple[str, int, Closure, bool]] = []
    for name, value in node.entries:
        inner = environment.bind(name)
        recursive = isinstance(value, syntax.FunctionOf)
        entries.append((name, inner.slot, compile_node(value, inner if recursive else environment), recursive))
        environment = inner

    def run(frame: Frame) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for name, slot, value, recursive in entries:
            found = value(frame)
            built[name] = frame[slot] = found
            if recursive and found is not None:
                found.signatures[0].run.captured[slot] = found  # a function of a context can call itself
        return built

    return run


@compiles(syntax.RangeOf)
def _range(node: syntax.RangeOf, environment: Environment) -> Closure:
    low, high = compile_node(node.low, environment), compile_node(node.high, environment)
    low_closed, high_closed = node.low_closed, node.high_closed
    if isinstance(node.low, syntax.Literal) and isinstance(node.high, syntax.Literal):
        constant = range_of(node.low.value, node.high.value, low_closed, high_closed, None)
        if constant is not None:
            return lambda frame: constant
    return lambda frame: range_of(low(frame), high(frame), low_closed, high_closed, frame[EVALUATION])


def range_of(low: Any, high: Any, low_closed: bool, high_closed: bool, evaluation: Evaluation | None) -> Range | None:
    """A range; null unless both ends are values of one kind with an order, the lower one first."""
    if kind(low) != kind(high) or kind(low) not in _ORDERED:
        return _none(f"there is no range from a {kind(low)} to a {kind(high)}", evaluation)
    if less(high, low):
        return _none("the end of the range lies before its start", evaluation)
    return Range(low, high, low_closed, high_closed)


def _none(why: str, evaluation: Evaluation | None) -> Any:
    return evaluation.null(why) if evaluation is not None else None


@compiles(syntax.Comparison)
def _open_range(node: syntax.Comparison, environment: Environment) -> Closure:
    """`(< 10)` as a value: a range that keeps its operator, and has the properties of table 65."""
    limit, operator = compile_node(node.value, environment), node.op
    return lambda frame: range_with(operator, limit(frame), frame[EVALUATION])


def range_with(operator: str, limit: Any, evaluation: Evaluation) -> Range | None:
    """The range of an operator and its only end; null unless the operator can compare with that."""
    if kind(limit) not in _ORDERED and (operator not in ("=", "!=") or limit is None):
        return evaluation.null(f"a {kind(limit)} cannot be the end of a range")
    return range_of_operator(operator, limit)


class _Body:
    """Compile the body of a user-defined function."""

    __slots__ = ("body", "captured", "slots")

    def __init__(self, body: Closure, slots: list[int], captured: Frame) -> None:
        self.body, self.slots, self.captured = body, slots, captured

    def __call__(self, evaluation: Evaluation, *arguments: Any) -> Any:
        frame = self.captured.copy()
        frame[EVALUATION] = evaluation
        for slot, value in zip(self.slots, arguments, strict=True):
            frame[slot] = value
        evaluation.enter()
        try:
            return self.body(frame)
        finally:
            evaluation.leave()


@compiles(syntax.FunctionOf)
def _function(node: syntax.FunctionOf, environment: Environment) -> Closure:
    if node.body is None:
        return lambda frame: frame[EVALUATION].null("functions of other languages are not supported")
    slots, outside = [], environment
    for name, _ in node.parameters:
        environment = environment.bind(name)
        slots.append(environment.slot)
    body = compile_node(node.body, environment)
    parameters = tuple(Parameter(name, declared) for name, declared in node.parameters)
    text, scope = repr(node.body), _scope(node.body, node.parameters, outside)

    def run(frame: Frame) -> Function:
        definition = (parameters, text, scope(frame))
        return Function("the function", (Signature(parameters, _Body(body, slots, frame.copy())),), None, definition)

    return run


def _scope(
    body: syntax.Node, parameters: tuple[tuple[str, Any], ...], environment: Environment
) -> Callable[[Frame], list[Any]]:
    """What the names in a function's body that are not its parameters stand for where it is defined."""
    own = {name for name, _ in parameters}
    free = sorted({part.name for part in parts_of(body) if isinstance(part, syntax.Name)} - own)
    slots = [(name, _slot_of(name, environment)) for name in free]
    return lambda frame: [frame[slot] if slot else frame[VARIABLES].get(name) for name, slot in slots]


def _slot_of(name: str, environment: Environment) -> int:
    """The slot of a name; 0 if the expression does not bind it."""
    view: Environment | None = environment
    while view is not None and view.name != name:
        view = view.parent
    return view.slot if view is not None else 0
