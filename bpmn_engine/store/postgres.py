"""PostgreSQL (psycopg 3): many nodes, row locks; COPY for inserts, a statement with arrays for each kind of update."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast
from zlib import crc32

import psycopg
from sqlalchemy import BigInteger, Boolean, Connection, Engine, Integer, Select, Table, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bpmn_engine.store.columns import UtcDateTime
from bpmn_engine.store.database import Database, Row, Timeouts
from bpmn_engine.store.tables import metadata, process_instance

log = logging.getLogger("bpmn_engine.store")

_CHANNEL = "bpmn_engine"
_NOTIFY = f"SELECT pg_notify('{_CHANNEL}', word) FROM unnest(%s::text[]) AS v(word)"
_MAX_WORD = 7000
#: Seconds that the listener waits before it checks whether to stop.
_LISTEN_SECONDS = 0.5

#: Errors that another transaction has caused: the same statement may succeed once that one has ended.
_CONTENDED = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.QueryCanceled,
)

#: The first half of our advisory locks; the second half is a hash of what is locked.
_LOCK_SPACE = 0x42504D4E


class PostgresDatabase(Database):
    """A PostgreSQL database."""

    value_errors = (DataError, psycopg.DataError, psycopg.errors.ProgramLimitExceeded, UnicodeEncodeError)
    errors = (DBAPIError, psycopg.Error, PoolTimeout)
    writes_see_one_snapshot = False

    def __init__(self, url: URL, timeouts: Timeouts) -> None:
        self._me = uuid.uuid4().hex
        self._parameters = _connection_parameters(url, timeouts)
        url = url.set(drivername="postgresql+psycopg").difference_update_query(["options"])
        self.engine: Engine = create_engine(
            url,
            pool_size=10,
            max_overflow=20,
            pool_pre_ping=True,
            pool_timeout=timeouts.connect,
            connect_args=self._parameters,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
        )
        # The loop's connection is in use all the time: a lost one shows at once, and nothing has happened then.
        self._writer: Engine = create_engine(
            url, pool_size=2, max_overflow=3, connect_args=self._parameters, isolation_level="READ COMMITTED"
        )

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    def may_pass(self, error: BaseException) -> bool:
        return isinstance(_cause(error), psycopg.OperationalError | psycopg.InterfaceError | PoolTimeout)

    def is_contended(self, error: BaseException) -> bool:
        return isinstance(_cause(error), _CONTENDED)

    def moment(self, at: datetime | None) -> Any:
        return at

    def insert(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(_copy(table.name, tuple(columns))) as copy:
            for row in rows:
                copy.write_row(row)

    def update(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> int:
        return _execute(connection, _update(table, tuple(columns)), _arrays(rows))

    def revisions(self, connection: Connection, keys: Sequence[int]) -> dict[int, int]:
        driver: Any = connection.connection.driver_connection
        return dict(driver.execute(_REVISIONS, [keys]).fetchall())

    def touch(self, connection: Connection, rows: Sequence[Row]) -> int:
        ordered = sorted(rows, key=lambda row: int(row[4]))  # one order of locks on every node
        return _execute(connection, _TOUCH, _arrays(ordered))

    def fence(self, connection: Connection, row: Row) -> bool:
        return _execute(connection, _FENCE, list(row)) == 1

    def delete(self, connection: Connection, table: Table, keys: Iterable[int]) -> None:
        _execute(connection, f'DELETE FROM "{table.name}" WHERE "key" = ANY(%s::bigint[])', [list(keys)])

    def skip_locked(self, statement: Select[Any]) -> Select[Any]:
        return statement.with_for_update(skip_locked=True)

    def lock(self, statement: Select[Any]) -> Select[Any]:
        return statement.with_for_update()

    def now(self, connection: Connection) -> datetime:
        driver: Any = connection.connection.driver_connection
        (moment,) = driver.execute("SELECT clock_timestamp()").fetchone()
        return cast("datetime", moment).astimezone(UTC)

    def take_time(self, connection: Connection) -> None:
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {name} = 0")

    def serialize(self, connection: Connection, names: Iterable[str]) -> None:
        hashes = sorted({crc32(name.encode()) - 2**31 for name in names})
        for number in hashes:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:space, :number)"), {"space": _LOCK_SPACE, "number": number}
            )

    def notify(self, connection: Connection, ready: Mapping[str, int]) -> None:
        told = [f"{self._me} {count} {name}" for name, count in ready.items() if len(name) < _MAX_WORD]
        if told:
            _execute(connection, _NOTIFY, _arrays([(word,) for word in told]))

    def listen(self, heard: Callable[[str, int], None]) -> Callable[[], None]:
        stopped = threading.Event()
        thread = threading.Thread(target=self._listen, args=(heard, stopped), name="bpmn-listener", daemon=True)
        thread.start()

        def stop() -> None:
            stopped.set()
            thread.join()

        return stop

    def _listen(self, heard: Callable[[str, int], None], stopped: threading.Event) -> None:
        """Hear notifications until `stopped` is set; the poll finds what is missed while the connection is down."""
        url = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not stopped.is_set():
            try:
                with psycopg.connect(url, autocommit=True, **self._parameters) as connection:
                    connection.execute(f"LISTEN {_CHANNEL}")
                    while not stopped.is_set():
                        for notice in connection.notifies(timeout=_LISTEN_SECONDS):
                            sender, count, word = notice.payload.split(" ", 2)
                            if sender != self._me:
                                heard(word, int(count))
            except psycopg.Error:
                log.warning("The listener lost its connection; connecting again", exc_info=True)
                stopped.wait(_LISTEN_SECONDS)

    def analyze(self, connection: Connection) -> None:
        """Analyze at once; autovacuum would do it later."""
        connection.exec_driver_sql(_ANALYZE)

    def close(self) -> None:
        self.engine.dispose()
        self._writer.dispose()


def _connection_parameters(url: URL, timeouts: Timeouts) -> dict[str, Any]:
    """The limits of every connection: a server, a network or a node that does not answer ends it."""
    limits = {
        "timezone": "UTC",
        "lock_timeout": timeouts.lock,
        "statement_timeout": timeouts.statement,
        "idle_in_transaction_session_timeout": timeouts.idle,
    }
    values = {name: f"{round(value * 1000)}" if isinstance(value, float) else value for name, value in limits.items()}
    own = " ".join(f"-c {name}={value}" for name, value in values.items())
    silence = max(round(timeouts.statement), 3)
    return {
        "options": f"{own} {url.query.get('options', '')}".strip(),
        "connect_timeout": max(round(timeouts.connect), 2),
        "keepalives": 1,
        "keepalives_idle": silence // 3,
        "keepalives_interval": silence // 3,
        "keepalives_count": 3,
        "tcp_user_timeout": silence * 1000,
    }


def _cause(error: BaseException) -> BaseException:
    """The driver's error inside SQLAlchemy's."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _execute(connection: Connection, statement: str, parameters: list[Any]) -> int:
    """Execute a statement through the driver, which prepares it after a few uses."""
    driver: Any = connection.connection.driver_connection
    return int(driver.execute(statement, parameters).rowcount)


