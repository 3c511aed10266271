"""What the two databases do differently. `sqlite.py` and `postgres.py` fill this in; nobody else knows which it is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Select, Table

Row = Sequence[Any]


class Database(Protocol):
    """One database."""

    engine: Engine
    #: What is raised for a value that the database cannot hold.
    value_errors: tuple[type[Exception], ...]
    #: What is raised when the database fails or cannot be reached.
    errors: tuple[type[Exception], ...]

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """A transaction that may write."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that only reads."""

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

        A row is (state, ended_at, pending, revision, key, expected revision). Return how many matched.
        """

    @abstractmethod
    def delete(self, connection: Connection, table: Table, keys: Iterable[int]) -> None:
        """Delete rows by key."""

    @abstractmethod
    def skip_locked(self, statement: Select[Any]) -> Select[Any]:
        """Lock the selected rows, leaving out those that another node has locked."""

    @abstractmethod
    def serialize(self, connection: Connection, names: Iterable[str]) -> None:
        """Let no two transactions that use one of these names run at the same time."""

    @abstractmethod
    def notify(self, connection: Connection, words: Iterable[str]) -> None:
        """Tell the other nodes, once this transaction is committed."""

    @abstractmethod
    def listen(self, heard: Callable[[str], None]) -> Callable[[], None]:
        """Call `heard` in a thread with each word that another node tells; the result stops it."""

    @abstractmethod
    def close(self) -> None:
        """Give the connections back."""
