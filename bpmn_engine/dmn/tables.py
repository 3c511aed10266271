"""Decision tables: matching rules and their outputs (DMN 1.5, chapter 8).

The rules that a column leaves are a set of bits. A cell that occurs in many rules is tested once. Cells that compare
with constants are not tested at all but looked up: between two neighbouring constants every value passes the same
cells. So a thousand rules cost little more than ten.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from bpmn_engine.dmn.hit_policies import LISTS, AmbiguousHit, Hit, aggregated, chosen
from bpmn_engine.dmn.item_types import ItemType, received, stored
from bpmn_engine.errors import Failure
from bpmn_engine.expressions.feel import syntax
from bpmn_engine.expressions.feel.comparing import PLAIN, equal
from bpmn_engine.expressions.feel.compiler.base import (
    EVALUATION,
    QUESTION,
    Closure,
    Environment,
    Frame,
    compile_node,
    compiles,
)
from bpmn_engine.expressions.feel.limits import Evaluation, LimitExceeded
from bpmn_engine.expressions.feel.text import to_text
from bpmn_engine.expressions.feel.values import kind

#: A column remembers the rules for so many values at most.
_MAX_KNOWN = 4096
_ERROR = "DECISION_EVALUATION_ERROR"


@dataclass(frozen=True, slots=True)
class Input:
    """A column of conditions. `values` are the tests that every input must pass, `type` what it must be."""

    id: str
    label: str
    expression: syntax.Node
    cells: tuple[syntax.Tests, ...]
    values: syntax.Tests | None = None
    type: ItemType | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A column of results. `values` is the list of possible values, by priority."""

    id: str
    name: str
    cells: tuple[syntax.Node, ...]
    values: syntax.Tests | None = None
    default: syntax.Node | None = None
    type: ItemType | None = None


@dataclass(frozen=True, slots=True)
class Table(syntax.Node):
    """A decision table; `rules` are the ids of its rows."""

    id: str
    label: str
    policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[str, ...]


class EvaluatedInput(NamedTuple):
    """The value that an input column tested."""

    id: str
    name: str
    value: Any


class EvaluatedOutput(NamedTuple):
    """The value of an output column in a rule."""

    id: str
    name: str
    value: Any


class MatchedRule(NamedTuple):
    """A rule that counted; `number` counts from 1."""

    id: str
    number: int
    outputs: tuple[EvaluatedOutput, ...]


class TableResult(NamedTuple):
    """The inputs and rules of a table's result; `aggregated` if that is the sum, count, least or greatest output."""

    inputs: tuple[EvaluatedInput, ...]
    rules: tuple[MatchedRule, ...]
    aggregated: bool


