"""Whether it lives, whether it is ready, and what callers hear who wait while it stops or its database fails."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from bpmn_engine import Engine, Registry, Resource
from tests.diagrams import diagram, service
from tests.outage import outage
from tests.runtime.test_engine import eventually
from tests.servers import free_port, serving, start_server

WAITS = Resource("p.bpmn", diagram("start -> a -> end", service("a")))


@pytest.fixture
def client(any_engine: Engine) -> Iterator[httpx.Client]:
    """A client of a server in a thread, on each kind of database."""
    any_engine.deploy(WAITS)
    with serving(any_engine) as address, httpx.Client(base_url=address, timeout=30) as running:
        yield running


def poll(client: httpx.Client, seconds: float = 20, job_type: str = "a") -> httpx.Response:
    """A long poll for one job."""
    body = {"type": job_type, "maxJobsToActivate": 1, "timeout": 60_000, "requestTimeout": round(seconds * 1000)}
    return client.post("/v2/jobs/activation", json=body)


def start(client: httpx.Client, **body: object) -> httpx.Response:
    """Start an instance."""
    return client.post("/v2/process-instances", json={"processDefinitionId": "p", **body})


def test_it_is_alive_and_ready(client: httpx.Client) -> None:
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").json() == {"status": "ready"}
    assert client.get("/v2/status").status_code == 204


def test_the_topology_names_the_nodes_that_share_the_database(client: httpx.Client, any_engine: Engine) -> None:
    (broker,) = client.get("/v2/topology").json()["brokers"]

    assert broker["nodeId"] == any_engine.runtime.loop.node.id
    assert broker["port"] == client.base_url.port
    assert broker["partitions"][0]["health"] == "healthy"


def test_a_repeated_start_with_an_idempotency_key_gets_the_same_answer(client: httpx.Client) -> None:
    body = {"processDefinitionId": "p", "variables": {"total": 1.5}}
    answers = [
        client.post("/v2/process-instances", json=body, headers={"Idempotency-Key": "order-1"}).json() for _ in range(2)
    ]

    assert answers[0] == answers[1]


def test_waiting_callers_are_let_go_when_the_engine_stops(client: httpx.Client, any_engine: Engine) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(poll, client, 20, "other")
        awaiting = pool.submit(start, client, awaitCompletion=True)
        eventually(lambda: any_engine.runtime.publisher.waiting("other") and any_engine.instances())
        any_engine.drain()

        assert waiting.result(5).json() == {"jobs": []}
        assert awaiting.result(5).status_code == 503
        assert "was started and goes on" in awaiting.result(5).json()["detail"]
        assert "Retry-After" not in awaiting.result(5).headers
    assert client.get("/readyz").status_code == 503


def test_sigterm_ends_long_polls_with_an_empty_answer(tmp_path: Path) -> None:
    port = free_port()
    server = start_server(port, f"sqlite:///{tmp_path / 'e.db'}")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client, ThreadPoolExecutor() as pool:
        polls = [pool.submit(poll, client) for _ in range(5)]
        time.sleep(0.3)
        server.send_signal(signal.SIGTERM)

        assert [future.result(10).json() for future in polls] == [{"jobs": []}] * 5
    assert "Stopped." in server.communicate(timeout=10)[0]
    assert server.returncode == 0


def test_one_new_job_wakes_one_waiting_poll(client: httpx.Client, any_engine: Engine) -> None:
    with ThreadPoolExecutor(20) as pool:
        polls = [pool.submit(poll, client, 3) for _ in range(20)]
        eventually(lambda: any_engine.runtime.publisher.waiting("a") == 20)
        asked: list[int] = []
        submit = any_engine.runtime.loop.submit
        any_engine.runtime.loop.submit = lambda request: (asked.append(1), submit(request))[1]  # type: ignore[method-assign]
        start(client)
        eventually(lambda: sum(future.done() for future in polls) == 1)

        assert len(asked) <= 4  # the start, one poll, and perhaps one more that it passed its turn to
        any_engine.runtime.loop.submit = submit  # type: ignore[method-assign]


def test_a_poll_gets_a_job_as_soon_as_its_lock_has_run_out(client: httpx.Client, any_engine: Engine) -> None:
    any_engine.start("p")
    body = {"type": "a", "maxJobsToActivate": 1, "timeout": 700}
    assert client.post("/v2/jobs/activation", json=body).json()["jobs"]

    began = time.monotonic()
    jobs = poll(client).json()["jobs"]

    assert len(jobs) == 1
    assert time.monotonic() - began < 3  # long before the next look of the safety net


@pytest.mark.postgres
def test_without_its_database_it_lives_but_is_not_ready_and_answers_503(postgres_url: str) -> None:
    with (
        Engine(postgres_url, handlers=Registry()) as engine,
        serving(engine) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        with outage(postgres_url):
            searched = client.post("/v2/process-instances/search", json={})
            ready, alive = client.get("/readyz"), client.get("/livez")
            (broker,) = client.get("/v2/topology").json()["brokers"]
        eventually(lambda: client.get("/readyz").status_code == 200, 5)

    assert (searched.status_code, searched.headers["Retry-After"]) == (503, "1")
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert broker["partitions"][0]["health"] == "unhealthy"


def test_a_full_queue_is_429(client: httpx.Client, any_engine: Engine) -> None:
    any_engine.settings.queue_size = 1
    with (
        any_engine.runtime.database.write() as connection,
        ThreadPoolExecutor(30) as pool,
    ):  # the loop cannot write meanwhile
        connection.exec_driver_sql("UPDATE node SET pid = pid")
        futures = [pool.submit(start, client) for _ in range(30)]
        eventually(lambda: any(future.done() for future in futures))
        connection.commit()
        statuses = {future.result(20).status_code for future in futures}

    assert statuses == {200, 429}
