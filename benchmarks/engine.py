"""The engine itself: orders, a loop, a wide fork, many items."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from benchmarks import diagrams
from bpmn_engine import Engine, Registry, Resource, Settings, handler_of
from bpmn_engine.runtime.requests.instances import CreateProcessInstance

HANDLERS = Registry(
    handler_of("check", lambda: {"available": True}),
    handler_of("pay", lambda order_id: {"paymentId": order_id}),
    handler_of("ship", lambda: None),
    handler_of("branch", lambda: None),
    handler_of("double", lambda item: {"result": 2 * item}),
)

#: A loop may run for as long as it likes.
UNLIMITED = Settings(run_limit=10**9, run_pace=10**9)


@dataclass(frozen=True, slots=True)
class Rate:
    """Instances a second, and how many requests shared a transaction."""

    instances: float
    batch: float


def orders(url: str, count: int) -> Rate:
    """Run orders, all asked for at once; each is durable at every step."""
    with Engine(url, handlers=HANDLERS) as engine:
        engine.deploy(Resource("order.bpmn", diagrams.order().encode()))
        engine.run("order", {"orderId": 0})
        batches = _count_batches(engine)
        began = time.perf_counter()
        wanted = (CreateProcessInstance("order", variables={"orderId": n}, wait=True) for n in range(count))
        futures = [engine.runtime.submit(request) for request in wanted]
        for future in futures:
            future.result(300).ended.result(300)
        seconds = time.perf_counter() - began
    return Rate(count / seconds, sum(batches) / len(batches))


def _count_batches(engine: Engine) -> list[int]:
    sizes: list[int] = []
    loop: Any = engine.runtime.loop
    original = loop._carry_out

    def counted(requests: list[Any], **how: bool) -> None:
        if requests:
            sizes.append(len(requests))
        original(requests, **how)

    loop._carry_out = counted
    return sizes


def loop_of(url: str, turns: int) -> float:
    """Seconds for a loop of that many turns, as fast as it goes."""
    with Engine(url, handlers=HANDLERS, settings=UNLIMITED) as engine:
        engine.deploy(Resource("loop.bpmn", diagrams.loop().encode()))
        began = time.perf_counter()
        engine.run("loop", {"n": 0, "limit": turns}, timeout=600)
        return time.perf_counter() - began


def fork_of(url: str, count: int) -> float:
    """Seconds for a fork of that many branches and their join."""
    with Engine(url, handlers=HANDLERS) as engine:
        engine.deploy(Resource("fork.bpmn", diagrams.branches(count).encode()))
        began = time.perf_counter()
        engine.run(f"branches{count}", timeout=600)
        return time.perf_counter() - began


def items_of(url: str, count: int, *, sequential: bool) -> float:
    """Seconds for a service task over that many items, with an output list; the mean of runs of 10,000 items in all."""
    runs = 10_000 // count
    with Engine(url, handlers=HANDLERS) as engine:
        engine.deploy(Resource("items.bpmn", diagrams.items(sequential=sequential).encode()))
        engine.run("items", {"all": list(range(100))})  # once to get warm
        began = time.perf_counter()
        for _ in range(runs):
            variables = engine.run("items", {"all": list(range(count))}, timeout=600)
        seconds = time.perf_counter() - began
    assert variables["results"] == [2 * n for n in range(count)]
    return seconds / runs
