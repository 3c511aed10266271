"""Equality, a test for each sentence of the standard about it (DMN 1.5, clause 10.3.2.13.1, table 53)."""

from typing import Any

import pytest

from bpmn_engine.expressions.feel import Vocabulary, compile_tree
from bpmn_engine.expressions.feel.parser import parse_expression
from tests.expressions.test_feel import NOW


def feel(text: str, **names: Any) -> Any:
    """The value of an expression of a decision model, which knows these names."""
    return compile_tree(text, parse_expression(text, Vocabulary(tuple(names)))).evaluate(names, NOW).value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null = null", True),
        ("null != null", False),
        ("1 = null", False),
        ("null != []", True),
        ("(< 10) = null", False),
        ("{} = null", False),
    ],
)
def test_null_equals_null_and_nothing_else(text: str, value: bool) -> None:
    assert feel(text) is value


@pytest.mark.parametrize(
    "text",
    [
        '1 = "1"',
        "[1] = 1",
        "true = 1",
        '@"2020-01-01" = @"2020-01-01T00:00:00"',
        '@"P1Y" = @"P365D"',
        "[10..10] = 10",
        "(= 10) = 10",
        "(< 10) != 10",
        "[1..2] = [1, 2]",
    ],
)
def test_values_of_different_kinds_are_neither_equal_nor_different(text: str) -> None:
    assert feel(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100 = 100.00", True),
        ("1 = 1.0000000000000000000000000000000001", True),
        ('"a" = "a"', True),
        ('"a" = "A"', False),
        ('"\\u0065\\u0301" = "\\u00e9"', False),
        ("false = false", True),
        ("true != false", True),
    ],
)
def test_numbers_have_no_trailing_zeros_and_strings_are_sequences_of_characters(text: str, value: bool) -> None:
    assert feel(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('@"2020-02-29" = date(2020, 2, 29)', True),
        ('@"2020-02-29" = @"2020-03-01"', False),
        ('@"10:00:00Z" = @"11:00:00+01:00"', True),
        ('@"10:00:00Z" = @"10:00:00+01:00"', False),
        ('@"10:00:00" = @"10:00:00Z"', False),
        ('@"2020-01-01T10:00:00@Europe/Paris" = @"2020-01-01T09:00:00Z"', True),
        ('@"2020-01-01T10:00:00" = @"2020-01-01T10:00:00Z"', False),
        ('@"P1Y" = @"P12M"', True),
        ('@"P1D" = @"PT24H"', True),
        ('@"P1D" = @"-P1D"', False),
    ],
)
def test_dates_times_and_durations_are_equal_by_their_values(text: str, value: bool) -> None:
    assert feel(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, [2]] = [1, [2]]", True),
        ("[1, 2] = [2, 1]", False),
        ("[1] = [1, null]", False),
        ("[(< 10)] = [(< 10)]", True),
        ("{a: 1, b: 2} = {b: 2, a: 1}", True),
        ("{a: 1} = {a: 1, b: null}", False),
        ("{a: {b: [1]}} = {a: {b: [1]}}", True),
        ("{a: [1..2]} = {a: [1..2)}", False),
    ],
)
def test_lists_are_equal_item_by_item_and_contexts_entry_by_entry(text: str, value: bool) -> None:
    assert feel(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1..10] = [1..10]", True),
        ("]1..10[ = (1..10)", True),
        ("[1..10] = [1..10)", False),
        ("[1..10] = (1..10]", False),
        ("[1..10] = [1..11]", False),
        ("[1..10] != [2..10]", True),
        ('[1..10] = ["a".."b"]', False),
        ('[@"2020-01-01"..@"2020-01-02"] = [date(2020, 1, 1)..date(2020, 1, 2)]', True),
        ("[low..high] = [1..10]", True),
    ],
)
def test_ranges_are_equal_if_their_ends_are_and_are_included_alike(text: str, value: bool) -> None:
    assert feel(text, low=1, high=10) is value


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "=", "!="])
def test_a_range_with_an_operator_equals_one_with_the_same_operator_and_end(operator: str) -> None:
    others = {"<", "<=", ">", ">=", "=", "!="} - {operator}

    assert feel(f"({operator} 10) = ({operator} 10)") is True
    assert feel(f"({operator} 10) != ({operator} 10)") is False
    assert feel(f"({operator} 10) = ({operator} 11)") is False
    assert [feel(f"({operator} 10) = ({other} 10)") for other in sorted(others)] == [False] * 5


@pytest.mark.parametrize(
    ("operator", "interval"),
    [
        ("(< 10)", "(null..10)"),
        ("(<= 10)", "(null..10]"),
        ("(> 10)", "(10..null)"),
        ("(>= 10)", "[10..null)"),
        ("(= 10)", "[10..10]"),
        ("(!= 10)", "(10..10)"),
    ],
)
def test_a_range_with_an_operator_is_not_the_interval_that_resembles_it(operator: str, interval: str) -> None:
    assert feel(f"{operator} = {interval}") is False
    assert feel(f"{interval} = {operator}") is False
    assert feel(f"{operator} != {interval}") is True


def test_lists_find_ranges_that_are_written_with_an_operator() -> None:
    assert feel("list contains([(< 10), (!= 3)], (!= 3))") is True
    assert feel("count(distinct values([(< 10), (< 10), [1..2], [1..2]]))") == 2
    assert feel("index of([(= 10), [10..10]], [10..10])") == [2]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(function(a) a + 1) = (function(a) a + 1)", True),
        ("(function(a) a + 1) = (function(b) b + 1)", False),
        ("(function(a: number) a) = (function(a) a)", False),
        ("(function(a) a + 1) != (function(a) a + 2)", True),
        ("(function(a) true) = (function(a) 1)", False),
        ("(function(a) a + x) = (function(a) a + x)", True),
        ("{x: 1, f: function(a) a + x, r: (function(a) a + x) = f}.r", True),
        ("(for x in [1, 2] return function(a) a + x)[1] = (for x in [1, 2] return function(a) a + x)[2]", False),
        ("{f: function(a) a, r: f = f}.r", True),
        ("sum = sum", True),
        ("sum = max", False),
        ("sum = (function(list) sum(list))", False),
    ],
)
def test_functions_are_equal_if_parameters_body_and_scope_are(text: str, value: bool) -> None:
    assert feel(text, x=5) is value
