"""Writes to one table, gathered over a batch: what is created and changed in one batch is one insert."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table

from bpmn_engine.store.database import Database


class Rows:
    """Inserts, updates and deletes of one table by key."""

    __slots__ = ("columns", "deletes", "inserts", "table", "updates")

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = tuple(column.name for column in table.c)
        self.inserts: dict[int, dict[str, Any]] = {}
        self.updates: dict[int, dict[str, Any]] = {}
        self.deletes: set[int] = set()

    def insert(self, row: dict[str, Any]) -> None:
        """A new row, with every column of `columns`."""
        self.inserts[row["key"]] = row

    def update(self, key: int, **values: Any) -> None:
        """Set columns of a row, which may be new in this batch."""
        row = self.inserts.get(key)
        if row is None:
            row = self.updates.get(key)
            if row is None:
                self.updates[key] = values
                return
        row.update(values)

    def delete(self, key: int) -> None:
        """Remove a row, which may be new in this batch."""
        self.updates.pop(key, None)
        if self.inserts.pop(key, None) is None:
            self.deletes.add(key)

    def flush(self, connection: Connection, database: Database) -> None:
        """Write everything: one statement per kind of write."""
        if self.deletes:
            database.delete(connection, self.table, self.deletes)
        if self.inserts:
            values = itemgetter(*self.columns)
            database.insert(connection, self.table, self.columns, [values(row) for row in self.inserts.values()])
        groups: dict[tuple[str, ...], list[Any]] = {}
        for key, row in self.updates.items():
            groups.setdefault(tuple(row), []).append((*row.values(), key))
        for columns, rows in groups.items():
            database.update(connection, self.table, columns, rows)
