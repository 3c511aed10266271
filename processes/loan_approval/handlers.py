"""Handlers of the loan approval: letters that are not really sent. The rating is a decision, loan_rating.dmn."""

from decimal import Decimal

from pydantic import BaseModel

from bpmn_engine import task


class Applicant(BaseModel):
    """Who asks for the loan."""

    name: str
    income: Decimal


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
