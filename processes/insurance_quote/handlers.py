"""Handlers of the insurance quote: a letter that is not really sent."""

from decimal import Decimal

from pydantic import BaseModel

from bpmn_engine import task


class Quote(BaseModel):
    """What the decision gives, or the underwriter."""

    premium: Decimal
    monthly: Decimal


@task("send-quote", result="letter")
def send_quote(quote: Quote) -> str:
    """Write to the customer."""
    return f"Your premium is {quote.premium:.2f} a year, or {quote.monthly:.2f} a month."
