"""A server as `make run` starts it, in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bpmn_engine import Engine

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(port: int, database: str, *arguments: str, folder: Path | str = "processes") -> subprocess.Popen[str]:
    """Start `bpmn serve` and wait until it answers."""
    command = [
        sys.executable,
        "-m",
        "bpmn_engine",
        "serve",
        str(folder),
        "--port",
        str(port),
        "--database",
        database,
        *arguments,
    ]
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
            urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return server
    server.kill()
    raise AssertionError(server.communicate()[0])


@contextmanager
def serving(engine: Engine) -> Iterator[str]:
    """The address of a server for an engine of this process, in a thread."""
    import uvicorn

    from bpmn_engine_api import create_app

    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(create_app(engine), port=port, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def stop_server(server: subprocess.Popen[str]) -> str:
    """Stop it as systemd would; its output."""
    server.terminate()
    try:
        return server.communicate(timeout=30)[0]
    finally:
        server.kill()
