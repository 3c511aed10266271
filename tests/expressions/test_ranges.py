"""Ranges, a test for each sentence of the standard about them (DMN 1.5, clauses 10.3.2.7 and 10.3.4.9, table 65)."""

from typing import Any

import pytest

from bpmn_engine.expressions.feel import compile_feel
from tests.expressions.test_equality import feel
from tests.expressions.test_feel import NOW


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        ("[1..10]", (True, 1, 10, True)),
        ("(1..10]", (False, 1, 10, True)),
        ("[1..10[", (True, 1, 10, False)),
        ("(< 10)", (False, None, 10, False)),
        ("(<= 10)", (False, None, 10, True)),
        ("(> 10)", (False, 10, None, False)),
        ("(>= 10)", (True, 10, None, False)),
        ("(= 10)", (True, 10, 10, True)),
        ("(!= 10)", (False, 10, 10, False)),
    ],
)
def test_ranges_have_four_properties(text: str, properties: tuple[Any, ...]) -> None:
    names = ("start included", "start", "end", "end included")

    assert tuple(feel(f"{text}.{name}") for name in names) == properties


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x in (!= 10)", [True, False, True]),
        ("x in (= 10)", [False, True, False]),
        ("x in (<= 10)", [True, True, False]),
        ("{r: (!= 10), y: x in r}.y", [True, False, True]),
        ("{r: (> 10), y: x in r}.y", [False, False, True]),
        ("x in [(< 6), (> 14)]", [True, False, True]),
    ],
)
def test_a_range_with_an_operator_holds_what_passes_the_comparison(text: str, value: list[bool]) -> None:
    assert [feel(text, x=x) for x in (5, 10, 15)] == value


@pytest.mark.parametrize(
    "text", ['[1.."a"]', "[1..null]", "[null..null]", "[true..false]", "(< null)", "(>= true)", "[[1]..[2]]"]
)
def test_the_ends_of_a_range_are_values_of_one_kind_that_has_an_order(text: str) -> None:
    assert feel(text) is None


def test_the_start_of_a_range_is_not_after_its_end() -> None:
    result = compile_feel("5 in [high..low]").evaluate({"low": 1, "high": 10}, NOW)

    assert result.value is None
    assert result.warnings == ("the end of the range lies before its start",)
    assert feel("[3..1]") is None
    assert feel("1 in [1..1]") is True
    assert feel("for i in 3..1 return i") == [3, 2, 1]


def test_ends_are_expressions() -> None:
    assert feel('3 in [x..string length("abcd") + 1)', x=1) is True
    assert feel("(< x + 1).end", x=1) == 2


@pytest.mark.parametrize(
    "text",
    ["[1..2]", "(< 10)", "(!= 10)", "[date(2020, 1, 1)..date(2020, 1, 2)]", '(= "a")'],
)
def test_a_range_is_an_instance_of_range_with_the_type_of_its_ends(text: str) -> None:
    wanted = [f"{text} instance of range<{name}>" for name in ("number", "string", "date")]

    assert [feel(each) for each in wanted].count(True) == 1


@pytest.mark.parametrize("text", ["[1..2]", "(1..2)", "(< 10)", "(>= 10)", "(= 10)", "(!= 10)"])
def test_the_text_of_a_range_is_how_it_is_written(text: str) -> None:
    assert feel(f"string({text})") == text
    assert feel(f"{text} = {feel(f'string({text})')}") is True


@pytest.mark.parametrize(
    "text",
    [
        'is(range("[18..21)"), [18..21))',
        'is(range("[2..)"), >=2)',
        'is(range("(..2)"), <2)',
        'is(range("(..2]"), <=2)',
        'is(range("]2..["), (> 2))',
        'is(range(""), null)',
        'range("[..2]") = null',
        'range("[1..]") = null',
        'range("(..)") = null',
        'range("(..null)") = null',
        'range("(..1..2)") = null',
        'range("[3..1]") = null',
    ],
)
def test_range_reads_the_text_of_a_range_that_may_have_one_end(text: str) -> None:
    assert feel(text) is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("before((< 10), (> 20))", True),
        ("before((< 10), 10)", True),
        ("before(5, (< 10))", False),
        ("after(15, (< 10))", True),
        ("overlaps((< 10), (> 5))", True),
        ("overlaps((< 10), (> 20))", False),
        ("overlaps((< 10), [9..11])", True),
        ("overlaps before((< 10), [9..11])", True),
        ("during([1..2], (< 10))", True),
        ("during((< 5), (< 10))", True),
        ("during([1..20], (< 10))", False),
        ("includes((> 10), 11)", True),
        ("includes((> 10), 10)", False),
        ("includes((!= 10), 10)", False),
        ("starts([1..2], (< 10))", False),
        ("finishes([5..10], (<= 10))", True),
        ("meets((<= 10), (>= 10))", True),
        ("coincides((< 10), (< 10))", True),
        ("coincides((< 10), (<= 10))", False),
        ("coincides((= 10), [10..10])", True),
        ('overlaps((< 10), (> "a"))', None),
    ],
)
def test_an_end_that_is_missing_lies_beyond_every_value(text: str, value: Any) -> None:
    assert feel(text) is value


def test_there_is_no_counting_without_both_ends() -> None:
    assert feel("for i in (1..4) return i") == [2, 3]
    assert feel("for i in (= 3) return i") == [3]
    assert [feel(f"for i in ({operator} 3) return i") for operator in ("<", ">=", "!=")] == [None] * 3
