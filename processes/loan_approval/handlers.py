"""Handlers of the loan approval: a score from income and amount, and letters that are not really sent."""

from decimal import Decimal

from pydantic import BaseModel

from bpmn_engine import task


class Applicant(BaseModel):
    """Who asks for the loan."""

    name: str
    income: Decimal


@task("score-applicant", result="score")
def score_applicant(applicant: Applicant, amount: Decimal) -> int:
    """300 to 850, by how many monthly incomes the loan is."""
    if applicant.income <= 0:
        return 300
    months = amount / applicant.income
    return max(300, min(850, int(850 - months * 15)))


@task("send-offer")
def send_offer(applicant: Applicant, amount: Decimal) -> dict[str, object]:
    """Write to the customer."""
    return {"offer": {"to": applicant.name, "monthlyRate": round(amount / 60, 2)}}


@task("send-rejection", result="letter")
def send_rejection(applicant: Applicant) -> str:
    """Write to the customer."""
    return f"Dear {applicant.name}, we cannot offer you this loan."


@task("pay-out", result="paidOut")
def pay_out(amount: Decimal) -> Decimal:
    """Transfer the money."""
    return amount
