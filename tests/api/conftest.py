"""A server as `make run` starts it, in a process of its own, and the official SDK to talk to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(port: int, database: str, *arguments: str, folder: Path | str = "processes") -> subprocess.Popen[str]:
    """Start `bpmn serve` and wait until it answers."""
    command = [
        sys.executable, "-m", "bpmn_engine", "serve", str(folder), "--port", str(port), "--database", database, *arguments
    ]  # fmt: skip
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/v2/status", timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return server
    server.kill()
    raise AssertionError(server.communicate()[0])


def stop_server(server: subprocess.Popen[str]) -> str:
    """Stop it as systemd would; its output."""
    server.terminate()
    try:
        return server.communicate(timeout=30)[0]
    finally:
        server.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the example processes."""
    port = free_port()
    database = f"sqlite:///{tmp_path_factory.mktemp('server') / 'engine.db'}"
    running = start_server(port, database, "--allow-time-travel")
    yield f"http://127.0.0.1:{port}"
    stop_server(running)


@pytest.fixture
def sdk(server: str) -> Iterator[Any]:
    """The official client."""
    from camunda_orchestration_sdk import CamundaClient

    with CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": server}) as client:
        yield client
