"""Gathers the rows of a batch (`projection.py` says which) and writes them in one transaction.

A row that is created and ended within a batch is written once, in its last state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, delete, update

from bpmn_engine.instance.state import Instance
from bpmn_engine.store import tables
from bpmn_engine.store.database import Database
from bpmn_engine.store.versions import DecisionVersion

#: The names of the columns of each table.
_COLUMNS = {table: tuple(column.name for column in table.c) for table in tables.metadata.tables.values()}

DecisionsOf = Callable[[int], Mapping[str, DecisionVersion]]


class Writes:
    """Gathers the inserts, updates and deletes of one table by key.

    A row that is inserted and changed in one batch is one insert.
    """

    __slots__ = ("columns", "deletes", "inserts", "table", "updates")

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = _COLUMNS[table]
        self.inserts: dict[int, dict[str, Any]] = {}
        self.updates: dict[int, dict[str, Any]] = {}
        self.deletes: set[int] = set()

    def insert(self, row: dict[str, Any]) -> None:
        """Insert a row; it has a value for every column of the table."""
        self.inserts[row["key"]] = row

    def update(self, key: int, **values: Any) -> None:
        """Set columns of a row, which this batch may have inserted."""
        row = self.inserts.get(key)
        if row is None:
            row = self.updates.get(key)
            if row is None:
                self.updates[key] = values
                return
        row.update(values)

    def delete(self, key: int) -> None:
        """Delete a row, which this batch may have inserted."""
        self.updates.pop(key, None)
        if self.inserts.pop(key, None) is None:
            self.deletes.add(key)

    def flush(self, connection: Connection, database: Database) -> None:
        """Write everything, one statement for each kind of write."""
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


class StaleInstance(Exception):
    """Another node has changed an instance of this batch; the batch must run again on fresh state."""


class Writer:
    """Gathers the rows of a batch until `flush` writes them, table by table."""

    def __init__(self, database: Database, decisions_of: DecisionsOf = lambda _: {}) -> None:
        """`decisions_of` finds the decisions that an evaluation of a decision may pass, by their ids."""
        self.database = database
        self.decisions_of = decisions_of
        self._at: datetime | None = None
        self._moment: Any = None
        self._writes: dict[Table, Writes] = {}
        self.instances, self.tokens = self.of(tables.process_instance), self.of(tables.token)
        self.variables, self.jobs = self.of(tables.variable), self.of(tables.job)
        #: Whether the instances that were suspended or resumed in this batch are suspended now.
        self.suspended: dict[int, bool] = {}
        self.ended_loops: list[int] = []
        self.touched: dict[int, list[Any]] = {}

    def moment(self, at: datetime | None) -> Any:
        """Convert a moment to what the driver takes; most changes of a batch have the same."""
        if at is not self._at:
            self._at, self._moment = at, self.database.moment(at)
        return self._moment

    def of(self, table: Table) -> Writes:
        """Return the writes to one table."""
        writes = self._writes.get(table)
        if writes is None:
            writes = self._writes[table] = Writes(table)
        return writes

    def touch(self, instance: Instance) -> None:
        """Mark an instance as changed in this batch; its revision goes up once."""
        unfinished = bool(instance.ready) and not instance.suspended
        row = self.instances.inserts.get(instance.key)
        if row is not None:
            row["unfinished"] = unfinished
            row["state"] = str(instance.state)
            return
        known = self.touched.get(instance.key)
        if known is None:
            expected = instance.revision
            instance.revision += 1
            known = self.touched[instance.key] = [None, None, None, instance.revision, instance.key, expected]
        known[0], known[2] = str(instance.state), unfinished

    def flush(self, connection: Connection) -> None:
        """Write all gathered rows; raise `StaleInstance` if another node was faster."""
        if self.touched and self.database.touch(connection, list(self.touched.values())) != len(self.touched):
            raise StaleInstance
        for writes in self._writes.values():
            writes.flush(connection, self.database)
        if self.ended_loops:
            connection.execute(delete(tables.loop_run).where(tables.loop_run.c.loop_key.in_(self.ended_loops)))
        for instance_key, suspended in self.suspended.items():
            for table in (tables.job, tables.timer):
                mine = table.c.instance_key == instance_key
                connection.execute(update(table).where(mine).values(suspended=suspended))

    def end(self, instance: Instance, at: datetime) -> None:
        """Set the end of an instance."""
        moment = self.moment(at)
        row = self.instances.inserts.get(instance.key)
        if row is not None:
            row["ended_at"] = moment
        else:
            self.touch(instance)
            self.touched[instance.key][1] = moment
