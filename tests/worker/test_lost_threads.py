"""What a handler may do to the thread that runs it."""

from __future__ import annotations

import asyncio
import sys

import pytest

from bpmn_engine import Engine, Registry, Resource, handler_of
from tests.diagrams import diagram, service
from tests.runtime.test_engine import eventually


async def _cancelled() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize("handler", [lambda: sys.exit(1), _cancelled])
def test_a_handler_that_ends_its_thread_has_failed_its_job(handler: object) -> None:
    with Engine("sqlite://", handlers=Registry(handler_of("a", handler))) as engine:  # type: ignore[arg-type]
        engine.deploy(Resource("p.bpmn", diagram("start -> a -> end", service("a"))))
        for _ in range(20):
            engine.start("p")

        eventually(lambda: all(job.retries < 3 for job in engine.jobs()), 5)