class _Column:
    """The rules that a value leaves."""

    def __init__(self, cells: tuple[syntax.Tests, ...], environment: Environment) -> None:
        self.always = 0
        self.equals: dict[tuple[str, Any], int] = {}
        self.others: list[tuple[int, Closure]] = []
        self.constants: dict[str, list[tuple[int, Closure]]] = {}
        self.known: dict[tuple[str, int], int] = {}
        bits: dict[str, int] = {}
        alike: dict[str, syntax.Tests] = {}
        for row, cell in enumerate(cells):
            text = repr(cell)  # not the cell itself, for Python takes true and 1 for one
            bits[text] = bits.get(text, 0) | 1 << row
            alike[text] = cell
        limits: dict[str, set[Any]] = {}
        for text, mask in bits.items():
            self._add(alike[text], mask, limits, environment)
        self.limits = {name: sorted(found) for name, found in limits.items()}

    def _add(self, cell: syntax.Tests, mask: int, ends: dict[str, set[Any]], environment: Environment) -> None:
        """Add a cell; the constants that it compares with are added to the `ends` of their kind."""
        if not cell.tests:
            self.always |= mask
            return
        literals = [test.value for test in cell.tests if isinstance(test, syntax.Literal) and _hashed(test.value)]
        if len(literals) == len(cell.tests) and not cell.negated:
            for value in literals:
                key = kind(value), value
                self.equals[key] = self.equals.get(key, 0) | mask
            return
        limits = _limits(cell)
        name = kind(limits[0]) if limits else ""
        if limits and all(type(limit) in PLAIN and kind(limit) == name for limit in limits):
            self.constants.setdefault(name, []).append((mask, compile_node(cell, environment)))
            ends.setdefault(name, set()).update(limits)
        else:
            self.others.append((mask, compile_node(cell, environment)))

    def left(self, frame: Frame, value: Any, rules: int) -> int:
        """The rules, of those given, whose cell the value passes."""
        frame[QUESTION] = value
        passed = self.always
        name = kind(value)
        if self.equals and _hashed(value):
            passed |= self.equals.get((name, value), 0)
        if name in self.limits and type(value) in PLAIN:
            passed |= self._known(name, value, frame)
        for constant, cells in self.constants.items():
            if constant != name:
                passed |= _tested(cells, frame, rules & ~passed)
        return (passed | _tested(self.others, frame, rules & ~passed)) & rules

    def _known(self, name: str, value: Any, frame: Frame) -> int:
        limits = self.limits[name]
        place = bisect_left(limits, value)
        exact = place < len(limits) and limits[place] == value
        key = name, place * 2 + exact
        found = self.known.get(key)
        if found is None:
            if len(self.known) >= _MAX_KNOWN:
                self.known.clear()
            found = self.known[key] = _tested(self.constants[name], frame, -1)
        return found


def _hashed(value: Any) -> bool:
    return value is None or isinstance(value, bool) or type(value) in PLAIN


def _tested(cells: list[tuple[int, Closure]], frame: Frame, rules: int) -> int:
    """The rules of the cells that the value in the frame passes; cells of other rules are not looked at."""
    passed = 0
    for mask, test in cells:
        if mask & rules & ~passed and test(frame) is True:
            passed |= mask
    return passed


def _limits(cell: syntax.Tests) -> list[Any]:
    """The constants that a cell compares with; nothing if it does anything else."""
    found: list[Any] = []
    for test in cell.tests:
        parts = (
            [test.value]
            if isinstance(test, syntax.Comparison)
            else [test.low, test.high]
            if isinstance(test, syntax.RangeOf)
            else [test]
        )
        if not all(isinstance(part, syntax.Literal) for part in parts):
            return []
        found += [part.value for part in parts if isinstance(part, syntax.Literal)]
    return found


@compiles(Table)
def _table(node: Table, environment: Environment) -> Closure:
    return _Compiled(node, environment).run


