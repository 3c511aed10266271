"""kill -9 in the middle of 500 orders: nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from bpmn_engine import Engine, Registry, Resource
from bpmn_engine.store.queries import Search
from tests.diagrams import diagram, parallel, service

HANDLERS = ("check", "pay", "ship", "mail")
ORDERS = 500
CHAIN = Resource("order.bpmn", diagram(
    "start -> check -> fork; fork -> pay -> join; fork -> mail -> join; join -> ship -> end",
    *map(service, HANDLERS), parallel("fork"), parallel("join"), process_id="order",
))  # fmt: skip
ROOT = Path(__file__).parents[2]


def _run(url: str, log: Path, count: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.crash.worker", url, str(log), str(count)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def _kill_in_the_middle(url: str, log: Path, count: int, calls: int) -> None:
    """Start a worker and kill it after so many handler calls."""
    worker = _run(url, log, count)
    deadline = time.monotonic() + 60
    while _calls(log) < calls and worker.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)


def _calls(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


def test_after_a_kill_all_orders_finish_and_no_step_is_lost_or_doubled(database_url: str, tmp_path: Path) -> None:
    log = tmp_path / "calls"
    _kill_in_the_middle(database_url, log, ORDERS, 300)
    with Engine(database_url, handlers=Registry()) as engine:
        started = engine.search("process instance", Search(limit=10_000)).items
        before = {row.key for row in started if row.state == "COMPLETED"}
    assert len(before) < len(started)
    _kill_in_the_middle(database_url, log, 0, _calls(log) + 200)

    assert _run(database_url, log, 0).wait(120) == 0

    with Engine(database_url, handlers=Registry()) as engine:
        _check(engine, log)


def _check(engine: Engine, log: Path) -> None:
    instances = engine.search("process instance", Search(limit=10_000)).items
    assert {row.state for row in instances} == {"COMPLETED"}
    jobs = engine.search("job", Search(limit=10_000)).items
    assert {job.state for job in jobs} == {"COMPLETED"}
    for row in instances:
        elements = Counter(element.element_id for element in engine.elements(row.key))
        assert elements == Counter(
            {"order": 1, "start": 1, "fork": 1, "join": 1, "end": 1, **dict.fromkeys(HANDLERS, 1)}
        )
        assert {engine.variables(row.key)[name] for name in HANDLERS} == {row.key}
    calls = Counter(line.split()[0] for line in log.read_text().splitlines())
    assert set(calls) == {str(job.key) for job in jobs}
    assert max(calls.values()) <= 3  # once, and once more for each kill that met it in flight
