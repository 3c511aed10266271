"""Item definitions: what values must be, and what they become."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn_engine.dmn import read_decisions
from tests.dmn.models import data, decision, literal, made, model, value

TYPES = """
<itemDefinition name="tGrade"><typeRef>string</typeRef><allowedValues><text>"A", "B", "C"</text></allowedValues></itemDefinition>
<itemDefinition name="tGrades" isCollection="true"><typeRef>tGrade</typeRef></itemDefinition>
<itemDefinition name="tScore"><typeRef>number</typeRef><allowedValues><text>[0..100]</text></allowedValues></itemDefinition>
<itemDefinition name="tPair" isCollection="true"><typeRef>number</typeRef><typeConstraint><text>count(?) = 2</text></typeConstraint></itemDefinition>
<itemDefinition name="tPupil">
  <itemComponent name="full name"><typeRef>string</typeRef></itemComponent>
  <itemComponent name="grade"><typeRef>tGrade</typeRef></itemComponent>
  <itemComponent name="born"><typeRef>date</typeRef></itemComponent>
</itemDefinition>
<itemDefinition name="tClass" isCollection="true"><typeRef>tPupil</typeRef></itemDefinition>
<itemDefinition name="tSum"><functionItem outputTypeRef="number"><parameters name="a" typeRef="number"/></functionItem></itemDefinition>
"""
ADA = {"full name": "Ada", "grade": "A", "born": "2015-12-10"}


def taken(type: str, given: Any) -> Any:  # noqa: A002
    """What an input of that type takes."""
    return value(model(TYPES, data("x", type), decision("d", literal("x"), needs=["in:x"])), x=given)


@pytest.mark.parametrize(
    ("type_name", "given", "expected"),
    [
        ("string", "a", "a"),
        ("string", 1, None),
        ("number", [5], 5),
        ("number", "5", None),
        ("tGrade", "A", "A"),
        ("tGrade", "D", None),
        ("tGrades", ["A", "C"], ["A", "C"]),
        ("tGrades", ["A", "D"], None),
        ("tGrades", "A", ["A"]),
        ("tScore", 100, 100),
        ("tScore", 101, None),
        ("tPair", [1, 2], [1, 2]),
        ("tPair", [1, 2, 3], None),
        ("tPupil", {"full name": "Ada"}, None),
        ("tPupil", {**ADA, "grade": "Z"}, None),
        ("Any", [1, "a"], [1, "a"]),
        ("string", None, None),
    ],
)
def test_an_input_is_what_its_type_says_or_null(type_name: str, given: Any, expected: Any) -> None:
    assert taken(type_name, given) == expected


def test_texts_are_dates_where_the_type_says_so_at_any_depth() -> None:
    born = model(TYPES, data("x", "tClass"), decision("d", literal("x.born.year"), needs=["in:x"]))

    assert value(born, x=[ADA, {**ADA, "born": "2016-01-01"}]) == [2015, 2016]


def test_components_with_spaces_are_read_in_paths() -> None:
    named = model(TYPES, data("x", "tPupil"), decision("d", literal('x.full name + "!"'), needs=["in:x"]))

    assert value(named, x=ADA) == "Ada!"


def test_a_result_that_does_not_fit_is_null_and_says_why() -> None:
    outcome = made(model(TYPES, decision("d", literal('"D"'), type="tGrade")))

    assert outcome.value is None
    assert outcome.warnings == ("the result of 'd' is not one of the values that tGrade allows",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"D" instance of tGrade', True),
        ("5 instance of tGrade", False),
        ('["A"] instance of tGrades', True),
        ("[1] instance of tGrades", False),
        ('{full name: "a", grade: "A", born: date("2020-01-01")} instance of tPupil', True),
        ("{grade: 1} instance of tPupil", False),
        ("(function(a: number) a) instance of tSum", True),
        ("(function(a, b) a) instance of tSum", False),
        ("[[1]] instance of list<list<tScore>>", True),
        ("[1..2] instance of range<number>", True),
    ],
)
def test_instance_of_looks_at_the_structure(text: str, expected: bool) -> None:
    assert value(model(TYPES, decision("d", literal(text)))) is expected


def test_a_type_that_is_not_there_is_a_warning_and_takes_everything() -> None:
    read = read_decisions(model(data("x", "tNobody"), decision("d", literal("x"), needs=["in:x"])))

    assert [(problem.severity, problem.message) for problem in read.problems] == [
        ("warning", "There is no type 'tNobody'.")
    ]
    assert value(read, x=5) == 5


def test_a_type_that_is_defined_by_itself_is_a_problem() -> None:
    circle = '<itemDefinition name="a"><typeRef>b</typeRef></itemDefinition><itemDefinition name="b"><typeRef>a</typeRef></itemDefinition>'

    assert any("defined by itself" in problem.message for problem in read_decisions(model(circle)).problems)
