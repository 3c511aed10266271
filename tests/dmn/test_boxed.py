"""Boxed expressions, and how scopes nest in them."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn_engine.dmn import read_decisions
from tests.dmn.models import decision, knowledge, literal, made, model, value


def entry(name: str, logic: str, type: str = "") -> str:  # noqa: A002
    typed = f' typeRef="{type}"' if type else ""
    variable = f'<variable name="{name}"{typed}/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def context(*entries: str) -> str:
    return f"<context>{''.join(entries)}</context>"


def invocation(function: str, **bound: str) -> str:
    bindings = "".join(f'<binding><parameter name="{name}"/>{literal(text)}</binding>' for name, text in bound.items())
    return f"<invocation>{literal(function)}{bindings}</invocation>"


def iterated(tag: str, source: str, what: str, text: str) -> str:
    return f'<{tag} iteratorVariable="n"><in>{literal(source)}</in><{what}>{literal(text)}</{what}></{tag}>'


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (literal("1 + x"), 3),
        (context(entry("a", literal("x")), entry("b c", literal("a * 10"))), {"a": 2, "b c": 20}),
        (context(entry("a", literal("x")), entry("b c", literal("a * 10")), entry("", literal("b c + a"))), 22),
        (
            context(
                entry("f", f"<functionDefinition><formalParameter name='n'/>{literal('n + x')}</functionDefinition>"),
                entry("", literal("f(5)")),
            ),
            7,
        ),
        (f"<list>{literal('x')}{literal('x + 1')}</list>", [2, 3]),
        (
            f"<relation><column name='a'/><column name='b'/><row>{literal('1')}{literal('x')}</row></relation>",
            [{"a": 1, "b": 2}],
        ),
        (
            f"<conditional><if>{literal('x > 1')}</if><then>{literal('10')}</then><else>{literal('20')}</else></conditional>",
            10,
        ),
        (iterated("for", "[1, 2, 3]", "return", "n * x"), [2, 4, 6]),
        (iterated("for", "[1..3]", "return", "if count(partial) = 0 then 1 else partial[-1] * 2"), [1, 2, 4]),
        (iterated("some", "[1, 2]", "satisfies", "n = x"), True),
        (iterated("every", "[1, 2]", "satisfies", "n = x"), False),
        (f"<filter><in>{literal('[1, 2, 3]')}</in><match>{literal('item >= x')}</match></filter>", [2, 3]),
        (f"<filter><in>{literal('[{a: 1}, {a: 2}]')}</in><match>{literal('a = x')}</match></filter>", [{"a": 2}]),
    ],
)
def test_a_boxed_expression_is_what_its_text_would_be(logic: str, expected: Any) -> None:
    assert value(model(decision("d", logic)), x=2) == expected


def test_a_boxed_condition_that_is_no_boolean_makes_null_where_a_text_would_take_else() -> None:
    boxed = f"<conditional><if>{literal('x')}</if><then>{literal('1')}</then><else>{literal('2')}</else></conditional>"

    assert value(model(decision("d", boxed)), x="text") is None
    assert value(model(decision("d", literal("if x then 1 else 2"))), x="text") == 2


def test_an_entry_with_a_type_is_stored_as_one() -> None:
    typed = model(decision("d", context(entry("a", literal("x"), "number"), entry("", literal("a")))))

    assert value(typed, x=[5]) == 5
    outcome = made(typed, x="text")
    assert outcome.value is None
    assert "the entry 'a' is a string, not a number" in outcome.warnings


def test_names_with_spaces_and_signs_are_read_longest_first() -> None:
    named = context(
        entry("Loan Amount", literal("100")),
        entry("Loan Amount - Fee", literal("Loan Amount - 1")),
        entry("Pre-bureau risk/category", literal('"low"')),
        entry("", literal('if Pre-bureau risk/category = "low" then Loan Amount - Fee else Loan Amount')),
    )

    assert value(model(decision("d", named))) == 99


def test_a_key_of_a_context_is_a_name_and_nothing_else() -> None:
    assert value(model(decision("d", literal("{foo+bar: 1, first name: 2}")))) == {"foo+bar": 1, "first name": 2}
    assert "expected ':' after 'a'" in read_decisions(model(decision("d", literal("{a, b: 1}")))).problems[0].message


def test_an_invocation_binds_by_name() -> None:
    rate = knowledge("rate", {"amount": "number", "percent": "number"}, literal("amount * percent / 100"))
    calling = model(decision("d", invocation("rate", percent="x", amount="200"), needs=["bkm:rate"]), rate)

    assert value(calling, x=5) == 10


def test_an_argument_of_another_type_is_not_passed() -> None:
    rate = knowledge("rate", {"amount": "number"}, literal("amount = null"))
    calling = model(decision("d", literal('rate("text")'), needs=["bkm:rate"]), rate)

    assert value(calling) is None


def test_what_cannot_be_read_is_a_problem_with_its_place() -> None:
    read = read_decisions(model(decision("d", literal("1 +"))))

    problem = read.problems[0]
    assert problem.element_id == "d"
    assert "An expression of 'd' cannot be read: expected a value" in problem.message


@pytest.mark.parametrize(
    ("logic", "complaint"),
    [
        ("<conditional><if/></conditional>", "needs an expression in <if>"),
        ("<invocation/>", "needs the name of what it calls"),
        (f"<relation><column name='a'/><row>{literal('1')}{literal('2')}</row></relation>", "2 cells for 1 columns"),
        (literal("x.y()", 'expressionLanguage="javascript"'), "'javascript', which is not supported"),
        ('<decisionTable hitPolicy="SOMETIMES"><output/></decisionTable>', "'SOMETIMES' is not a hit policy"),
        ("<decisionTable/>", "has no output"),
        ('<decisionTable hitPolicy="COLLECT" aggregation="SUM"><output/><output/></decisionTable>', "has one output"),
        (
            "<decisionTable><output/><rule><inputEntry><text>1</text></inputEntry></rule></decisionTable>",
            "Rule 1 has 1 conditions and 0 results",
        ),
        (
            "<decisionTable><output/><rule><outputEntry><text>1 +</text></outputEntry></rule></decisionTable>",
            "Rule 1, output 'output 1', of 'd' cannot be read",
        ),
    ],
)
def test_what_is_drawn_wrongly_is_told(logic: str, complaint: str) -> None:
    problems = read_decisions(model(decision("d", logic))).problems

    assert any(complaint in problem.message for problem in problems)
    assert all(problem.line for problem in problems)
