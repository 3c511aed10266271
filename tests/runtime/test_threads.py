"""Only the loop's thread writes; the others queue requests (docs/architecture.md, Threads)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bpmn_engine import Engine, Registry, Resource, handler_of
from tests.diagrams import boundary, diagram, element, service, timer, user
from tests.runtime.test_engine import eventually
from tests.servers import serving

WORK = diagram(
    "start -> a -> u -> end; late -> over",
    service("a"),
    user("u"),
    boundary("late", "u", timer("Duration", "PT1H")),
    element("endEvent", "over"),
)


def test_only_the_loop_writes_once_the_engine_runs(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    writers: Counter[str] = Counter()

    with Engine(database_url, handlers=Registry(handler_of("a", lambda: {"done": True}))) as engine:
        write = engine.runtime.database.write

        @contextmanager
        def watched() -> Iterator[Any]:
            writers[threading.current_thread().name] += 1
            with write() as connection:
                yield connection

        monkeypatch.setattr(engine.runtime.database, "write", watched)
        with serving(engine) as address:
            engine.deploy(Resource("p.bpmn", WORK))
            keys = [engine.start("p") for _ in range(3)]
            eventually(lambda: len(engine.tasks()) == 3)
            httpx.post(f"{address}/v2/user-tasks/{engine.tasks()[0].key}/completion", json={}).raise_for_status()
            httpx.post(f"{address}/v2/process-instances/{keys[-1]}/cancellation").raise_for_status()
            engine.clock.advance(timedelta(hours=2))
            eventually(lambda: not engine.instances(state="ACTIVE"))

    assert set(writers) == {"bpmn-loop", "MainThread"}
    assert writers["MainThread"] == 1  # the node leaves at the end
