"""Types of a model and coercions, a test for each sentence of the standard (DMN 1.5, clauses 7.3.3 and 10.3.2.9.4)."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn_engine.dmn import read_decisions
from bpmn_engine.expressions.feel.temporal import Date, read_datetime
from tests.dmn.models import data, decision, knowledge, literal, model, table, value

TYPES = """
<itemDefinition name="tMatrix" isCollection="true"><typeRef>tRow</typeRef></itemDefinition>
<itemDefinition name="tRow" isCollection="true"><typeRef>number</typeRef></itemDefinition>
<itemDefinition name="tAlias"><typeRef>tRow</typeRef></itemDefinition>
<itemDefinition name="tMoment"><typeRef>date and time</typeRef></itemDefinition>
<itemDefinition name="tGrade"><typeRef>string</typeRef><allowedValues><text>"A", "B", "C"</text></allowedValues></itemDefinition>
<itemDefinition name="tGood"><typeRef>tGrade</typeRef><allowedValues><text>"A", "B", "Z"</text></allowedValues></itemDefinition>
<itemDefinition name="tBoth"><typeRef>number</typeRef><allowedValues><text>[0..10]</text></allowedValues>
  <typeConstraint><text>? > 5</text></typeConstraint></itemDefinition>
<itemDefinition name="tFew" isCollection="true"><typeRef>number</typeRef><allowedValues><text>[0..10]</text></allowedValues>
  <typeConstraint><text>count(?) &lt;= 2</text></typeConstraint></itemDefinition>
<itemDefinition name="tCapped"><itemComponent name="a"><typeRef>number</typeRef></itemComponent>
  <typeConstraint><text>?.a > 3</text></typeConstraint></itemDefinition>
<itemDefinition name="tOrder">
  <itemComponent name="who"><itemComponent name="full name"><typeRef>string</typeRef></itemComponent></itemComponent>
  <itemComponent name="lines" isCollection="true"><itemComponent name="qty"><typeRef>number</typeRef>
    <allowedValues><text>> 0</text></allowedValues></itemComponent></itemComponent>
