"""The example processes, with their own handlers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bpmn_engine import Engine
from bpmn_engine.cli.importing import import_handlers
from bpmn_engine.store.queries.resources import PROCESS_INSTANCES
from bpmn_engine.worker import registry
from tests.runtime.test_engine import eventually

PROCESSES = Path(__file__).parents[2] / "processes"


@pytest.fixture
def shop() -> Iterator[Engine]:
    """An engine with all examples, at a fixed time."""
    for path in sorted(PROCESSES.rglob("handlers.py")):
        import_handlers(path)
    with Engine("sqlite://", handlers=registry) as engine:
        engine.deploy(PROCESSES)
        engine.clock.pin(datetime(2026, 1, 5, 9, tzinfo=UTC))
        yield engine


def completed(engine: Engine, key: int) -> list[str]:
    """The elements that an ended instance has completed."""
    eventually(lambda: engine.find(PROCESS_INSTANCES, key).state == "COMPLETED")
    return [row.element_id for row in engine.elements(key, state="COMPLETED")]


def task(engine: Engine, key: int, element_id: str) -> Any:
    """An open user task, as soon as it is there."""
    return eventually(lambda: engine.tasks(instance_key=key, element_id=element_id, state="CREATED"))[0]


@pytest.mark.parametrize("process", ["order", "order_camunda"])
def test_an_order_is_paid_and_shipped(shop: Engine, process: str) -> None:
    result = shop.run(process, {"orderId": "A1", "items": ["book", "lamp"]})

    assert (result["total"], result["trackingCode"]) == (52.4, "track-A1")


@pytest.mark.parametrize("process", ["order", "order_camunda"])
def test_an_order_that_cannot_be_shipped_is_refunded(shop: Engine, process: str) -> None:
    assert shop.run(process, {"orderId": "A1", "items": ["anvil"]})["refundId"] == "refund-A1-250"


@pytest.mark.parametrize("process", ["order", "order_camunda"])
def test_an_order_of_something_that_is_not_there_ends_with_a_notice(shop: Engine, process: str) -> None:
    assert shop.run(process, {"orderId": "A1", "items": ["unicorn"]})["notified"] is True


def _apply(engine: Engine, income: int) -> int:
    return engine.start(
        "loan_approval",
        {"applicationId": f"L{income}", "applicant": {"name": "Ada", "income": income}, "amount": 50_000},
    )


def test_a_loan_with_a_high_score_needs_no_review(shop: Engine) -> None:
    key = _apply(shop, 10_000)
    eventually(lambda: shop.elements(key, element_id="AwaitAnswer"))

    shop.publish("customer-answered", "L10000", {"accepted": True})

    assert "PaidOut" in completed(shop, key)


def test_a_loan_with_a_low_score_is_rejected(shop: Engine) -> None:
    assert "Rejected" in completed(shop, _apply(shop, 1_000))


def test_a_loan_in_between_is_reviewed_on_a_form_by_a_loan_officer(shop: Engine) -> None:
    key = _apply(shop, 3_000)
    review = task(shop, key, "Review")
    assert (review.candidate_groups, review.form_id) == ('["loan-officers"]', "loan_review")
    assert review.due_at == shop.clock.now() + timedelta(days=3)

    shop.complete(review.key, {"approved": True})
    shop.publish("customer-answered", "L3000", {"accepted": False}, time_to_live=timedelta(hours=1))

    assert "Declined" in completed(shop, key)


def test_a_review_that_takes_too_long_rejects_the_loan(shop: Engine) -> None:
    key = _apply(shop, 3_000)
    task(shop, key, "Review")

    shop.clock.advance(timedelta(days=6))

    assert "Rejected" in completed(shop, key)


def test_an_offer_without_answer_expires(shop: Engine) -> None:
    key = _apply(shop, 10_000)
    eventually(lambda: shop.elements(key, element_id="AwaitAnswer"))

    shop.clock.advance(timedelta(days=15))

    assert "Expired" in completed(shop, key)


def test_a_loan_above_the_limit_of_its_rating_is_reviewed(shop: Engine) -> None:
    """Nine monthly incomes score well, but the limit without a review is six."""
    key = shop.start(
        "loan_approval", {"applicationId": "L9", "applicant": {"name": "Ada", "income": 1_000}, "amount": 9_000}
    )

    assert task(shop, key, "Review")
    assert shop.variables(key)["rating"] == {"score": 720, "limit": 6_000}


def test_a_loan_without_income_is_rejected(shop: Engine) -> None:
    assert "Rejected" in completed(shop, _apply(shop, 0))


def test_a_quote_is_made_and_sent(shop: Engine) -> None:
    result = shop.run("insurance_quote", {"age": 40, "claims": 0, "vehicleValue": 15_000})

    assert result["quote"] == {"premium": 255, "monthly": Decimal("21.25"), "risk": "low", "accepted": True}
    assert result["letter"] == "Your premium is 255.00 a year, or 21.25 a month."


def test_a_quote_for_which_something_is_missing_is_not_accepted(shop: Engine) -> None:
    quote = shop.decide("insurance_quote", {"age": 40, "claims": 0}).outcome.value

    assert (quote["premium"], quote["accepted"]) == (None, False)


def test_a_quote_that_is_not_accepted_is_made_by_hand(shop: Engine) -> None:
    key = shop.start("insurance_quote", {"age": 20, "claims": 2, "vehicleValue": 30_000})
    by_hand = task(shop, key, "QuoteByHand")
    assert shop.variables(key)["quote"]["premium"] == 1080

    shop.complete(by_hand.key, {"quote": {"premium": 2_000, "monthly": 170}})

    assert "Sent" in completed(shop, key)


@pytest.mark.parametrize(
    ("age", "claims", "risk", "premium"),
    [
        (20, 0, "medium", "450"),
        (20, 1, "high", "720"),
        (40, 1, "low", "380"),
        (40, 3, "medium", "475"),
        (75, 5, "high", "720"),
    ],
)
def test_the_quote_follows_its_tables(shop: Engine, age: int, claims: int, risk: str, premium: str) -> None:
    quote = shop.decide("insurance_quote", {"age": age, "claims": claims, "vehicleValue": 20_000}).outcome.value

    assert (quote["risk"], quote["premium"]) == (risk, Decimal(premium))


def _claim(engine: Engine, amount: int) -> int:
    key = engine.start("insurance_claim")
    engine.complete(task(engine, key, "RegisterClaim").key, {"claimId": "C1", "policyId": "P-2", "amount": amount})
    return key


def test_a_claim_with_documents_is_paid_up_to_the_limit(shop: Engine) -> None:
    key = _claim(shop, 1_000)
    shop.publish("documents-received", "C1", {"documents": 3}, time_to_live=timedelta(hours=1))

    shop.complete(task(shop, key, "AssessClaim").key, {"covered": True})

    assert "Paid" in completed(shop, key)
    assert shop.variables(key)["payment"] == 800


def test_a_suspicious_claim_is_urgent_and_a_refusal_is_explained(shop: Engine) -> None:
    key = _claim(shop, 20_000)
    shop.publish("documents-received", "C1", time_to_live=timedelta(hours=1))
    assess = task(shop, key, "AssessClaim")
    assert assess.priority == 80

    shop.complete(assess.key, {"covered": False})
    shop.complete(task(shop, key, "ExplainRefusal").key)

    assert "Refused" in completed(shop, key)


def test_a_claim_without_documents_is_reminded_and_closed(shop: Engine) -> None:
    key = _claim(shop, 1_000)
    eventually(lambda: shop.elements(key, element_id="AwaitDocuments"))
    for weeks in (1, 2):
        shop.clock.advance(timedelta(days=7))
        eventually(lambda weeks=weeks: shop.variables(key).get("reminders") == weeks)

    shop.clock.advance(timedelta(days=30))

    assert "ClosedWithoutDocuments" in completed(shop, key)
