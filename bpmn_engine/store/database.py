"""The operations that SQLite and PostgreSQL do differently; `sqlite.py` and `postgres.py` implement them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Select, Table

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that a connection waits: for a lock, a statement, the next statement of a transaction, a server.

    A node that is frozen in the middle of a transaction holds its locks for `idle` at most.
    """

    lock: float = 2.0
    statement: float = 15.0
    idle: float = 5.0
    connect: float = 5.0


class Database(Protocol):
    """A database of either kind."""

    engine: Engine
    #: Errors for a value that the database cannot hold.
    value_errors: tuple[type[Exception], ...]
    #: Errors when the database fails or cannot be reached.
    errors: tuple[type[Exception], ...]
    #: Whether all statements of a writing transaction see the same state. Reading transactions always do.
    writes_see_one_snapshot: bool

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """Begin a transaction that may write."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """Begin a transaction that only reads, from one snapshot."""

    @abstractmethod
    def may_pass(self, error: BaseException) -> bool:
        """Whether the same transaction may succeed later: the database is out of reach, or busy with others."""

    @abstractmethod
    def is_contended(self, error: BaseException) -> bool:
        """Whether other transactions caused an error; smaller transactions may then succeed."""

    @abstractmethod
    def moment(self, at: datetime | None) -> Any:
        """Convert a moment to what the driver takes."""

    @abstractmethod
    def insert(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert many rows with one statement."""

    @abstractmethod
    def update(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Set columns of many rows with one statement; a row ends with its key. Return the number of matches."""

    @abstractmethod
    def revisions(self, connection: Connection, keys: Sequence[int]) -> dict[int, int]:
        """Return the present revisions of instances by their keys."""

    @abstractmethod
    def touch(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Write the state, end, agenda flag and next revision of instances whose revision is still the expected one.

        A row is (state, ended_at, unfinished, revision, key, expected revision). Return the number that matched.
        """

    @abstractmethod
    def fence(self, connection: Connection, row: Row) -> bool:
        """Note in a node's row the batch that this transaction writes; False if the node was taken for dead.

        The row is (batch key, node id, boot). No node can take it for dead until the transaction ends.
        """

    @abstractmethod
    def delete(self, connection: Connection, table: Table, keys: Iterable[int]) -> None:
        """Delete rows by key."""

    @abstractmethod
    def skip_locked(self, statement: Select[Any]) -> Select[Any]:
        """Lock the selected rows, leaving out those that another node has locked."""

    @abstractmethod
    def lock(self, statement: Select[Any]) -> Select[Any]:
        """Lock the selected rows, waiting for transactions that have locked them."""

    @abstractmethod
    def now(self, connection: Connection) -> datetime:
        """Return the time on the database's clock."""

    @abstractmethod
    def take_time(self, connection: Connection) -> None:
        """Lift the time-outs of this transaction, as a migration needs."""

    @abstractmethod
    def serialize(self, connection: Connection, names: Iterable[str]) -> None:
        """Lock these names until the transaction ends; another transaction that uses one of them waits."""

    @abstractmethod
    def notify(self, connection: Connection, ready: Mapping[str, int]) -> None:
        """Notify the other nodes, once this transaction is committed, of the number of ready jobs by type."""

    @abstractmethod
    def listen(self, heard: Callable[[str, int], None]) -> Callable[[], None]:
        """Call `heard` in a thread with each notification of another node: job type and number. The result stops it."""

    @abstractmethod
    def analyze(self, connection: Connection) -> None:
        """Update the statistics of the tables, by which the database chooses indexes."""

    @abstractmethod
    def close(self) -> None:
        """Close all connections."""
