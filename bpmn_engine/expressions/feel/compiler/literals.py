"""Literals, lists, contexts, ranges and function definitions (DMN 1.5, clauses 10.3.2.6, 10.3.2.7 and 10.3.2.13.3)."""

from __future__ import annotations

from typing import Any

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.compiler.base import (
    EVALUATION,
    Closure,
    Environment,
    Frame,
    compile_node,
    compiles,
)
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.values import Function, Parameter, Range, Signature, kind

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
    return lambda frame: range_of(low(frame), high(frame), low_closed, high_closed, frame[EVALUATION])


def range_of(low: Any, high: Any, low_closed: bool, high_closed: bool, evaluation: Evaluation) -> Range | None:
    """A range; null unless both ends are values of one kind with an order."""
    if kind(low) != kind(high) or kind(low) not in _ORDERED:
        return evaluation.null(f"there is no range from a {kind(low)} to a {kind(high)}")
    return Range(low, high, low_closed, high_closed)


@compiles(syntax.Comparison)
def _open_range(node: syntax.Comparison, environment: Environment) -> Closure:
    """`(< 10)` as a value: a range with one open end."""
    limit = compile_node(node.value, environment)
    closed = "=" in node.op
    if node.op == "!=":
        raise InvalidExpression("'!=' needs a value on its left", node.op)
    if node.op == "=":
        return lambda frame: _half(limit(frame), Range(limit(frame), limit(frame)), frame)
    if node.op.startswith("<"):
        return lambda frame: _half(limit(frame), Range(None, limit(frame), low_closed=False, high_closed=closed), frame)
    return lambda frame: _half(limit(frame), Range(limit(frame), None, low_closed=closed, high_closed=False), frame)


def _half(limit: Any, whole: Range, frame: Frame) -> Range | None:
    if kind(limit) not in _ORDERED:
        return frame[EVALUATION].null(f"a {kind(limit)} cannot be the end of a range")
    return whole


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
    slots = []
    for name, _ in node.parameters:
        environment = environment.bind(name)
        slots.append(environment.slot)
    body = compile_node(node.body, environment)
    parameters = tuple(Parameter(name, declared) for name, declared in node.parameters)
    return lambda frame: Function("the function", (Signature(parameters, _Body(body, slots, frame.copy())),))
