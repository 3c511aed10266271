"""FEEL as Camunda 8 documents it for process diagrams: the cases of camunda.txt."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bpmn_engine.errors import Failure, InvalidExpression
from bpmn_engine.expressions import compile_feel
from bpmn_engine.expressions.feel.comparing import equal

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
VARIABLES: dict[str, Any] = {
    "a": 1,
    "s": "text",
    "ok": True,
    "none": None,
    "numbers": [1, 2, 3, 4],
    "first name": "Grace",
    "tracking-id": "T-1",
    "customer": {"name": "Ada", "age": 36, "address": {"city": "Bern"}},
    "order": {
        "line items": [{"price": 10, "qty": 2}, {"price": Decimal("25.5"), "qty": 1}],
        "total": Decimal("45.5"),
    },
}


def cases() -> list[tuple[str, str]]:
    lines = Path(__file__).with_name("camunda.txt").read_text().splitlines()
    pairs = (line.rsplit(" => ", 1) for line in lines if line and not line.startswith("#"))
    return [(expression, value) for expression, value in pairs]


def value_of(text: str) -> Any:
    return compile_feel(text).evaluate(VARIABLES, NOW).value


def test_there_are_enough_of_them() -> None:
    assert len(set(cases())) >= 200


@pytest.mark.parametrize(("expression", "expected"), cases())
def test_means_what_camunda_documents(expression: str, expected: str) -> None:
    if expected == "!":
        with pytest.raises(InvalidExpression):
            compile_feel(expression)
    elif expected == "!!":
        with pytest.raises(Failure):
            value_of(expression)
    else:
        assert_same(value_of(expression), value_of(expected))


def assert_same(value: Any, wanted: Any) -> None:
    """The same value of the same type; 2 and 2.0 are one."""
    assert (value is None) is (wanted is None)
    assert equal(value, wanted) is True, f"{value!r} is not {wanted!r}"
