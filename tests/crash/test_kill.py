"""kill -9 in the middle of 500 orders, and of 60 trips with calls, compensation and messages: nothing is lost or doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bpmn_engine import Engine, Registry
from bpmn_engine.store.queries import Search
from bpmn_engine.store.queries.resources import JOBS, PROCESS_INSTANCES
from tests.crash.scenarios import SCENARIOS, Scenario
from tests.soundness import assert_sound

ROOT = Path(__file__).parents[2]


def _run(url: str, log: Path, scenario: str, count: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.crash.worker", url, str(log), scenario, str(count)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def _kill_in_the_middle(worker: subprocess.Popen[bytes], log: Path, calls: int) -> None:
    """Kill a worker after so many handler calls, when all of its instances have begun."""
    begun = Path(f"{log}.started")
    deadline = time.monotonic() + 60
    while (_calls(log) < calls or not begun.exists()) and worker.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)


def _calls(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


@pytest.mark.parametrize(("scenario", "count"), [("order", 500), ("trip", 60)])
def test_after_a_kill_all_instances_finish_and_no_step_is_lost_or_doubled(
    database_url: str, tmp_path: Path, scenario: str, count: int
) -> None:
    log = tmp_path / "calls"
    steps = count * len(SCENARIOS[scenario].handlers)
    _kill_in_the_middle(_run(database_url, log, scenario, count), log, steps // 6)
    assert_sound(database_url)
    with Engine(database_url, handlers=Registry()) as engine:
        started = engine.search(PROCESS_INSTANCES, Search(limit=10_000)).items
        before = {row.key for row in started if row.state == "COMPLETED"}
    assert len(before) < len(started)
    _kill_in_the_middle(_run(database_url, log, scenario, 0), log, _calls(log) + steps // 10)

    assert _run(database_url, log, scenario, 0).wait(120) == 0

    with Engine(database_url, handlers=Registry()) as engine:
        _check(engine, log, SCENARIOS[scenario], count)
    assert_sound(database_url)


def _check(engine: Engine, log: Path, scenario: Scenario, count: int) -> None:
    instances = engine.search(PROCESS_INSTANCES, Search(limit=10_000)).items
    assert {row.state for row in instances} == {"COMPLETED"}
    assert {row.process_id for row in instances} == set(scenario.elements)
    assert sum(row.process_id == scenario.process_id for row in instances) == count
    jobs = engine.search(JOBS, Search(limit=10_000)).items
    assert {job.state for job in jobs} == {"COMPLETED"}
    for row in instances:
        ran = Counter(element.element_id for element in engine.elements(row.key))
        assert ran == scenario.elements[row.process_id]
    calls = Counter(line.split()[0] for line in log.read_text().splitlines())
    assert set(calls) == {str(job.key) for job in jobs}
    assert max(calls.values()) <= 3  # once, and once more for each kill that met it in flight


def test_what_the_handlers_gave_before_and_after_the_kill_is_there(database_url: str, tmp_path: Path) -> None:
    log = tmp_path / "calls"
    _kill_in_the_middle(_run(database_url, log, "trip", 20), log, 30)
    assert _run(database_url, log, "trip", 0).wait(120) == 0

    with Engine(database_url, handlers=Registry()) as engine:
        for trip in engine.instances(process_id="trip"):
            legs = [row.key for row in engine.instances(process_id="leg") if row.parent_key == trip.key]
            assert sorted(engine.variables(trip.key)["booked"]) == sorted(legs)
    assert_sound(database_url)
