"""A handler that kills its node: an incident ends it, and the jobs beside it are done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bpmn_engine import Engine, Registry, Resource
from tests.diagrams import diagram, service

ROOT = Path(__file__).parents[2]


def _run(url: str) -> int:
    command = [sys.executable, "-m", "tests.crash.poison", url]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60).returncode


def test_a_handler_that_kills_its_node_ends_in_an_incident(database_url: str) -> None:
    with Engine(database_url, handlers=Registry()) as engine:
        engine.deploy(Resource("p.bpmn", diagram("start -> a -> end; start -> b -> end", service("a"), service("b"))))
        key = engine.start("p")

    codes = [_run(database_url) for _ in range(4)]

    assert codes == [9, 9, 9, 0]
    with Engine(database_url, handlers=Registry()) as engine:
        assert "run out 3 times" in engine.incidents(instance_key=key)[0].message
        assert engine.variables(key) == {"done": True}