def _arrays(rows: Sequence[Row]) -> list[str]:
    """Write the columns of rows as array literals: joining text is several times faster than the driver's own lists."""
    return ["{" + ",".join(map(_item, values)) + "}" for values in zip(*rows, strict=True)]


def _item(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f'"{value}"' if isinstance(value, datetime) else str(value)


def _array(table: Table, column: str) -> str:
    kind = table.c[column].type
    if isinstance(kind, UtcDateTime):
        return "%s::timestamptz[]"
    if isinstance(kind, Boolean):
        return "%s::boolean[]"
    if isinstance(kind, Integer | BigInteger):
        return "%s::bigint[]"
    return "%s::text[]"


@lru_cache(maxsize=256)
def _copy(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    return f'COPY "{table}" ({names}) FROM STDIN'


@lru_cache(maxsize=256)
def _update(table: Table, columns: tuple[str, ...]) -> str:
    assignments = ", ".join(f'"{column}" = v."{column}"' for column in columns)
    names = ", ".join(f'"{column}"' for column in (*columns, "key"))
    arrays = ", ".join(_array(table, column) for column in (*columns, "key"))
    return f'UPDATE "{table.name}" AS t SET {assignments} FROM unnest({arrays}) AS v({names}) WHERE t."key" = v."key"'


def _touch() -> str:
    columns = ("state", "ended_at", "unfinished", "revision", "key", "revision")
    arrays = ", ".join(_array(process_instance, column) for column in columns)
    return (
        "UPDATE process_instance AS t SET state = v.state, ended_at = v.ended_at, unfinished = v.unfinished, "
        f"revision = v.revision FROM unnest({arrays}) AS v(state, ended_at, unfinished, revision, key, expected) "
        "WHERE t.key = v.key AND t.revision = v.expected"
    )


_FENCE = "UPDATE node SET batch = %s WHERE id = %s AND boot = %s"
_REVISIONS = "SELECT key, revision FROM process_instance WHERE key = ANY(%s::bigint[])"
_TOUCH = _touch()
_ANALYZE = "ANALYZE " + ", ".join(f'"{name}"' for name in metadata.tables)
