"""What runs while the process is killed: diagrams, and what each instance must have done in the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bpmn_engine import Resource
from tests.diagrams import (
    call,
    compensate_event,
    diagram,
    end,
    mappings,
    message,
    message_event,
    multi,
    parallel,
    service,
    start,
    throw,
    undo,
)


@dataclass(frozen=True)
class Scenario:
    """`process_id` is started; `elements` says, for each process, how often each element runs in an instance."""

    resources: tuple[Resource, ...]
    process_id: str
    handlers: tuple[str, ...]
    elements: dict[str, Counter[str]]


def _once(*names: str, **more: int) -> Counter[str]:
    return Counter({**dict.fromkeys(names, 1), **more})


_STEPS = ("check", "pay", "ship", "mail")
ORDER = Scenario(
    (
        Resource(
            "order.bpmn",
            diagram(
                "start -> check -> fork; fork -> pay -> join; fork -> mail -> join; join -> ship -> end",
                *map(service, _STEPS),
                parallel("fork"),
                parallel("join"),
                process_id="order",
            ),
        ),
    ),
    "order",
    _STEPS,
    {"order": _once("order", "start", "fork", "join", "end", *_STEPS)},
)

_EACH = multi("=[1, 2, 3]", inputElement="item", outputCollection="booked", outputElement="=book")
TRIP = Scenario(
    (
        Resource(
            "trip.bpmn",
            diagram(
                "start -> legs -> pay -> giveup -> tell",
                call("legs", "leg", mappings({"item": "=item"})).replace(
                    "</bpmn:callActivity>", _EACH + "</bpmn:callActivity>"
                ),
                service("pay"),
                undo("pay", "refund"),
                throw("giveup", compensate_event()),
                end("tell", message_event("ended")),
                process_id="trip",
                shared=message("ended"),
            ),
        ),
        Resource("leg.bpmn", diagram("start -> book -> end", service("book"), process_id="leg")),
        Resource(
            "ledger.bpmn",
            diagram(
                "m -> note -> end",
                start("m", message_event("ended")),
                service("note"),
                process_id="ledger",
                shared=message("ended"),
            ),
        ),
    ),
    "trip",
    ("book", "pay", "refund", "note"),
    {
        "trip": _once("trip", "start", "pay", "refund", "giveup", "tell", legs=4),
        "leg": _once("leg", "start", "book", "end"),
        "ledger": _once("ledger", "m", "note", "end"),
    },
)

SCENARIOS = {"order": ORDER, "trip": TRIP}
