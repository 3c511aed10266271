"""Decision tables: hit policies, cells, and what is told of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpmn_engine.dmn import EvaluatedInput, EvaluatedOutput, MatchedRule, read_decisions
from bpmn_engine.expressions import compile_unary_tests
from tests.dmn.models import NOW, decision, literal, made, model, table, value

#: Three rules: 1 for x > 0, 2 for x > 10, 3 for x > 100.
STEPS = (["> 0", '"low"', "1"], ["> 10", '"middle"', "2"], ["> 100", '"high"', "3"])
LEVELS = {"level": '"high", "middle", "low"'}


def stepped(policy: str, **options: Any) -> bytes:
    return model(decision("d", table(policy, ["x"], ["level", "points"], *STEPS, **options)))


def single(policy: str, **options: Any) -> bytes:
    rules = [[condition, points] for condition, _, points in STEPS]
    return model(decision("d", table(policy, ["x"], ["points"], *rules, **options)))


LOW, MIDDLE, HIGH = ({"level": name, "points": n} for n, name in enumerate(("low", "middle", "high"), 1))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("FIRST", LOW),
        ("PRIORITY", HIGH),
        ("RULE ORDER", [LOW, MIDDLE, HIGH]),
        ("OUTPUT ORDER", [HIGH, MIDDLE, LOW]),
        ("COLLECT", [LOW, MIDDLE, HIGH]),
    ],
)
def test_a_hit_policy_says_which_rules_count_and_in_which_order(policy: str, expected: Any) -> None:
    assert value(stepped(policy, values=LEVELS), x=500) == expected


def test_without_a_hit_policy_a_table_is_unique() -> None:
    unique = model(
        decision("d", table("UNIQUE", ["x"], ["y"], ["< 5", '"a"'], [">= 5", '"b"'])).replace('hitPolicy="UNIQUE"', "")
    )

    assert value(unique, x=5) == "b"


def test_unique_fails_when_two_rules_match_and_names_them() -> None:
    outcome = made(stepped("UNIQUE"), x=50)

    assert outcome.failure == "'d': rules 1 and 2 match together, but the hit policy UNIQUE allows one."
    assert outcome.failed is not None
    assert outcome.failed.id == "d"


def test_any_takes_rules_that_agree_and_fails_where_they_do_not() -> None:
    agreeing = model(decision("d", table("ANY", ["x"], ["y"], ["> 0", '"a"'], ["> 10", '"a"'], ["> 100", '"b"'])))

    assert value(agreeing, x=50) == "a"
    assert "rules 1, 2 and 3 match with different outputs" in (made(agreeing, x=500).failure or "")


@pytest.mark.parametrize(("aggregation", "expected"), [("SUM", 6), ("COUNT", 3), ("MIN", 1), ("MAX", 3)])
def test_collect_aggregates(aggregation: str, expected: int) -> None:
    assert value(single("COLLECT", aggregation=aggregation), x=500) == expected


def test_no_match_is_null_an_empty_list_or_nothing_counted() -> None:
    assert value(single("FIRST"), x=-1) is None
    assert "no rule of 'd' matches" in made(single("FIRST"), x=-1).warnings
    assert value(single("COLLECT"), x=-1) == []
    assert value(single("COLLECT", aggregation="COUNT"), x=-1) == 0
    assert value(single("COLLECT", aggregation="SUM"), x=-1) is None


def test_default_outputs_stand_where_no_rule_matches() -> None:
    defaults = {"level": '"none"', "points": "0"}

    assert value(stepped("FIRST", defaults=defaults), x=-1) == {"level": "none", "points": 0}
    assert value(stepped("COLLECT", defaults=defaults), x=-1) == [{"level": "none", "points": 0}]


def test_priorities_count_over_all_outputs_from_left_to_right() -> None:
    rules = (["-", '"b"', "1"], ["-", '"a"', "2"], ["-", '"a"', "1"])
    values = {"p": '"a", "b"', "q": "1, 2"}
    ordered = model(decision("d", table("OUTPUT ORDER", ["x"], ["p", "q"], *rules, values=values)))

    assert [(row["p"], row["q"]) for row in value(ordered, x=0)] == [("a", 1), ("a", 2), ("b", 1)]


@pytest.mark.parametrize(
    ("cell", "matching", "other"),
    [
        ("", 1, None),
        ("-", None, None),
        ("5", 5, 6),
        ("5, 7", 7, 6),
        ("[1..5]", 5, 6),
        ("(1..5)", 2, 5),
        ("< 3, > 7", 8, 5),
        ("not(3)", 4, 3),
        ("not(< 3, > 7)", 5, 8),
        ('"a"', "a", "b"),
        ('"a", "b"', "b", "c"),
        ("null", None, 1),
        ("true", True, False),
        ("false", False, True),
        ("? > 3 and ? < 6", 5, 7),
        ("even(?)", 4, 3),
        ("limit", 10, 9),
        ("> limit", 11, 10),
        ("[1, 2, 3]", 2, 4),
        ("words", "x", "z"),
        ('starts with(?, "ab")', "abc", "b"),
        ('date("2026-01-31")', None, 5),
        ("? = true", True, False),
        ("10.0", 10, 11),
        ("-5", -5, 5),
    ],
)
def test_a_cell_matches(cell: str, matching: Any, other: Any) -> None:
    tables = model(decision("d", table("FIRST", ["x"], ["y"], [cell, '"yes"'], ["-", '"no"'])))
    limits = {"limit": 10, "words": ["x", "y"]}

    if cell not in ('date("2026-01-31")',):
        assert value(tables, x=matching, **limits) == "yes"
    if cell not in ("", "-"):
        assert value(tables, x=other, **limits) == "no"


def test_inputs_may_be_expressions_and_outputs_may_see_inputs() -> None:
    priced = model(
        decision(
            "d", table("FIRST", ["order.total * 2"], ["price"], ["> 100", "order.total - 10"], ["-", "order.total"])
        )
    )

    assert value(priced, order={"total": 60}) == 50
    assert value(priced, order={"total": 20}) == 20


def test_says_what_it_looked_at_and_which_rules_counted() -> None:
    outcome = made(stepped("RULE ORDER"), x=50)

    assert outcome.evaluated[0].inputs == (EvaluatedInput("in1", "x", 50),)
    assert outcome.evaluated[0].rules == (
        MatchedRule("r1", 1, (EvaluatedOutput("out1", "level", "low"), EvaluatedOutput("out2", "points", 1))),
        MatchedRule("r2", 2, (EvaluatedOutput("out1", "level", "middle"), EvaluatedOutput("out2", "points", 2))),
    )


def test_an_input_outside_the_values_of_its_column_fails_and_names_the_input() -> None:
    limited = model(decision("d", table("FIRST", ["color"], ["y"], ["-", "1"], values={"color": '"red", "green"'})))

    assert value(limited, color="red") == 1
    assert made(limited, color="blue").failure == (
        "'d', the input 'color': its value is \"blue\", which is not among those that the column allows."
    )


def test_a_rule_that_cannot_be_computed_is_named() -> None:
    asserting = model(
        decision("d", table("FIRST", ["x"], ["y"], ["< 0", "1"], ["-", 'assert(x, x < 10, "x is too large")']))
    )

    assert made(asserting, x=50).failure == "'d', rule 2: x is too large"


def test_an_input_that_takes_too_long_is_named() -> None:
    endless = model(
        decision("d", table("FIRST", ["count(for a in 1..9999, b in 1..9999 return 1)"], ["y"], ["-", "1"]))
    )

    assert "the input 'count(for" in (made(endless).failure or "")


def test_the_type_of_a_column_is_kept() -> None:
    typed = table("FIRST", ["x"], ["y"], ["-", '"text"']).replace('name="y"', 'name="y" typeRef="number"')
    outcome = made(model(decision("d", typed)), x=1)

    assert outcome.value is None
    assert "the output of rule 1 is a string, not a number" in outcome.warnings


def test_a_text_is_a_date_where_the_column_says_so() -> None:
    dated = table("FIRST", ["day"], ["y"], ['< date("2026-01-01")', '"before"'], ["-", '"after"'])
    dated = dated.replace("<inputExpression>", '<inputExpression typeRef="date">')

    assert value(model(decision("d", dated)), day="2025-12-31") == "before"


#: Cells of every kind that is looked up instead of tested, and some that are tested.
CELLS = st.one_of(
    st.integers(-5, 5).map(str),
    st.tuples(st.sampled_from(["<", "<=", ">", ">="]), st.integers(-5, 5)).map(lambda pair: f"{pair[0]} {pair[1]}"),
    st.tuples(st.sampled_from("[("), st.integers(-5, 5), st.integers(-5, 5), st.sampled_from("])")).map(
        lambda ends: f"{ends[0]}{ends[1]}..{ends[2]}{ends[3]}"
    ),
    st.lists(st.integers(-5, 5).map(str), min_size=1, max_size=3).map(", ".join),
    st.integers(-5, 5).map(lambda n: f"not({n})"),
    st.integers(-5, 5).map(lambda n: f"? != {n}"),
    st.sampled_from(['"a"', '"a", "b"', 'not("a")', '> "a"', "null", "true", "-", "1.5", "< 2.5", "limit", "> limit"]),
)
VALUES = st.one_of(
    st.integers(-6, 6), st.sampled_from([Decimal("1.5"), Decimal("2.5"), "a", "b", "c", None, True, False])
)


@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12),
    st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=8),
)
def test_rules_that_are_looked_up_are_those_whose_cells_pass_one_by_one(rules: Any, values: Any) -> None:
    rows = [[first, second, str(number)] for number, (first, second) in enumerate(rules, 1)]
    read = read_decisions(model(decision("d", table("COLLECT", ["x", "y"], ["n"], *rows))))

    for x, y in values:
        expected = [
            number
            for number, cells in enumerate(rules, 1)
            if all(_passes(cell, tested) for cell, tested in zip(cells, (x, y), strict=True))
        ]
        assert value(read, x=x, y=y, limit=2) == expected


def _passes(cell: str, tested: Any) -> bool:
    return compile_unary_tests(cell).evaluate({"limit": 2}, NOW, tested).value is True


def test_true_and_one_are_different_cells() -> None:
    told_apart = model(decision("d", table("COLLECT", ["x"], ["n"], ["true", "1"], ["1", "2"], ["1.0", "3"])))

    assert value(told_apart, x=True) == [1]
    assert value(told_apart, x=1) == [2, 3]


def test_a_table_inside_other_logic_gives_its_value() -> None:
    nested = table("FIRST", ["x"], ["y"], ["> 1", "10"], ["-", "20"])
    boxed = f"<context><contextEntry><variable name='inner'/>{nested}</contextEntry><contextEntry>{literal('inner + 1')}</contextEntry></context>"

    assert value(model(decision("d", boxed)), x=5) == 11


@pytest.mark.parametrize("cell", ["y > 20", "y > 20 or y < 5", "y between 1 and 2", "y in [1..2]", "not(y > 20)"])
def test_a_condition_that_is_null_is_not_met_by_null(cell: str) -> None:
    source = model(decision("d", table("FIRST", ["x"], ["r"], [cell, '"met"'], ["-", '"not met"'])))

    assert value(source, x=None, y=None) == ("met" if cell.startswith("not(") else "not met")


@pytest.mark.parametrize(
    "column",
    [
        '<input id="i"><inputExpression id="e" typeRef="string"><text></text></inputExpression></input>',
        '<input id="i"><inputExpression id="e" typeRef="string"/></input>',
        '<input id="i"/>',
    ],
)
def test_a_column_without_an_expression_as_an_editor_saves_a_new_table_is_null_with_a_warning(column: str) -> None:
    def saved(cell: str) -> bytes:
        return model(
            decision(
                "d",
                f'<decisionTable id="t">{column}<output id="o" typeRef="string"/><rule id="r">'
                f"<inputEntry><text>{cell}</text></inputEntry>"
                '<outputEntry><text>"yes"</text></outputEntry></rule></decisionTable>',
            )
        )

    (problem,) = read_decisions(saved("")).problems

    assert (problem.severity, problem.message) == (
        "warning",
        "The input 'input 1' has no expression, so it is always null.",
    )
    assert [value(saved(cell)) for cell in ("", "-", "null", '"a"')] == ["yes", "yes", "yes", None]


def test_a_new_table_without_rules_is_read_and_null() -> None:
    saved = (
        '<decisionTable id="t"><input id="i"><inputExpression id="e" typeRef="string"><text></text></inputExpression>'
        '</input><output id="o" typeRef="string"/></decisionTable>'
    )

    assert value(model(decision("d", saved))) is None
