"""What a handler may do to the thread that runs it."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from datetime import UTC, datetime

import pytest

from bpmn_engine import Engine, Registry, Resource, Settings, handler_of
from bpmn_engine.runtime.jobs import ActivatedJob
from bpmn_engine.worker.pool import Pool
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


def test_jobs_that_become_others_while_the_pool_stops_leave_the_threads_their_sign_to_end() -> None:
    began, end = threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        end.wait(10)

    pool = Pool(Registry(handler_of("a", slow)), lambda _: None, Settings(handler_threads=2))
    for key in (1, 2):
        pool.take(_job(key))
    began.wait(10)
    stopping = threading.Thread(target=pool.stop, args=(10.0,))
    stopping.start()
    while pool.room():
        time.sleep(0.001)

    pool.forget()
    end.set()
    stopping.join(5)

    assert not any(thread.is_alive() for thread in pool._threads)


def _job(key: int) -> ActivatedJob:
    return ActivatedJob(key, "a", 1, 1, "p", 1, "a", key, 3, {}, "worker", datetime(2026, 1, 1, tzinfo=UTC), {})
