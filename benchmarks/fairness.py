"""How long a start takes while other processes ask for everything: python -m benchmarks.fairness [--seconds N].

Twenty endless loops, forty expressions of 0.3 s, a multi-instance activity over 100,000 items and 500 long polls, all
at once; beside them somebody starts another process over REST, again and again. Prints the times of those starts with
and without the others, and while processes of 9,000 and 33,000 tasks are deployed. Server and clients are processes of
their own.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks import diagrams
from benchmarks.__main__ import new_database, postgres
from tests.servers import free_port, start_server, stop_server

_LOOPS, _SLOW, _ITEMS, _POLLS = 20, 40, 100_000, 500
#: An expression that takes about 0.3 s on the machine that this was written on.
_EXPRESSION = "=sum(for x in 1..1700 return sum(for y in 1..100 return x * y))"


def _deploy(address: str, **files: str) -> httpx.Response:
    parts = [("resources", (f"{name}.bpmn", text.encode())) for name, text in files.items()]
    return httpx.post(f"{address}/v2/deployments", files=parts, timeout=120)


def _start_times(address: str, seconds: float) -> list[float]:
    """The times of starts, one after the other, in milliseconds."""
    times = []
    end = time.monotonic() + seconds
    with httpx.Client(base_url=address, timeout=60) as client:
        while time.monotonic() < end:
            began = time.perf_counter()
            client.post("/v2/process-instances", json={"processDefinitionId": "light"}).raise_for_status()
            times.append(1000 * (time.perf_counter() - began))
            time.sleep(0.005)
    return times


def _crowd(address: str) -> None:
    """Everything that wants the engine for itself."""
    wanted: list[dict[str, Any]] = [{"processDefinitionId": f"endless{number}"} for number in range(_LOOPS)]
    wanted += [{"processDefinitionId": "slow"}] * _SLOW
    wanted.append({"processDefinitionId": "many", "variables": {"items": list(range(_ITEMS))}})

    async def ask_all() -> None:
        async with httpx.AsyncClient(base_url=address, timeout=120) as client:
            await asyncio.gather(*(client.post("/v2/process-instances", json=body) for body in wanted))

    asyncio.run(ask_all())


def _poll_for_ever(address: str) -> None:
    """Long polls of one type, as many as there may be."""

    async def poll(client: httpx.AsyncClient) -> None:
        body = {"type": "rare", "maxJobsToActivate": 1, "timeout": 60_000, "requestTimeout": 30_000}
        while True:
            await client.post("/v2/jobs/activation", json=body)

    async def all_of_them() -> None:
        limits = httpx.Limits(max_connections=_POLLS)
        async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
            await asyncio.gather(*(poll(client) for _ in range(_POLLS)))

    asyncio.run(all_of_them())


@contextmanager
def _beside(work: Callable[[str], None], address: str, seconds: float) -> Iterator[None]:
    """Let another process work meanwhile; it has `seconds` to begin."""
    other = multiprocessing.get_context("spawn").Process(target=work, args=(address,), daemon=True)
    other.start()
    time.sleep(seconds)
    yield
    other.terminate()
    other.join()


def report(name: str, times: list[float]) -> None:
    """One line: how many, median, p99, longest."""
    ordered = sorted(times)
    median, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    print(
        f"{name:<34} {len(times):5} starts   median {median:7.1f} ms   p99 {p99:7.1f} ms   "
        f"longest {ordered[-1]:7.1f} ms",
        flush=True,
    )


def _measure(url: str, seconds: float) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    os.environ["BPMN_RUN_LIMIT"] = str(10**9)
    with tempfile.TemporaryDirectory() as empty:
        server = start_server(port, url, folder=empty)
        try:
            _deploy(address, **diagrams.crowd(_EXPRESSION)).raise_for_status()
            _start_times(address, 1)
            report("alone", _start_times(address, seconds))
            for work, name in ((_deploy_9000, "9,000"), (_deploy_33000, "33,000")):
                with _beside(work, address, 1):
                    report(f"beside deployments of {name} tasks", _start_times(address, seconds))
            with _beside(_poll_for_ever, address, 3):
                report(f"beside {_POLLS} long polls", _start_times(address, seconds))
                with _beside(_crowd, address, 1):
                    report("beside all of the crowd", _start_times(address, 2 * seconds))
        finally:
            stop_server(server)


def _deploy_9000(address: str) -> None:
    _deploy_again_and_again(address, 9_000)


def _deploy_33000(address: str) -> None:
    _deploy_again_and_again(address, 33_000)


def _deploy_again_and_again(address: str, tasks: int) -> None:
    """Deploy a long process, changed each time; say how long the first one takes."""
    text = diagrams.line(tasks)
    for number in range(1000):
        began = time.perf_counter()
        answer = _deploy(address, line=f"{text}<!-- {number} -->")
        if not number:
            seconds = time.perf_counter() - began
            print(f"  deploying {tasks:,} tasks took {seconds:.2f} s and gave {answer.status_code}", flush=True)
        time.sleep(0.1)


def run_on(databases: dict[str, Callable[[], Any]], seconds: float) -> None:
    """Measure on each database in turn."""
    for name, make in databases.items():
        print(name)
        _measure(make(), seconds)


def main() -> None:
    """Measure on SQLite, and on PostgreSQL if it is here."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bpmn-fair-") as name, postgres(Path(name)) as url:
        databases: dict[str, Callable[[], Any]] = {"SQLite": lambda: f"sqlite:///{Path(name) / 'fair.db'}"}
        if url is not None:
            databases["PostgreSQL"] = lambda: new_database(url, "fair")
        if chosen.only:
            databases = {kind: make for kind, make in databases.items() if kind.lower().startswith(chosen.only[:6])}
        run_on(databases, chosen.seconds)


if __name__ == "__main__":
    main()