class _Compiled:
    """A table ready to run."""

    def __init__(self, table: Table, environment: Environment) -> None:
        self.table = table
        self.inputs = [compile_node(column.expression, environment) for column in table.inputs]
        self.columns = [_Column(column.cells, environment) for column in table.inputs]
        self.values = [compile_node(column.values, environment) if column.values else None for column in table.inputs]
        self.outputs = [[compile_node(cell, environment) for cell in column.cells] for column in table.outputs]
        self.defaults = [
            compile_node(column.default, environment) if column.default else None for column in table.outputs
        ]
        self.priorities = [_priorities(column.values, environment) for column in table.outputs]
        self.first_only = table.policy == "FIRST"

    def run(self, frame: Frame) -> Any:
        evaluation: Evaluation = frame[EVALUATION]
        evaluation.spend(len(self.columns) + 1)
        question = frame[QUESTION]
        values: list[Any] = []
        rules = (1 << len(self.table.rules)) - 1
        position = 0
        try:
            for position, expression in enumerate(self.inputs):
                value = self._input(position, expression, frame)
                values.append(value)
                if rules:
                    rules = self.columns[position].left(frame, value, rules)
        except (Failure, LimitExceeded) as error:
            raise self._located(f"the input '{self.table.inputs[position].label}'", error) from None
        frame[QUESTION] = question
        hits = [self._hit(row, frame) for row in _rows(rules, first_only=self.first_only)]
        try:
            counted = chosen(self.table.policy, hits, lambda outputs: self._rank(outputs, frame))
        except AmbiguousHit as ambiguous:
            raise Failure(_ERROR, f"{self.table.label}: {ambiguous}.") from None
        if evaluation.audit is not None:
            evaluation.audit.append(self._audited(values, counted))
        return self._result(counted, frame)

    def _input(self, position: int, expression: Closure, frame: Frame) -> Any:
        column = self.table.inputs[position]
        asked = received(column.type, expression(frame))
        value = stored(column.type, asked, f"the input '{column.label}'", frame[EVALUATION])
        allowed = self.values[position]
        if allowed is not None and value is not None:
            frame[QUESTION] = value
            if allowed(frame) is not True:
                shown = (to_text([value]) or "")[1:-1]
                raise Failure(_ERROR, f"its value is {shown}, which is not among those that the column allows.")
        return value

    def _located(self, place: str, error: Exception) -> Failure:
        """Add the place in the table to the message of a failure."""
        reason = error.message if isinstance(error, Failure) else f"it was stopped, {error}."
        return Failure(_ERROR, f"{self.table.label}, {place}: {reason}")

    def _hit(self, row: int, frame: Frame) -> Hit:
        try:
            return row + 1, tuple(
                stored(column.type, cells[row](frame), f"the output of rule {row + 1}", frame[EVALUATION])
                for column, cells in zip(self.table.outputs, self.outputs, strict=True)
            )
        except (Failure, LimitExceeded) as error:
            raise self._located(f"rule {row + 1}", error) from None

    def _rank(self, outputs: tuple[Any, ...], frame: Frame) -> tuple[int, ...]:
        return tuple(rank(value, frame) for rank, value in zip(self.priorities, outputs, strict=True))

    def _result(self, hits: Any, frame: Frame) -> Any:
        if not hits and any(self.defaults):
            given = [default(frame) if default else None for default in self.defaults]
            return [self._row(given)] if self.table.policy in LISTS and not self.table.aggregation else self._row(given)
        rows = [self._row(values) for _, values in hits]
        if self.table.aggregation:
            return aggregated(self.table.aggregation, rows, frame[EVALUATION])
        if self.table.policy in LISTS:
            return rows
        if not rows:
            return frame[EVALUATION].null(f"no rule of {self.table.label} matches")
        return rows[0]

    def _row(self, values: Any) -> Any:
        if len(self.table.outputs) == 1:
            return values[0]
        return {column.name: value for column, value in zip(self.table.outputs, values, strict=True)}

    def _audited(self, values: list[Any], hits: Any) -> TableResult:
        table = self.table
        return TableResult(
            tuple(
                EvaluatedInput(column.id, column.label, value)
                for column, value in zip(table.inputs, values, strict=True)
            ),
            tuple(
                MatchedRule(
                    table.rules[number - 1],
                    number,
                    tuple(
                        EvaluatedOutput(column.id, column.name, value)
                        for column, value in zip(table.outputs, outputs, strict=True)
                    ),
                )
                for number, outputs in hits
            ),
            table.aggregation is not None,
        )


def _rows(rules: int, *, first_only: bool) -> Iterator[int]:
    """The numbers of the rules of a set, from 0."""
    while rules:
        lowest = rules & -rules
        yield lowest.bit_length() - 1
        if first_only:
            return
        rules ^= lowest


def _priorities(values: syntax.Tests | None, environment: Environment) -> Callable[[Any, Frame], int]:
    """The place of a value in the list of an output's values."""
    tests = [compile_node(test, environment) for test in values.tests] if values else []

    def rank(value: Any, frame: Frame) -> int:
        return next((place for place, test in enumerate(tests) if equal(test(frame), value) is True), len(tests))

    return rank
