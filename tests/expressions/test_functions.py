"""Corners of the built-in functions: regular expressions as XPath has them, dates, and what does not fit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions import compile_feel
from bpmn_engine.expressions.feel.builtins import BUILTINS
from bpmn_engine.expressions.feel.temporal.python import from_python
from bpmn_engine.expressions.feel.text import to_text
from bpmn_engine.expressions.feel.vocabulary import FUNCTIONS
from tests.expressions.test_camunda import assert_same

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def feel(text: str, **names: Any) -> Any:
    return compile_feel(text).evaluate(names, NOW).value


def test_every_function_of_several_words_can_be_written() -> None:
    assert {name for name in BUILTINS if " " in name} <= set(FUNCTIONS)
    assert set(FUNCTIONS) <= set(BUILTINS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('matches("abracadabra", "bra")', "true"),
        ('matches("abracadabra", "^a.*a$")', "true"),
        ('matches("abracadabra", "^bra")', "false"),
        (r'matches("a\nb", "a.b")', "false"),
        (r'matches("a\nb", "a.b", "s")', "true"),
        (r'matches("a\nb", "^b$")', "false"),
        (r'matches("a\nb", "^b$", "m")', "true"),
        ('matches("HELLO", "hello", "i")', "true"),
        (r'matches("hello world", "hello\ sworld", "x")', "true"),
        ('matches("helloworld", "hello[ ]world", "x")', "false"),
        ('matches("a.b", "a.b", "q")', "true"),
        ('matches("axb", "a.b", "q")', "false"),
        ('matches("ABC", "abc", "qi")', "true"),
        (r'matches("aa", "(a)\1")', "true"),
        ('matches("b", "[a-z-[aeiou]]")', "true"),
        ('matches("e", "[a-z-[aeiou]]")', "false"),
        (r'matches("Ä", "\p{Lu}")', "true"),
        (r'matches("x1", "^\i\c*$")', "true"),
        ('matches("a", "a", "z")', "null"),
        ('matches("a", "(")', "null"),
        ('matches("a", "(?i)A")', "null"),
        (r'matches("a", "\b")', "null"),
        (r'matches("a", "(a)\2")', "null"),
        ('matches("a", "[a-")', "null"),
        ('matches("a", string join(for i in 1..1001 return "a"))', "null"),
        ('replace("abracadabra", "bra", "*")', '"a*cada*"'),
        ('replace("abracadabra", "a.*a", "*")', '"*"'),
        ('replace("abracadabra", "a.*?a", "*")', '"*c*bra"'),
        ('replace("abracadabra", "a", "")', '"brcdbr"'),
        ('replace("abracadabra", "a(.)", "a$1$1")', '"abbraccaddabbra"'),
        ('replace("AAAA", "A+?", "b")', '"bbbb"'),
        ('replace("darted", "^(.*?)d(.*)$", "$1c$2")', '"carted"'),
        ('replace("abc", "(b)", "[$0]")', '"a[b]c"'),
        ('replace("abc", "(b)", "$12")', '"ab2c"'),
        ('replace("abc", "b", "$1")', '"ac"'),
        ('replace("abc", "(x)?b", "[$1]")', '"a[]c"'),
        (r'replace("abc", "b", "\\$")', '"a$c"'),
        (r'replace("abc", "b", "\\\\")', r'"a\\c"'),
        ('replace("a.c", ".", "$1", "q")', '"a$1c"'),
        ('replace("abc", "b", "$")', "null"),
        (r'replace("abc", "b", "\x")', "null"),
        ('replace("abc", "x*", "-")', "null"),
        ('replace("abc", "[", "-")', "null"),
        ('split("a1b22c", "[0-9]+")', '["a", "b", "c"]'),
        ('split("abc", "x*")', '["abc"]'),
        ('split("abc", "[")', "null"),
        ('extract("a1b22", "[0-9]+")', '["1", "22"]'),
        ('extract("a", "[")', "null"),
    ],
)
def test_regular_expressions_are_those_of_xpath(text: str, expected: str) -> None:
    assert_same(feel(text), feel(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('time("24:00:00")', 'time("00:00:00")'),
        ('time("24:00:01")', "null"),
        ('time("23:59:00z") + duration("PT2M")', 'time("00:01:00Z")'),
        ('time("10:30:00+05:00:01").time offset', 'duration("PT5H1S")'),
        ('time("10:30:00+19:00")', "null"),
        ('time("10:30")', "null"),
        ('time("25:00:00")', "null"),
        ('time(date and time("2026-01-31T10:30:00+02:00"))', 'time("10:30:00+02:00")'),
        ('time(date("2026-01-31"))', 'time("00:00:00Z")'),
        ("time(10, 30, 15.5)", 'time("10:30:15.5")'),
        ('time(10, 30, 0, duration("-PT2H"))', 'time("10:30:00-02:00")'),
        ('time(10, 30, 0, duration("PT19H"))', "null"),
        ("time(24, 0, 0)", "null"),
        ('date and time(date("2026-01-31"))', '@"2026-01-31T00:00:00Z"'),
        ('date and time(@"2026-01-31T10:00:00", "Europe/Berlin")', '@"2026-01-31T10:00:00@Europe/Berlin"'),
        ('date and time(@"2026-01-31T10:00:00Z", "Nowhere/At All")', "null"),
        ('date and time("9999-12-31T24:00:00")', '@"10000-01-01T00:00:00"'),
        ('date and time("999999999-12-31T24:00:00")', "null"),
        ('duration(duration("P1D"))', 'duration("P1D")'),
        ('duration("P1Y1D")', "null"),
        ('duration("PT1.123456789S").seconds', "1"),
        ('time("10:00:00.25").second', "0.25"),
        ('years and months duration(date("2026-03-31"), date("2026-02-28"))', 'duration("-P1M")'),
        ('years and months duration(date("2024-02-29"), date and time("2025-02-28T23:00:00"))', 'duration("P11M")'),
        ('day of week(@"0001-01-01")', '"Monday"'),
        ('week of year(@"2024-12-30")', "1"),
        ('date("12345-06-07") + duration("P400Y")', 'date("12745-06-07")'),
        ('@"-0001-03-01" - duration("P1D")', '@"-0001-02-28"'),
        ('@"2026-03-29T03:00:00@Europe/Berlin" - @"2026-03-29T01:00:00@Europe/Berlin"', 'duration("PT1H")'),
        ('@"10000-07-01T12:00:00@Europe/Berlin".time offset', 'duration("PT2H")'),
        ('@"2026-01-31T10:00:00" = @"2026-01-31T10:00:00Z"', "false"),
        ('@"2026-01-31T10:00:00" < @"2026-01-31T10:00:00Z"', "null"),
        ('@"10:00:00@Europe/Paris" = @"09:00:00Z"', "true"),
        ('(@"2026-10-25T02:30:00@Europe/Berlin" + @"PT1H") - @"2026-10-25T02:30:00@Europe/Berlin"', 'duration("PT1H")'),
        ('(@"2026-10-25T02:30:00@Europe/Berlin" + @"PT1H").time offset', 'duration("PT1H")'),
        ('@"P1D" = @"P1Y"', "null"),
        ('@"P1D" * 0.5', '@"PT12H"'),
        ('@"P1Y" / 2', '@"P6M"'),
        ('@"P1D" / 0', "null"),
        ('@"P1D" / @"PT0S"', "null"),
    ],
)
def test_dates_times_and_durations(text: str, expected: str) -> None:
    assert_same(feel(text), feel(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("min([])", "null"),
        ("min([1, null])", "null"),
        ('max([1, "a"])', "null"),
        ("min([[1], [2]])", "null"),
        ("sum([])", "null"),
        ('sum([duration("PT1H"), duration("PT2H")])', 'duration("PT3H")'),
        ('sum([duration("P1M"), duration("P1Y")])', 'duration("P13M")'),
        ("count()", "null"),
        ("all([true, 1])", "null"),
        ("all([false, 1])", "null"),
        ("all([false, null])", "false"),
        ("list contains([[1], {a: 1}], {a: 1})", "true"),
        ("list contains([1, true], true)", "true"),
        ("list contains([1], true)", "false"),
        ("index of([[1], [2], [1]], [1])", "[1, 3]"),
        ("distinct values([1, 1.0, true, null, null, {a: 1}, {a: 1}])", "[1, true, null, {a: 1}]"),
        ("concatenate()", "null"),
        ("union([1], [1])", "[1]"),
        ("sublist([1, 2, 3], 2, 5)", "null"),
        ("sublist([1, 2, 3], -2, 1)", "[2]"),
        ("insert before([1], 3, 0)", "null"),
        ("remove([1], 2)", "null"),
        ("list replace([1, 2], 5, 0)", "null"),
        ("list replace([1, 2], function(item, new) item > 1, 0)", "[1, 0]"),
        ("partition([1], 0)", "null"),
        ('sort([1, "a"])', "null"),
        ("sort([1, 2], function(a) true)", "null"),
        ("sort([])", "[]"),
        ("stddev([1])", "null"),
        ("median([])", "null"),
        ("mode([])", "[]"),
        ("product([])", "null"),
        ("odd(1e34)", "false"),
        ("even(1.5)", "false"),
        ("log(0)", "null"),
        ("decimal(1, 7000)", "null"),
        ("floor(1e33, 3)", "1e33"),
        ("number(5)", "5"),
        ('number("1,0", ";")', "null"),
        ('string join([1, "a"])', "null"),
        ('from base64("???")', "null"),
        ('from json("{")', "null"),
        ("to json(function(x) x)", "null"),
        ('to json(@"2026-01-31")', r'"\"2026-01-31\""'),
        ("to json(1.0)", '"1"'),
        ("string([1..3])", '"[1..3]"'),
        ("string((< 3))", '"(< 3)"'),
        ("string((>= 3))", '"(>= 3)"'),
        ('string({"a b": [1]})', r'"{\"a b\": [1]}"'),
        ("is(1, 1.0)", "true"),
        ("is([1], [1])", "true"),
        ("is({a: 1}, {a: 2})", "false"),
        ("is(1, true)", "false"),
        ("coincides(null, 1)", "null"),
        ('before([1..2], ["a".."b"])', "null"),
        ('range("[1..3")', "null"),
        ("context put({}, [], 1)", "null"),
        ("get value({a: 1}, [1])", "null"),
        ("string length(5)", "null"),
        ("upper case()", "null"),
        ('upper case("a", "b")', "null"),
        ("{a: 1, b: a}.b", "1"),
        ('{"x": function(y) y}.x(3)', "3"),
    ],
)
def test_what_does_not_fit_is_null(text: str, expected: str) -> None:
    assert_same(feel(text), feel(expected))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('"a', "the string has no closing quote"),
        ("a & b", "FEEL writes 'and'"),
        ("a | b", "FEEL writes 'or'"),
        ("!a", "FEEL writes 'not(...)' or '!='"),
        ("a % b", "FEEL writes 'modulo(a, b)'"),
        ("a # b", "unexpected character '#'"),
        ("'a'", "a string stands in double quotes"),
        ("1 +", "expected a value, found the end"),
        ("[1, 2", "expected ']' to close the list"),
        ("(1", "expected ')' to close the parenthesis"),
        ("{a: 1", "expected '}' to close the context"),
        ("{a: 1, a: 2}", "the context has two entries 'a'"),
        ("if a then b", "expected 'else' after 'then ...'"),
        ("for i in a", "expected 'return' after the iterations"),
        ("some i in a", "expected 'satisfies' after the iterations"),
        ("a between 1", "expected 'and' between the two limits"),
        ("a instance of nothing", "expected a type such as number"),
        ("a instance of string<number>", "the type string has no parameters"),
        ("a instance of function<number>", "expected '->' before the type of the function's result"),
        ("[1..2", "expected ']' or ')' to close the range"),
        ("f(a: 1, 2)", "expected a parameter name"),
        ("function(a b", "expected ','"),
        ("a b", "expected an operator or the end, found 'b'"),
        ("and", "expected a value"),
        ("a.", "expected a name after '.'"),
        ("foo(", "expected a value"),
        ("for x return 1", "expected 'in' after 'x'"),
    ],
)
def test_an_error_says_what_was_expected(text: str, complaint: str) -> None:
    with pytest.raises(InvalidExpression) as caught:
        compile_feel(text)

    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2026, 1, 31, 9, 30, tzinfo=UTC), "2026-01-31T09:30:00Z"),
        (datetime(2026, 1, 31, 9, 30, 0, 250_000, tzinfo=UTC).replace(tzinfo=None), "2026-01-31T09:30:00.25"),
        (datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/Berlin")), "2026-07-01T09:00:00@Europe/Berlin"),
        (datetime(2026, 7, 1, 9, tzinfo=timezone(timedelta(hours=-3))), "2026-07-01T09:00:00-03:00"),
        (date(2026, 1, 31), "2026-01-31"),
        (time(9, 30, tzinfo=UTC), "09:30:00Z"),
        (timedelta(days=1, hours=2, microseconds=500_000), "P1DT2H0.5S"),
        (timedelta(seconds=-1), "-PT1S"),
    ],
)
def test_pythons_dates_and_times_have_feels_texts(value: Any, expected: str) -> None:
    assert to_text(from_python(value)) == expected
