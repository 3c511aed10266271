"""The first rows of several queues in one table: jobs of some types, timers of some definitions.

An index on (queue, moment, key) has the rows of each queue in order, but not those of two queues: a query for the first
of several would sort all rows that wait. So each queue is queried for its own first rows, and only these are sorted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Select, TextClause, func, select, union_all

from bpmn_engine.store.rows import fetch

R = TypeVar("R")

Names = Collection[str | int]
Locking = Callable[[Select[Any]], Select[Any]]


def _free(rows: Select[Any]) -> Select[Any]:
    """Return the query as it is, without a lock."""
    return rows


@dataclass(frozen=True, slots=True)
class Queues(Generic[R]):
    """A table whose `column` names the queue of a row, and `moment` the time of its turn; only rows that wait count.

    `columns` become the fields of a `row`; the key and `moment` are among them.
    """

    row: Callable[..., R]
    columns: Sequence[ColumnElement[Any]]
    column: Column[Any]
    moment: Column[Any]
    waits: TextClause

    def first(
        self, connection: Connection, names: Names, now: datetime, limit: int, *, locking: Locking = _free
    ) -> list[R]:
        """The rows of these queues whose turn came first; `locking` may lock them, and leave out locked ones."""
        names, wanted = dict.fromkeys(names), select(*self.columns)
        rows: list[R] = []
        for name, count in self._shares(connection, names, now, limit):
            rows += fetch(connection, self.row, locking(self.ready(wanted, name, now).limit(count)))
        return sorted(rows, key=attrgetter(self.moment.name, "key"))

    def _shares(
        self, connection: Connection, names: Names, now: datetime, limit: int
    ) -> Iterable[tuple[str | int, int]]:
        """The number of the first rows that each queue has."""
        if len(names) < 2:
            return [(name, limit) for name in names]
        columns = select(self.column, self.moment, self.column.table.c.key)
        parts = (select(self.ready(columns, name, now).limit(limit).subquery()) for name in names)
        name, moment, key = union_all(*parts).subquery().c
        first = select(name).order_by(moment, key).limit(limit)
        return Counter(connection.scalars(first)).items()

    def ready(self, rows: Select[Any], name: str | int, now: datetime) -> Select[Any]:
        """The rows of a queue whose turn has come, in order."""
        mine = rows.where(self.column == name, self.waits, self.moment <= now)
        return mine.order_by(self.moment, self.column.table.c.key)

    def names(self) -> Select[Any]:
        """Select the names of queues that have rows, by steps from each name to the next."""
        lowest = select(func.min(self.column).label("name")).where(self.waits).cte("queue", recursive=True)
        above = select(func.min(self.column)).where(self.waits, self.column > lowest.c.name).scalar_subquery()
        found = lowest.union_all(select(above).where(lowest.c.name.is_not(None)))
        return select(found.c.name).where(found.c.name.is_not(None))
