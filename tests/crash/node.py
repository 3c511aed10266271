"""One of two nodes that share a database: it starts orders and publishes the messages for the other's."""

from __future__ import annotations

import sys
import time
from datetime import timedelta

from bpmn_engine import Engine, Registry, handler_of
from bpmn_engine.runtime.requests.instances import CreateProcessInstance
from bpmn_engine.runtime.requests.messages import PublishMessage
from bpmn_engine.store.queries import Search
from bpmn_engine.store.queries.resources import PROCESS_INSTANCES
from tests.crash.test_nodes import HANDLERS, ORDERS


def _done() -> None:
    """The work of every handler."""


def main(url: str, me: str) -> None:
    """Run until all orders of both nodes are done."""
    other = "b" if me == "a" else "a"
    registry = Registry(*(handler_of(name, _done) for name in HANDLERS))
    with Engine(url, handlers=registry) as engine:
        requests = [
            engine.runtime.submit(CreateProcessInstance("order", variables={"n": f"{me}{n}"})) for n in range(ORDERS)
        ]
        minute = timedelta(minutes=1)
        requests += [
            engine.runtime.submit(PublishMessage("paid", f"{other}{n}", {"by": me}, minute)) for n in range(ORDERS)
        ]
        for future in requests:
            future.result(60)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if engine.search(PROCESS_INSTANCES, Search({"state": "COMPLETED"}, limit=1)).total == 2 * ORDERS:
                return
            time.sleep(0.05)
    raise SystemExit("not all orders were done in time")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
