"""`in` and unary tests (DMN 1.5, clause 10.3.2.13.7 and table 55)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.comparing import COMPARISONS, contains, equal
from bpmn_engine.expressions.feel.compiler.base import (
    EVALUATION,
    QUESTION,
    Closure,
    Environment,
    Frame,
    compile_node,
    compiles,
)
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.values import Range

#: Expressions that are true or false; where they are null, nothing is said, so a value that is null does not equal it.
_CONDITIONS = (syntax.Logic, syntax.Between, syntax.In, syntax.InstanceOf, syntax.Quantified)

#: Whether a value passes; None if that cannot be said.
Test = Callable[[Frame, Any], bool | None]


@compiles(syntax.In)
def _in(node: syntax.In, environment: Environment) -> Closure:
    value = compile_node(node.value, environment)
    tests = [_test(test, environment) for test in node.tests]

    def run(frame: Frame) -> bool | None:
        return _any(tests, frame, value(frame))

    return run


@compiles(syntax.Tests)
def _tests(node: syntax.Tests, environment: Environment) -> Closure:
    """The tests of a cell look at `?`; a test whose result is null is not passed."""
    tests = [_test(test, environment) for test in node.tests]
    if not tests:
        return lambda frame: True
    if node.negated:
        return lambda frame: _any(tests, frame, frame[QUESTION]) is not True
    return lambda frame: _any(tests, frame, frame[QUESTION]) is True


def _any(tests: list[Test], frame: Frame, value: Any) -> bool | None:
    answer: bool | None = False
    for test in tests:
        passed = test(frame, value)
        if passed is True:
            return True
        if passed is None:
            answer = None
    return answer


def _test(node: syntax.Node, environment: Environment) -> Test:
    """A comparison; an expression with `?` that is true; or what the value equals, lies in or is an element of."""
    if isinstance(node, syntax.Comparison):
        limit, compare = compile_node(node.value, environment), COMPARISONS[node.op]
        return lambda frame, value: compare(value, limit(frame))
    run = compile_node(node, environment)
    if mentions(node, "?"):
        return lambda frame, value: _asked(run, frame, value)
    if isinstance(node, syntax.RangeOf):
        return lambda frame, value: _lies_in(run(frame), value)
    truth = not isinstance(node, syntax.Literal)
    condition = isinstance(node, _CONDITIONS) or (isinstance(node, syntax.Binary) and node.op in COMPARISONS)

    def test(frame: Frame, value: Any) -> bool | None:
        answer = run(frame)
        if answer is True and truth and not isinstance(value, bool):
            return True
        if answer is None and condition:
            return None
        return meets(value, answer, frame[EVALUATION])

    return test


def _asked(run: Closure, frame: Frame, value: Any) -> bool | None:
    before, frame[QUESTION] = frame[QUESTION], value
    try:
        answer = run(frame)
    finally:
        frame[QUESTION] = before
    return answer if isinstance(answer, bool) else None


def _lies_in(interval: Range | None, value: Any) -> bool | None:
    return None if interval is None else contains(interval, value)


def meets(value: Any, answer: Any, evaluation: Evaluation) -> bool | None:
    """Whether a value equals another, lies in a range, or meets an item of a list."""
    if isinstance(value, list | dict):
        evaluation.weigh(answer)
    if isinstance(answer, Range):
        return contains(answer, value)
    if isinstance(answer, list):
        evaluation.spend(len(answer) + 1)
        if isinstance(value, list) and equal(value, answer) is True:
            return True
        return any(_element(value, item) for item in answer)
    return equal(value, answer)


def _element(value: Any, item: Any) -> bool:
    if isinstance(item, Range) and not isinstance(value, Range):
        return contains(item, value) is True
    return equal(value, item) is True


def mentions(node: syntax.Node, name: str) -> bool:
    """Whether an expression uses a name."""
    return any(isinstance(part, syntax.Name) and part.name == name for part in parts_of(node))


def parts_of(node: syntax.Node) -> Iterator[syntax.Node]:
    """A node and all nodes inside of it."""
    stack: list[Any] = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, syntax.Node):
            yield part
            stack.extend(getattr(part, field.name) for field in fields(part))
        elif isinstance(part, tuple):
            stack.extend(part)
