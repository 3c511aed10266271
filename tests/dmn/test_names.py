"""Names, a test for each sentence of the standard about them (DMN 1.5, clauses 10.3.1.2 and 10.3.1.4)."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from bpmn_engine.dmn import read_decisions
from tests.dmn.models import decision, literal, model, value


def knowing(text: str, *names: str) -> bytes:
    """A model with an expression, and inputs of these names."""
    inputs = [
        f"<inputData id='i{number}' name={quoteattr(name)}><variable name={quoteattr(name)}/></inputData>"
        for number, name in enumerate(names)
    ]
    return model(*inputs, decision("d", literal(text), needs=[f"in:i{number}" for number in range(len(names))]))


def meaning(text: str, **names: Any) -> Any:
    return value(knowing(text, *names), **names)


@pytest.mark.parametrize("name", ["x", "_x", "?x", "x?", "Größe", "数量", "🐎", "x1", "x\u00b7y", "x\u203fy"])
def test_a_name_begins_with_a_letter_or_underscore_of_any_script_and_goes_on_with_digits_too(name: str) -> None:
    assert meaning(f"{name} + 1", **{name: 4}) == 5


@pytest.mark.parametrize(
    "name",
    ["Loan Amount", "Tier 2 rate", "v1.0", "a-b", "a+b", "a*b", "a**b", "a/b", "Ada's age", "it\u2019s", "a - b + c"],
)
def test_a_name_may_have_spaces_digits_and_signs_inside(name: str) -> None:
    assert meaning(f"{name} + 1", **{name: 4}) == 5
    assert meaning(f"[{name}, 2 * {name}]", **{name: 4}) == [4, 8]


@pytest.mark.parametrize("text", ["Loan Amount", "Loan   Amount", "Loan\n\tAmount", "Loan\u00a0Amount"])
def test_white_space_in_a_name_counts_as_one_space(text: str) -> None:
    assert meaning(text, **{"Loan Amount": 4}) == 4


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("a-b", {"a-b": 1, "a": 5, "b": 3}, 1),
        ("a - b", {"a": 5, "b": 3}, 2),
        ("a-b", {"a": 5, "b": 3}, 2),
        ("a+b+c", {"a+b": 7, "a": 1, "b": 1, "c": 1}, 8),
        ("a.b", {"a.b": 7, "a": {"b": 3}}, 7),
        ("a.b", {"a": {"b": 3}}, 3),
        ("order in process", {"order in process": 3, "order": 1, "process": [1]}, 3),
        ("profit and loss", {"profit and loss": 4, "profit": True, "loss": False}, 4),
        ("profit and loss", {"profit": True, "loss": False}, False),
        ("a and b and c", {"a and b": True, "c": True}, True),
    ],
)
def test_the_longest_name_in_scope_is_meant(text: str, names: dict[str, Any], expected: Any) -> None:
    assert meaning(text, **names) == expected


@pytest.mark.parametrize(
    "name",
    [
        "in stock",
        "for sale",
        "or else",
        "between us",
        "instance of x",
        "time to live",
        "true story",
        "not ready",
        "if so",
    ],
)
def test_keywords_may_be_parts_of_a_name(name: str) -> None:
    assert meaning(f"{name} + 1", **{name: 4}) == 5


@pytest.mark.parametrize(("text", "expected"), [("null", None), ("true", True), ("if true then 1 else 2", 1)])
def test_a_keyword_alone_is_not_a_name(text: str, expected: Any) -> None:
    assert meaning(text, **{"null": 5, "true": 5, "if": 5}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{x y: 1, z: x y + 1}.z", 2),
        ('{"x y": 1, z: x y + 1}.z', 2),
        ("{a-b: 1, z: a-b}.z", 1),
        ("{if: 1}.if", 1),
        ("{?x: 1, x?: 2, y: ?x + x?}.y", 3),
        ("{a b: {c d: 4}}.a b.c d", 4),
        ('for first name in ["a"] return first name + "b"', ["ab"]),
        ("some x y in [1] satisfies x y = 1", True),
        ("for x in [1], x y in [2] return x + x y", [3]),
        ("(function(x y, z) x y + z)(1, 2)", 3),
        ("(function(x y: number, z: number) x y + z)(z: 2, x y: 1)", 3),
        ("[{unit price: 1}, {unit price: 5}][unit price > 2].unit price", [5]),
    ],
)
def test_contexts_iterations_and_functions_bring_names_into_scope(text: str, expected: Any) -> None:
    assert meaning(text) == expected


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("[1, 5][item > 2]", {"item": 3}, [5]),
        ("for x in [1] return x", {"x": 9}, [1]),
        ("{x: 1, y: x}.y", {"x": 9}, 1),
        ("(function(x) x)(1)", {"x": 9}, 1),
        ("[{x: 1}, {y: 1}][x = 1]", {"x": 1}, [{"x": 1}, {"y": 1}]),
        ("count", {"count": 4}, 4),
    ],
)
def test_an_inner_name_hides_an_outer_one(text: str, names: dict[str, Any], expected: Any) -> None:
    assert meaning(text, **names) == expected


@pytest.mark.parametrize("text", ["2nd", "a b", "{a: 1, b c}", "x."])
def test_what_is_no_name_in_scope_is_a_problem_of_the_model(text: str) -> None:
    assert [problem.severity for problem in read_decisions(knowing(text, "x")).problems] == ["error"]
