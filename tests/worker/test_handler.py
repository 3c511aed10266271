"""How parameters get their values and results become variables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from bpmn_engine import Job, handler_of
from bpmn_engine.worker.handler import BadVariable


class Customer(BaseModel):
    name: str
    limit: Decimal = Decimal(0)


@dataclass
class Order:
    id: str
    items: list[str]


def job(**variables: Any) -> Job:
    """A job with these variables."""
    return Job(1, "t", 2, 3, "p", 1, "e", 4, 3, {}, "w", None, variables)


def call(function: Any, result: str | None = None, **variables: Any) -> dict[str, Any]:
    """What a handler makes of variables."""
    handler = handler_of("t", function, result)
    return handler.variables(function(**handler.arguments(job(**variables))))


def test_parameters_take_variables_by_name_also_in_camel_case() -> None:
    def handle(order_id: str, total: float) -> dict[str, Any]:
        return {"seen": f"{order_id} {total}"}

    assert call(handle, orderId="A1", total=Decimal("1.5")) == {"seen": "A1 1.5"}
    assert call(handle, order_id="A2", total=1) == {"seen": "A2 1.0"}


def test_annotations_convert() -> None:
    def handle(customer: Customer, order: Order, total: Decimal, due: datetime) -> dict[str, Any]:
        return {"name": customer.name, "items": order.items, "total": total, "due": due}

    result = call(
        handle,
        customer={"name": "Ada"},
        order={"id": "1", "items": ["x"]},
        total=Decimal("0.10"),
        due="2026-01-31T09:00:00Z",
    )

    assert result == {
        "name": "Ada",
        "items": ["x"],
        "total": Decimal("0.10"),
        "due": datetime(2026, 1, 31, 9, tzinfo=UTC),
    }


def test_without_annotation_values_are_plain_json_copies() -> None:
    original = {"a": [Decimal("1.5")]}

    def handle(value):  # type: ignore[no-untyped-def]
        value["a"].append(2)
        return value

    assert call(handle, value=original) == {"a": [1.5, 2]}
    assert original == {"a": [Decimal("1.5")]}


def test_defaults_stand_in_for_missing_variables() -> None:
    def handle(count: int = 7) -> dict[str, int]:
        return {"count": count}

    assert call(handle) == {"count": 7}


def test_a_missing_variable_is_named() -> None:
    def handle(total: int) -> None:
        """Never called."""

    with pytest.raises(BadVariable, match="needs a variable 'total'"):
        call(handle)


def test_a_variable_that_does_not_fit_is_named() -> None:
    def handle(total: int) -> None:
        """Never called."""

    with pytest.raises(BadVariable, match="'total' does not fit"):
        call(handle, total="many")


def test_keywords_take_all_variables() -> None:
    def handle(a: int, **rest: Any) -> dict[str, Any]:
        return {"rest": sorted(rest)}

    assert call(handle, a=1, b=2, c=3) == {"rest": ["b", "c"]}


def test_models_and_dataclasses_become_variables() -> None:
    assert call(lambda: Customer(name="Ada")) == {"name": "Ada", "limit": Decimal(0)}
    assert call(lambda: Order("1", [])) == {"id": "1", "items": []}
    assert call(lambda: None) == {}


def test_a_single_value_needs_a_name() -> None:
    assert call(lambda: 5, "count") == {"count": 5}
    with pytest.raises(BadVariable, match="result="):
        call(lambda: 5)


def test_parameters_that_cannot_be_named_are_refused() -> None:
    def handle(*values: int) -> None:
        """Never registered."""

    with pytest.raises(TypeError, match="cannot be given by name"):
        handler_of("t", handle)
