"""Faults of the database, made on purpose: a PostgreSQL that refuses connections, a COMMIT whose answer is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from bpmn_engine import Engine


@contextmanager
def outage(url: str) -> Iterator[None]:
    """While this lasts a PostgreSQL database takes no connections, and those that were open are gone."""
    target = make_url(url)
    admin = create_engine(target.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f'ALTER DATABASE "{target.database}" ALLOW_CONNECTIONS false'))
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
                {"name": target.database},
            )
        yield
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'ALTER DATABASE "{target.database}" ALLOW_CONNECTIONS true'))
        admin.dispose()


class LostAnswer:
    """Loses the answers to COMMIT: of each of the next transactions if `lose` says so, after or before it is done."""

    def __init__(self, engine: Engine, monkeypatch: Any) -> None:
        self.count, self.done, self.meanwhile = 0, True, lambda: None
        self._write = engine.runtime.database.write
        monkeypatch.setattr(engine.runtime.database, "write", self.write)

    def next(self, count: int, *, done: bool, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Lose the answers of the next transactions that fence a batch."""
        self.count, self.done, self.meanwhile = count, done, meanwhile

    @contextmanager
    def write(self) -> Iterator[Any]:
        """A transaction whose COMMIT may seem to fail."""
        lost = OperationalError("COMMIT", {}, Exception("the connection is lost"))
        with self._write() as connection:
            yield connection
            losing = self.count > 0
            self.count -= 1
            if losing and not self.done:
                raise lost
        if losing:
            self.meanwhile()
            raise lost
