"""What the two databases do differently. `sqlite.py` and `postgres.py` fill this in; nobody else knows which it is."""

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
    """How long a connection waits, in seconds: for a lock, a statement, the next statement of a transaction, a server.

    A node that is frozen in the middle of a transaction holds its locks for `idle` at most.
    """

    lock: float = 2.0
    statement: float = 15.0
    idle: float = 5.0
    connect: float = 5.0


class Database(Protocol):
    """One database."""

    engine: Engine
    #: What is raised for a value that the database cannot hold.
    value_errors: tuple[type[Exception], ...]
    #: What is raised when the database fails or cannot be reached.
    errors: tuple[type[Exception], ...]
    #: Whether all statements of a writing transaction see the same state. Reading transactions always do.
    writes_see_one_snapshot: bool

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """A transaction that may write."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that only reads, from one snapshot."""

    @abstractmethod
    def may_pass(self, error: BaseException) -> bool:
        """Whether the same transaction may succeed later: the database is out of reach, or busy with others."""

    @abstractmethod
    def is_contended(self, error: BaseException) -> bool:
        """Whether other transactions were in the way; then smaller ones may get through."""

    @abstractmethod
    def moment(self, at: datetime | None) -> Any:
        """A moment as the driver takes it."""

    @abstractmethod
    def insert(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert many rows with one statement."""

    @abstractmethod
    def update(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Set columns of many rows with one statement; a row ends with its key. Return how many rows matched."""

    @abstractmethod
    def revisions(self, connection: Connection, keys: Sequence[int]) -> dict[int, int]:
        """The present revisions of instances."""

    @abstractmethod
    def touch(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Write the state, end, agenda flag and next revision of instances whose revision is still the expected one.

        A row is (state, ended_at, unfinished, revision, key, expected revision). Return how many matched.
        """

    @abstractmethod
    def fence(self, connection: Connection, row: Row) -> bool:
        """Note in a node's row the batch that this transaction writes; False if the node was taken for dead.

        The row is (batch key, node id, boot). Nobody can take the node for dead until the transaction ends.
        """

    @abstractmethod
    def delete(self, connection: Connection, table: Table, keys: Iterable[int]) -> None:
        """Delete rows by key."""

    @abstractmethod
    def skip_locked(self, statement: Select[Any]) -> Select[Any]:
        """Lock the selected rows, leaving out those that another node has locked."""

    @abstractmethod
    def lock(self, statement: Select[Any]) -> Select[Any]:
        """Lock the selected rows, waiting for whoever has locked them."""

    @abstractmethod
    def now(self, connection: Connection) -> datetime:
        """The time on the database's clock."""

    @abstractmethod
    def take_time(self, connection: Connection) -> None:
        """Let this transaction last as long as it takes; a migration does."""

    @abstractmethod
    def serialize(self, connection: Connection, names: Iterable[str]) -> None:
        """Let no two transactions that use one of these names run at the same time."""

    @abstractmethod
    def notify(self, connection: Connection, ready: Mapping[str, int]) -> None:
        """Tell the other nodes, once this transaction is committed, how many jobs of which types are ready."""

    @abstractmethod
    def listen(self, heard: Callable[[str, int], None]) -> Callable[[], None]:
        """Call `heard` in a thread with what another node tells (job type and number); the result stops it."""

    @abstractmethod
    def analyze(self, connection: Connection) -> None:
        """Let the database look at what is in the tables, so that it chooses the right indexes."""

    @abstractmethod
    def close(self) -> None:
        """Give the connections back."""
