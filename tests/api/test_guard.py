"""The guard before the routes: no web page acts on a server, and no request is too large or too slow for it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from bpmn_engine import Engine, Settings
from bpmn_engine.store.connect import without_password
from bpmn_engine_api import guard
from tests.api.test_rest import USER, client, deploy, start  # noqa: F401 - `client` is a fixture
from tests.servers import free_port, serving, start_server, stop_server

FOREIGN = [
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
    {"Origin": "http://localhost:3000"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    {"Host": "evil.example:8080"},
    {"Host": "evil.example:8080", "Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example:8080"},
    {"Host": "localhost.evil.example"},
    {"Host": "10.1.2.3"},
    {"Host": ""},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_no_web_page_deploys_completes_cancels_or_searches(client: httpx.Client, headers: dict[str, str]) -> None:  # noqa: F811
    deploy(client, USER)
    key = start(client)["processInstanceKey"]
    task = client.post("/user-tasks/search").json()["items"][0]["userTaskKey"]

    attempts = [
        client.post("/deployments", files=[("resources", ("q.bpmn", USER))], headers=headers),
        client.post(f"/process-instances/{key}/cancellation", headers=headers),
        client.post(f"/user-tasks/{task}/completion", headers=headers),
        client.post("/process-instances/search", headers=headers),
        client.post("/process-instances/search", content="{}", headers={**headers, "Content-Type": "text/plain"}),
        client.options("/process-instances/search", headers={**headers, "Access-Control-Request-Method": "POST"}),
    ]

    assert {answer.status_code for answer in attempts} == {403}
    assert set(attempts[0].json()) == {"type", "title", "status", "detail", "instance"}
    assert client.get(f"/process-instances/{key}").json()["state"] == "ACTIVE"
    assert all("access-control-allow-origin" not in answer.headers for answer in attempts)


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}], ids=str)
def test_no_web_page_reads(client: httpx.Client, headers: dict[str, str]) -> None:  # noqa: F811 - the fixture
    assert client.get("/topology", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:8080"},
        {"Host": "LOCALHOST."},
        {"Host": "[::1]:8080"},
        {"Host": "127.0.0.1"},
        {"Host": "localhost:8080", "Origin": "http://localhost:8080"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
        {"User-Agent": "Camunda-Modeler/5.50 Electron"},
    ],
    ids=str,
)
def test_programs_and_the_servers_own_pages_are_served(client: httpx.Client, headers: dict[str, str]) -> None:  # noqa: F811
    assert client.get("/topology", headers=headers).status_code == 200
    assert client.post("/process-instances/search", headers=headers).status_code == 200


def test_a_link_of_another_page_leads_to_the_docs(client: httpx.Client) -> None:  # noqa: F811 - the fixture
    root = str(client.base_url).removesuffix("/v2/")
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    answer = httpx.get(f"{root}/docs", headers=headers)

    assert answer.status_code == 200
    assert "POST /v2/process-instances" in answer.text
    assert "http" not in answer.text.replace("http-equiv", "")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("hosts", "name", "admitted"),
    [
        ([], "engine.example", False),
        (["engine.example"], "engine.example:443", True),
        (["engine.example"], "other.example", False),
        (["*"], "other.example", True),
        (["0.0.0.0"], "192.168.1.5:8080", True),
        (["0.0.0.0"], "evil.example", False),
        (["::"], "[2001:db8::1]:8080", True),
        (["192.168.1.5"], "192.168.1.5:8080", True),
        (["192.168.1.5"], "192.168.1.6:8080", False),
    ],
)
def test_a_server_is_known_by_its_names(hosts: list[str], name: str, admitted: bool) -> None:
    rules = guard.GuardRules(guard.host_names(hosts), 1, 1, 1.0)

    assert rules.admits_host(name) == admitted


def test_allowed_hosts_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BPMN_ALLOWED_HOSTS", "a.example, b.example")

    assert Settings().allowed_hosts == ("a.example", "b.example")


@pytest.fixture
def small(engine: Engine) -> Iterator[httpx.Client]:
    """A client of a server that takes little, and not for long."""
    engine.runtime.settings.max_body, engine.runtime.settings.max_upload = 2_000, 5_000
    engine.runtime.settings.body_timeout = engine.runtime.settings.body_timeout / 120
    with serving(engine) as address, httpx.Client(base_url=f"{address}/v2", timeout=30) as running:
        yield running


def _chunks() -> Iterator[bytes]:
    for _ in range(100):
        yield b" " * 1_000


@pytest.mark.parametrize("content", [b" " * 2_001, _chunks()])
def test_a_body_that_is_too_large_is_413_and_names_the_setting(small: httpx.Client, content: Any) -> None:
    answer = small.post("/process-instances/search", content=content)

    assert answer.status_code == 413
    assert "BPMN_MAX_BODY" in answer.json()["detail"]
    assert "2,000 bytes" in answer.json()["detail"]


def test_an_upload_has_a_limit_of_its_own(small: httpx.Client) -> None:
    assert "BPMN_MAX_UPLOAD" in deploy(small, b" " * 5_001).json()["detail"]
    assert deploy(small, b" " * 3_000, "notes.txt").status_code == 200


def test_a_body_that_does_not_arrive_is_408(small: httpx.Client) -> None:
    with socket.create_connection((small.base_url.host, small.base_url.port or 0), timeout=20) as connection:
        connection.sendall(b"POST /v2/signals/broadcast HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{")
        answer = connection.recv(10_000)

    assert b" 408 " in answer.splitlines()[0]


BAD = [
    ("/signals/broadcast", b'{"signalName": "\\ud83d"}'),
    ("/signals/broadcast", b'{"signalName": "a\\u0000b"}'),
    ("/signals/broadcast", b'{"signalName": "s", "variables": {"\\ud83d": 1}}'),
    ("/signals/broadcast", b'{"signalName": "s", "variables": {"x": "\\ud83d"}}'),
    ("/signals/broadcast", b'{"signalName": "s", "variables": {"a\\u0000": 1}}'),
    ("/signals/broadcast", b'{"signalName": "s", "variables": "x"}'),
    ("/signals/broadcast", b'{"signalName": "s", "variables": {"x": NaN}}'),
    ("/signals/broadcast", b'{"signalName": "s", "variables": {"x": Infinity}}'),
    ("/signals/broadcast", b'{"signalName": "s", "variables": {"x": ' + b"9" * 5_000 + b"}}"),
    ("/signals/broadcast", b'{"signalName": "s", "variables": {"x": 1e99999999999999999999}}'),
    ("/signals/broadcast", b'{"signalName": "s", "variables": {"x": ' + b"[" * 300 + b"]" * 300 + b"}}"),
    ("/signals/broadcast", json.dumps({"signalName": "s" * 5_000_000}).encode()),
    ("/signals/broadcast", json.dumps({"signalName": "s" * 600}).encode()),
    ("/signals/broadcast", b"\xff\xfe"),
    ("/messages/publication", json.dumps({"name": "m", "correlationKey": "k" * 5_000_000}).encode()),
    ("/messages/publication", json.dumps({"name": "m", "correlationKey": "k" * 600}).encode()),
    ("/messages/publication", json.dumps({"name": "m", "variables": {"v" * 600: 1}}).encode()),
    ("/messages/publication", json.dumps({"name": "m", "timeToLive": 10**320}).encode()),
    ("/process-instances", json.dumps({"processDefinitionId": "p", "tags": ["t"] * 100_000}).encode()),
    ("/process-instances", json.dumps({"processDefinitionId": "p", "tags": ["t"] * 11}).encode()),
    ("/process-instances", json.dumps({"processDefinitionId": "p", "processDefinitionVersion": 2**40}).encode()),
    ("/process-instances", json.dumps({"processDefinitionId": "p", "requestTimeout": 10**320}).encode()),
    ("/process-instances", b'{"processDefinitionId": "p", "requestTimeout": 1e300}'),
    ("/jobs/activation", json.dumps({"type": "a", "timeout": 5, "maxJobsToActivate": 10**20}).encode()),
    (
        "/jobs/activation",
        json.dumps({"type": "a", "timeout": 5, "maxJobsToActivate": 1, "requestTimeout": 10**320}).encode(),
    ),
    ("/jobs/1/failure", json.dumps({"retries": 2**70}).encode()),
    ("/process-instances/--1/cancellation", b""),
    ("/process-instances/\u0661/cancellation", b""),
    ("/process-instances/search", b'{"page": {"from": 1e30}}'),
    ("/process-instances/search", b'{"page": {"from": -1}}'),
    ("/process-instances/search", b'{"page": {"limit": 1e30}}'),
    ("/process-instances/search", b'{"page": {"after": "W0luZmluaXR5XQ=="}}'),
    ("/process-instances/search", json.dumps({"page": {"after": "W1tb" * 100_000}}).encode()),
    ("/process-instances/search", b'{"filter": {"$or": 5}}'),
    ("/process-instances/search", b'{"filter": {"$or": [5]}}'),
    ("/process-instances/search", json.dumps({"filter": {"$or": [{"state": "ACTIVE"}] * 5_000}}).encode()),
    ("/process-instances/search", json.dumps({"filter": {"$or": [{"state": "ACTIVE"}] * 20_000}}).encode()),
    ("/process-instances/search", json.dumps({"filter": {"processInstanceKey": {"$in": ["1"] * 100_000}}}).encode()),
    ("/process-instances/search", json.dumps({"filter": {"processInstanceKey": 2**70}}).encode()),
    ("/process-instances/search", b'{"filter": {"businessId": "a\\u0000"}}'),
    ("/process-instances/search", b'{"filter": {"variables": "x"}}'),
    ("/process-instances/search", json.dumps({"sort": [{"field": "state"}] * 50}).encode()),
]


def test_what_cannot_be_meant_is_one_clear_400(client: httpx.Client) -> None:  # noqa: F811 - the fixture
    deploy(client, USER)
    for path, body in BAD:
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})

        assert answer.status_code == 400, (path, body[:80], answer.text[:300])
        assert answer.json()["title"] == "INVALID_ARGUMENT"
        assert 10 < len(answer.json()["detail"]) < 600, (path, body[:80])
        assert "psycopg" not in answer.text
        assert "sqlite" not in answer.text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://bpmn:s3cret@db/x", "postgresql://bpmn:***@db/x"),
        ("postgresql://bpmn:s3@cr:et/y@db/x", "postgresql://bpmn:***@db/x"),
        ("postgresql://bpmn@db/x?password=s3cret&a=b", "postgresql://bpmn@db/x?password=***&a=b"),
        ("postgresql://bpmn@db/x", "postgresql://bpmn@db/x"),
        ("sqlite:///orders.db", "sqlite:///orders.db"),
    ],
)
def test_a_database_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_connections_without_a_request_are_closed_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BPMN_HEADER_TIMEOUT", "PT0.5S")
    monkeypatch.setenv("BPMN_MAX_CONNECTIONS", "3")
    port = free_port()
    running = start_server(port, f"sqlite:///{tmp_path / 'engine.db'}", folder=tmp_path)
    try:
        began = time.monotonic()
        held = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(6)]
        for connection in held[::2]:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: loc")
        for connection in held:
            with connection, suppress(ConnectionResetError):
                assert connection.recv(1) == b""
        assert time.monotonic() - began < 10
        assert httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
    finally:
        stop_server(running)
