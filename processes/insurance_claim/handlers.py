"""Handlers of the insurance claim."""

from decimal import Decimal

from bpmn_engine import task

POLICIES = {"P-1": Decimal(5000), "P-2": Decimal(800)}


@task("check-policy", result="limit")
def check_policy(policy_id: str) -> Decimal:
    """What the policy covers at most; 0 for an unknown one."""
    return POLICIES.get(policy_id, Decimal(0))


@task("check-fraud", result="suspicious")
async def check_fraud(amount: Decimal) -> bool:
    """A claim above 10,000 is looked at more closely."""
    return amount > 10_000


@task("remind-customer", result="reminders")
def remind_customer(reminders: int = 0) -> int:
    """Ask for the documents again."""
    return reminders + 1


@task("pay-claim", result="payment")
def pay_claim(amount: Decimal, limit: Decimal) -> Decimal:
    """Pay what is claimed, up to the limit of the policy."""
    return min(amount, limit)
