"""Handlers of the order process: a toy shop that keeps its stock in memory."""

from decimal import Decimal

from bpmn_engine import BpmnError, task

STOCK = {"book": 10_000, "lamp": 5, "anvil": 1}
PRICES = {"book": Decimal("12.50"), "lamp": Decimal("39.90"), "anvil": Decimal("250")}
TOO_HEAVY = {"anvil"}


@task("check-inventory")
@task("inventoryChecker")
def check_inventory(items: list[str]) -> dict[str, object]:
    """Say whether everything is there and what it costs."""
    available = all(STOCK.get(item, 0) > 0 for item in items)
    return {"available": available, "total": sum((PRICES.get(item, Decimal(0)) for item in items), Decimal(0))}


@task("process-payment")
@task("com.example.PaymentProcessor")
def process_payment(order_id: str, total: Decimal) -> dict[str, str]:
    """Charge the customer's card."""
    return {"paymentId": f"pay-{order_id}-{total}"}


@task("ship-order")
def ship_order(order_id: str, items: list[str]) -> dict[str, str]:
    """Hand the parcel to the carrier, who refuses what is too heavy."""
    if TOO_HEAVY & set(items):
        raise BpmnError("SHIPPING_FAILED", "the carrier refuses this parcel")
    return {"trackingCode": f"track-{order_id}"}


@task("refund-payment", result="refundId")
def refund_payment(payment_id: str) -> str:
    """Give the money back."""
    return payment_id.replace("pay-", "refund-", 1)


@task("notify-out-of-stock", result="notified")
def notify_out_of_stock(order_id: str) -> bool:
    """Tell the customer that something is missing."""
    return bool(order_id)


@task("remind-warehouse", result="reminders")
def remind_warehouse(reminders: int = 0) -> int:
    """Ask the warehouse where the parcel stays."""
    return reminders + 1
