"""Two nodes on one PostgreSQL database: every order is done once, whoever does which step."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from bpmn_engine import Engine, Registry, Resource
from bpmn_engine.store.queries import Search
from bpmn_engine.store.queries.resources import ELEMENT_INSTANCES, PROCESS_DEFINITIONS, PROCESS_INSTANCES
from tests.diagrams import catch, diagram, message, message_event, parallel, service
from tests.soundness import assert_sound

HANDLERS = ("check", "pay", "ship")
ORDERS = 100
ORDER = Resource(
    "order.bpmn",
    diagram(
        "start -> check -> fork; fork -> pay -> join; fork -> wait -> join; join -> ship -> end",
        *map(service, HANDLERS),
        parallel("fork"),
        parallel("join"),
        catch("wait", message_event("paid")),
        process_id="order",
        shared=message("paid", "=n"),
    ),
)
ROOT = Path(__file__).parents[2]


def _node(url: str, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.crash.node", url, name]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.mark.postgres
def test_two_nodes_do_every_step_of_every_order_once(postgres_url: str) -> None:
    with Engine(postgres_url, handlers=Registry()) as engine:
        engine.deploy(ORDER)
    nodes = [_node(postgres_url, name) for name in "ab"]

    assert [node.wait(120) for node in nodes] == [0, 0]

    with Engine(postgres_url, handlers=Registry()) as engine:
        instances = engine.search(PROCESS_INSTANCES, Search(limit=10_000)).items
        elements = engine.search(ELEMENT_INSTANCES, Search(limit=10_000)).items
    assert len(instances) == 2 * ORDERS
    assert set(Counter((row.instance_key, row.element_id) for row in elements).values()) == {1}
    assert {row.state for row in elements} == {"COMPLETED"}
    assert_sound(postgres_url)


@pytest.mark.postgres
def test_nodes_that_deploy_the_same_files_at_once_make_one_version_of_each(postgres_url: str) -> None:
    files = [Resource(f"p{n}.bpmn", diagram("start -> end", process_id=f"p{n}")) for n in range(20)]
    with ExitStack() as stack:
        engines = [stack.enter_context(Engine(postgres_url, handlers=Registry())) for _ in range(3)]

        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda engine: [engine.deploy(file) for file in files], engines))

        rows = engines[0].search(PROCESS_DEFINITIONS, Search(limit=100)).items
    assert sorted((row.process_id, row.version) for row in rows) == sorted((f"p{n}", 1) for n in range(20))
