"""A check: a promise that the rows keep, the query for rows that break it, and what repairs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, exists, select
from sqlalchemy.sql import FromClause

from bpmn_engine.store import tables

#: Rows that a query fetches at a time.
_FETCH = 500


@dataclass(frozen=True, slots=True)
class Span:
    """The instances that a check looks at: all of them, or those with these keys."""

    keys: tuple[int, ...] | None = None

    def of(self, column: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
        """The condition on an instance key; none for all."""
        return () if self.keys is None else (column.in_(self.keys),)


#: Every instance.
ALL = Span()


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that breaks a promise; `instance_key` is 0 where no instance is concerned."""

    key: int
    instance_key: int
    process_id: str | None
    element_id: str | None


B = TypeVar("B", bound=BrokenRow)


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise, and the row that shows it."""

    check: Check[Any]
    row: BrokenRow
    text: str
    remedy: str

    @property
    def name(self) -> str:
        """The name of its check."""
        return self.check.name

    def unrepaired(self, reason: str) -> Finding:
        """The same finding, with the reason why it could not be repaired."""
        return replace(self, remedy=f"It could not be repaired: {reason}")


#: Repairs a row, and returns what it has done, as a sentence.
RepairRow = Callable[[Connection, B, datetime], str]


@dataclass(frozen=True, slots=True, eq=False)
class Check(Generic[B]):
    """One promise. `search` finds rows that break it, `say` makes a sentence of one.

    If neither `repair` nor the core (`runtime/repair.py`) can repair them, there is a `remedy` for an operator.
    """

    name: str
    promise: str
    search: Callable[[Connection, Span], Iterable[B]]
    say: Callable[[B], str]
    repair: RepairRow[B] | None = None
    remedy: str = ""

    def find(self, connection: Connection, span: Span = ALL) -> Iterator[Finding]:
        """The rows that break it."""
        for row in self.search(connection, span):
            yield Finding(self, row, self.say(row), self.remedy)


def queried(row: Callable[..., B], query: Callable[[Span], Select[Any]]) -> Callable[[Connection, Span], Iterator[B]]:
    """A search that is one query, whose columns have the names of the fields of a row."""

    whole = cache(lambda: query(ALL))

    def search(connection: Connection, span: Span) -> Iterator[B]:
        options = {"stream_results": True, "yield_per": _FETCH}
        found = connection.execute(whole() if span is ALL else query(span), execution_options=options)
        return (row(**columns) for columns in found.mappings())

    return search


# what queries have in common


def live(table: FromClause) -> ColumnElement[bool]:
    """Whether a row has not ended."""
    return table.c.ended_at.is_(None)


def live_token(key: ColumnElement[Any], instance_key: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether there is a live token with this key in this instance."""
    token = tables.token.alias()
    return exists(select(token.c.key).where(token.c.key == key, token.c.instance_key == instance_key, live(token)))


def the_instance(row: BrokenRow) -> str:
    """The instance of a row, as a sentence names it."""
    return f"instance {row.instance_key} of '{row.process_id}'" if row.process_id else f"instance {row.instance_key}"


def instance_of(row: BrokenRow) -> str:
    """The instance of a row, as a sentence names it that begins with it."""
    return the_instance(row).replace("i", "I", 1)


def place(row: BrokenRow) -> str:
    """The element of a row, as a sentence names it."""
    return f" at '{row.element_id}'" if row.element_id else ""


def moment(at: datetime | None) -> str:
    """A moment, as a sentence names it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "an unknown day"
