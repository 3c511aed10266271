"""SQLite: one writer at a time, readers beside it (WAL), every commit on disk (synchronous=FULL)."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError

from bpmn_engine.store.columns import to_micros
from bpmn_engine.store.database import Database, Row, Timeouts

#: Rows that one statement inserts: a fifth faster than one by one.
_ROWS = 40


class SqliteDatabase(Database):
    """A database file; without a file name, a temporary one that is deleted on close."""

    value_errors = (DataError, OverflowError, UnicodeEncodeError)
    errors = (DBAPIError, sqlite3.Error)
    writes_see_one_snapshot = True

    def __init__(self, url: URL, timeouts: Timeouts) -> None:
        self._busy = timeouts.statement
        self._folder = None
        self._synchronous = "FULL"
        if not url.database or url.database == ":memory:":
            self._folder = tempfile.TemporaryDirectory(prefix="bpmn-")
            self._synchronous = "OFF"
            url = url.set(database=str(Path(self._folder.name) / "engine.db"))
        _make_private(str(url.database))
        self.engine: Engine = self._connections(url)
        # A connection forgets its pages when another one has written, so writing has one of its own.
        self._writer: Engine = self._connections(url)

    def _connections(self, url: URL) -> Engine:
        made = create_engine(url, connect_args={"timeout": self._busy, "check_same_thread": False}, pool_use_lifo=True)
        event.listen(made, "connect", self._configure)
        return made

    def _configure(self, connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions are begun by hand: see `write` and `read`
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={self._synchronous}",
            f"busy_timeout={round(self._busy * 1000)}",
            "temp_store=MEMORY",
            "case_sensitive_like=ON",  # as PostgreSQL's LIKE
            "cache_size=-65536",
            "wal_autocheckpoint=4000",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._transaction(self._writer, "BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._transaction(self.engine, "BEGIN") as connection:
            yield connection

    def may_pass(self, error: BaseException) -> bool:
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, sqlite3.OperationalError) and "locked" in str(cause)

    def is_contended(self, error: BaseException) -> bool:
        """Return False: with one writer at a time, smaller transactions do not help."""
        return False

    @contextmanager
    def _transaction(self, engine: Engine, begin: str) -> Iterator[Connection]:
        with engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(begin)
            yield connection

    def moment(self, at: datetime | None) -> Any:
        return None if at is None else to_micros(at)

    def insert(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        cursor, whole = _cursor(connection), len(rows) - len(rows) % _ROWS
        if whole:
            statement = _insert(table.name, tuple(columns), _ROWS)
            cursor.executemany(statement, (list(chain(*rows[n : n + _ROWS])) for n in range(0, whole, _ROWS)))
        cursor.executemany(_insert(table.name, tuple(columns)), rows[whole:])

    def update(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> int:
        return int(_cursor(connection).executemany(_update(table.name, tuple(columns)), rows).rowcount)

    def revisions(self, connection: Connection, keys: Sequence[int]) -> dict[int, int]:
        return dict(_cursor(connection).execute(_REVISIONS, (json.dumps(keys),)))

    def touch(self, connection: Connection, rows: Sequence[Row]) -> int:
        return int(_cursor(connection).executemany(_TOUCH, rows).rowcount)

    def fence(self, connection: Connection, row: Row) -> bool:
        return int(_cursor(connection).execute(_FENCE, row).rowcount) == 1

    def delete(self, connection: Connection, table: Table, keys: Iterable[int]) -> None:
        _cursor(connection).executemany(_delete(table.name), [(key,) for key in keys])

    def skip_locked(self, statement: Select[Any]) -> Select[Any]:
        return statement

    def lock(self, statement: Select[Any]) -> Select[Any]:
        return statement

    def now(self, connection: Connection) -> datetime:
        """Return the time of this machine, which has the file."""
        return datetime.now(UTC)

    def take_time(self, connection: Connection) -> None:
        """Do nothing: no time-out ends a transaction here."""

    def serialize(self, connection: Connection, names: Iterable[str]) -> None:
        """Do nothing: there is one writer at a time."""

    def notify(self, connection: Connection, ready: Mapping[str, int]) -> None:
        """Do nothing: other processes on the same file poll."""

    def listen(self, heard: Callable[[str, int], None]) -> Callable[[], None]:
        return lambda: None

    def analyze(self, connection: Connection) -> None:
        """Analyze a sample, which takes the same few milliseconds for every size."""
        for statement in ("PRAGMA analysis_limit=1000", "ANALYZE"):
            connection.exec_driver_sql(statement)

    def close(self) -> None:
        if self._folder is None:
            self._analyze_in_passing()
        self.engine.dispose()
        self._writer.dispose()
        if self._folder is not None:
            self._folder.cleanup()

    def _analyze_in_passing(self) -> None:
        """Analyze unless another process is writing."""
        with suppress(*self.errors), self.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
            self.analyze(connection)


def _make_private(path: str) -> None:
    """Make a new file that only its owner may read and write, as the files beside it will be."""
    if not path.startswith("file:"):
        with suppress(OSError):  # it exists, or it cannot be made: then connecting says why
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _cursor(connection: Connection) -> Any:
    """Return a cursor of the driver: its executemany is a third faster than SQLAlchemy's."""
    driver: Any = connection.connection.driver_connection
    return driver.cursor()


@lru_cache(maxsize=256)
def _insert(table: str, columns: tuple[str, ...], rows: int = 1) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    row = f"({', '.join('?' * len(columns))})"
    return f'INSERT INTO "{table}" ({names}) VALUES {", ".join([row] * rows)}'


@lru_cache(maxsize=256)
def _update(table: str, columns: tuple[str, ...]) -> str:
    assignments = ", ".join(f'"{column}" = ?' for column in columns)
    return f'UPDATE "{table}" SET {assignments} WHERE "key" = ?'


@lru_cache(maxsize=256)
def _delete(table: str) -> str:
    return f'DELETE FROM "{table}" WHERE "key" = ?'


_FENCE = "UPDATE node SET batch = ? WHERE id = ? AND boot = ?"
_REVISIONS = "SELECT key, revision FROM process_instance WHERE key IN (SELECT value FROM json_each(?))"
_TOUCH = (
    "UPDATE process_instance SET state = ?, ended_at = ?, unfinished = ?, revision = ? WHERE key = ? AND revision = ?"
)
