"""What a check is: a promise that the rows keep, the query for rows that break it, and what mends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

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
class Finding:
    """A broken promise. `key` is that of the row which shows it; `instance_key` is 0 where no instance is concerned."""

    check: Check
    text: str
    key: int
    instance_key: int
    process_id: str | None = None
    element_id: str | None = None
    remedy: str = ""
    row: Any = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The name of its check."""
        return self.check.name

    def unmended(self, reason: str) -> Finding:
        """The same finding, with why it could not be mended."""
        return replace(self, remedy=f"It could not be mended: {reason}")


#: Mends what a finding shows, and returns what was done, as a sentence.
Mend = Callable[[Connection, Finding, datetime], str]


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """One promise. `search` gives rows that break it; each has a key, an instance key, a process id and an element id.

    What neither `mend` nor the core (`runtime/repair.py`) can put right has a `remedy` for an operator.
    """

    name: str
    promise: str
    search: Callable[[Connection, Span], Iterable[Any]]
    say: Callable[[Any], str]
    mend: Mend | None = None
    remedy: str = ""

    def find(self, connection: Connection, span: Span = ALL) -> Iterator[Finding]:
        """Where it is broken."""
        for row in self.search(connection, span):
            yield Finding(
                self, self.say(row), row.key, row.instance_key or 0, row.process_id, row.element_id, self.remedy, row
            )


def check(  # noqa: PLR0913 - the row of a table
    name: str,
    promise: str,
    rows: Callable[[Span], Select[Any]],
    say: Callable[[Any], str],
    mend: Mend | None = None,
    remedy: str = "",
) -> Check:
    """A check that is one query."""

    whole = cache(lambda: rows(ALL))

    def search(connection: Connection, span: Span) -> Iterable[Any]:
        options = {"stream_results": True, "yield_per": _FETCH}
        return connection.execute(whole() if span is ALL else rows(span), execution_options=options)

    return Check(name, promise, search, say, mend, remedy)


# what queries have in common


def live(table: FromClause) -> ColumnElement[bool]:
    """Whether a row has not ended."""
    return table.c.ended_at.is_(None)


def live_token(key: ColumnElement[Any], instance_key: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether there is a live token with this key in this instance."""
    token = tables.token.alias()
    return exists(select(token.c.key).where(token.c.key == key, token.c.instance_key == instance_key, live(token)))


def the_instance(row: Any) -> str:
    """How a sentence names the instance of a row."""
    return f"instance {row.instance_key} of '{row.process_id}'" if row.process_id else f"instance {row.instance_key}"


def instance_of(row: Any) -> str:
    """How a sentence that begins with it names the instance of a row."""
    return the_instance(row).replace("i", "I", 1)


def place(row: Any) -> str:
    """How a sentence names the element of a row."""
    return f" at '{row.element_id}'" if row.element_id else ""


def moment(at: datetime | None) -> str:
    """How a sentence names a moment."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "an unknown day"