</itemDefinition>
<itemDefinition name="tDouble"><functionItem outputTypeRef="number"><parameters name="n" typeRef="number"/></functionItem></itemDefinition>
"""


def typed(type_name: str, text: str) -> Any:
    """What a decision of that type makes of a value."""
    return value(model(TYPES, decision("d", literal(text), type=type_name)))


@pytest.mark.parametrize(
    ("type_name", "text", "expected"),
    [
        ("tMatrix", "[[1], [2, 3]]", [[1], [2, 3]]),
        ("tMatrix", "[1, 2]", None),
        ("tAlias", "[1, 2]", [1, 2]),
        ("tAlias", '["a"]', None),
    ],
)
def test_a_type_may_refer_to_one_that_is_defined_later(type_name: str, text: str, expected: Any) -> None:
    assert typed(type_name, text) == expected


@pytest.mark.parametrize(
    ("type_name", "text", "fits"),
    [
        ("tGood", '"A"', True),
        ("tGood", '"C"', False),
        ("tGood", '"Z"', False),
        ("tBoth", "7", True),
        ("tBoth", "3", False),
        ("tBoth", "11", False),
        ("tFew", "[1, 10]", True),
        ("tFew", "[1, 11]", False),
        ("tFew", "[1, 2, 3]", False),
        ("tCapped", "{a: 4}", True),
        ("tCapped", "{a: 3}", False),
    ],
)
def test_allowed_values_are_those_of_each_item_and_a_constraint_is_that_of_the_whole(
    type_name: str, text: str, *, fits: bool
) -> None:
    assert (typed(type_name, text) is not None) is fits


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ('{who: {full name: "Ada"}, lines: [{qty: 1}]}', True),
        ('{who: {full name: "Ada"}, lines: []}', True),
        ('{who: {full name: "Ada"}, lines: [{qty: 1}], note: "x"}', True),
        ('{who: {full name: "Ada"}, lines: [{qty: 0}]}', False),
        ("{who: {full name: 1}, lines: [{qty: 1}]}", False),
        ('{who: {full name: "Ada"}}', False),
        ("{who: null, lines: null}", True),
    ],
)
def test_components_are_checked_at_any_depth_and_null_conforms_to_each(text: str, *, fits: bool) -> None:
    assert (typed("tOrder", text) is not None) is fits


def test_a_type_has_a_reference_or_components() -> None:
    both = '<itemDefinition name="t"><typeRef>number</typeRef><itemComponent name="a"><typeRef>number</typeRef></itemComponent></itemDefinition>'
    (problem,) = read_decisions(model(both)).problems

    assert (problem.severity, problem.message) == (
        "warning",
        "The type 't' refers to 'number' and has components, which count.",
    )


def test_a_function_type_has_parameters_and_a_result() -> None:
    assert typed("tDouble", "function(n: number) n * 2") is not None
    assert typed("tDouble", "function(n: string) n") is None
    assert typed("tDouble", "function(n: number, m: number) n") is None


@pytest.mark.parametrize(
    ("type_name", "text", "expected"),
    [
        ("number", "[5]", 5),
        ("number", "[5, 6]", None),
        ("number", "[[5]]", None),
        ("number", '["5"]', None),
        ("tGrade", '["A"]', "A"),
        ("tRow", "5", [5]),
        ("tRow", '"a"', None),
        ("list", "5", [5]),
        ("Any", "[5]", [5]),
        ("number", "null", None),
        ("date and time", '@"2020-02-29"', read_datetime("2020-02-29T00:00:00Z")),
        ("tMoment", '@"2020-02-29"', read_datetime("2020-02-29T00:00:00Z")),
        ("date", '@"2020-02-29T00:00:00"', None),
        ("date", '@"2020-02-29"', Date(2020, 2, 29)),
        ("string", "5", None),
        ("boolean", '"true"', None),
    ],
)
def test_a_value_is_coerced_to_the_type_of_its_variable_or_null(type_name: str, text: str, expected: Any) -> None:
    assert typed(type_name, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(function(n: number) n)([5])", 5),
        ("(function(n: number) n)([5, 6])", None),
        ("(function(n: list<number>) n)(5)", [5]),
        ('(function(n: tMoment) n.hour)(@"2020-02-29")', 0),
        ('(function(n: number) 1)("a")', None),
        ("(function(n: number) 1)(null)", 1),
        ('string length(["abc"])', 3),
        ("count(5)", 1),
        ('contains(["ab"], "a")', True),
        ("[5] + 1", None),
        ("[5] < 6", None),
        ("if [true] then 1 else 2", 2),
    ],
)
def test_arguments_are_coerced_and_operands_are_not(text: str, expected: Any) -> None:
    assert value(model(TYPES, decision("d", literal(text)))) == expected


def test_results_of_functions_are_coerced_where_they_are_declared() -> None:
    declared = knowledge("f", {"n": "number"}, literal("[n]")).replace(
        "<encapsulatedLogic>", '<variable name="f" typeRef="number"/><encapsulatedLogic>'
    )
    once = model(declared, decision("d", literal("f([5])"), needs=["bkm:f"]))
    twice = model(declared.replace("[n]", "[[n]]"), decision("d", literal("f([5])"), needs=["bkm:f"]))

    assert value(once) == 5
    assert value(twice) is None


def test_cells_of_a_relation_are_coerced_to_the_type_of_their_column() -> None:
    relation = (
        '<relation><column name="n" typeRef="number"/><column name="any"/>'
        f"<row>{literal('[5]')}{literal('[5]')}</row><row>{literal(chr(34) + 'a' + chr(34))}{literal('1')}</row></relation>"
    )

    assert value(model(decision("d", relation))) == [{"n": 5, "any": [5]}, {"n": None, "any": 1}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null instance of Null", True),
        ("null instance of Any", False),
        ("null instance of number", False),
        ("1 instance of Any", True),
        ("[] instance of list<string>", True),
        ("[1, null] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ("{a: 1, b: 2} instance of context<a: number>", True),
        ("{} instance of context<a: number>", False),
        ('"Z" instance of tGrade', True),
        ('["A"] instance of tGrade', False),
        ('@"P1Y" instance of days and time duration', False),
        ("(< 10) instance of range<number>", True),
        ("(function(a: number) a) instance of tDouble", True),
    ],
)
def test_instance_of_asks_for_conformance_without_coercion(text: str, *, expected: bool) -> None:
    assert value(model(TYPES, decision("d", literal(text)))) is expected


def test_the_values_that_a_type_allows_are_the_priorities_of_an_output() -> None:
    rated = table("PRIORITY", ["x"], ["y"], ["> 1", '"C"'], ["> 2", '"A"'], ["> 3", '"B"']).replace(
        'name="y"', 'name="y" typeRef="tGrade"'
    )

    assert value(model(TYPES, data("x"), decision("d", rated, needs=["in:x"])), x=5) == "A"
