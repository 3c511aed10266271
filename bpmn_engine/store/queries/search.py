"""One search for all resources: filter, sort, page.

A filter maps a field to a value, or to operators: `$eq $neq $exists $in $notIn $gt $gte $lt $lte $like`; all must hold.
`$or` takes a list of filters. Rows come in the order of their keys if nothing else is asked; the key breaks ties, so
that cursors are stable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ClauseElement,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.sql import visitors

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.store.queries.operators import MAX_INTEGER, compared
from bpmn_engine.store.queries.order import Order
from bpmn_engine.store.queries.searchable import Searchable

MAX_LIMIT = 10_000
#: Totals are counted up to here.
MAX_TOTAL = 10_000
#: The most conditions of a filter, and values in its lists; how deep `$or` may stand in `$or`.
MAX_CONDITIONS, MAX_VALUES, MAX_DEPTH = 500, 10_000, 10

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Search:
    """A query for a page. `sort` holds (field, descending); a page is `start` or a cursor `after` or `before`."""

    filter: Mapping[str, Any] = field(default_factory=dict)
    sort: Sequence[tuple[str, bool]] = ()
    limit: int = 100
    start: int = 0
    after: str | None = None
    before: str | None = None

    def within(self, more: Mapping[str, Any]) -> Search:
        """The same search among fewer rows."""
        return replace(self, filter={**self.filter, **more})


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """The rows of one page; `total` counts all matches up to `MAX_TOTAL`."""

    items: list[R]
    total: int
    more: bool
    first_cursor: str | None
    last_cursor: str | None


def find(connection: Connection, searchable: Searchable[R], key: int) -> R | None:
    """One row by its key, or None."""
    row = connection.execute(searchable.statement.where(searchable.key == key)).first()
    return None if row is None else searchable.row(*row)


def search(connection: Connection, searchable: Searchable[R], wanted: Search) -> Page[R]:
    """A page of rows; raise `InvalidArgument` for unknown fields, operators and cursors."""
    if not 1 <= wanted.limit <= MAX_LIMIT:
        raise InvalidArgument(f"The page limit is {wanted.limit}; expected 1 to {MAX_LIMIT}.")
    if not 0 <= wanted.start <= MAX_INTEGER:
        raise InvalidArgument(f"The page starts at {wanted.start}; expected 0 to {MAX_INTEGER}.")
    _check_size(wanted.filter)
    condition, order = _all(searchable, wanted.filter), Order(searchable, wanted.sort)
    total = connection.scalar(_counted(searchable, condition)) or 0
    found = [searchable.row(*row) for row in connection.execute(_rows(searchable, condition, order, wanted))]
    rows = found if wanted.before is None else found[::-1]
    first, last = (order.cursor(rows[0]), order.cursor(rows[-1])) if rows else (None, None)
    return Page(rows, min(total, MAX_TOTAL), total > MAX_TOTAL, first, last)


def _counted(resource: Searchable[Any], condition: ColumnElement[bool]) -> Select[Any]:
    """Count the rows that match, up to one more than `MAX_TOTAL`."""
    one = _matching(resource, condition, literal_column("1"), ()).limit(MAX_TOTAL + 1)
    return select(func.count()).select_from(one.subquery())


def _rows(resource: Searchable[Any], condition: ColumnElement[bool], order: Order[Any], wanted: Search) -> Select[Any]:
    """Select the rows of a page: first their keys, then all fields of these few; backwards if it ends at a cursor."""
    beyond, backwards = condition, wanted.before is not None
    if wanted.before is not None:
        beyond = and_(condition, order.beyond(wanted.before, backwards=True))
    elif wanted.after is not None:
        beyond = and_(condition, order.beyond(wanted.after, backwards=False))
    by = order.by(backwards=backwards)
    keys = _matching(resource, beyond, resource.key, by).order_by(*by).limit(wanted.limit)
    if wanted.start and wanted.after is None and wanted.before is None:
        keys = keys.offset(wanted.start)
    return resource.statement.where(resource.key.in_(keys.correlate(None))).order_by(*by)


def _matching(
    resource: Searchable[Any],
    condition: ColumnElement[bool],
    column: ColumnElement[Any],
    order: Sequence[ColumnElement[Any]],
) -> Select[Any]:
    """The rows that match, without the tables that neither the condition nor the order names."""
    needed = set[Any]().union(*map(_tables, (condition, *order))) & _tables(resource.sources[-1])
    source = next(source for source in resource.sources if needed <= _tables(source))
    shown = (condition,) if resource.shown is None else (resource.shown, condition)
    return select(column).select_from(source).where(*shown)


def _tables(clause: ClauseElement) -> set[Any]:
    """The tables that a condition or a join names."""
    return {getattr(part, "table", part) for part in visitors.iterate(clause) if isinstance(part, Column | Table)}


def _check_size(wanted: Mapping[str, Any]) -> None:
    """Raise `InvalidArgument` for a filter that is too much for a database."""
    conditions, values = _size(wanted, MAX_DEPTH)
    if conditions > MAX_CONDITIONS:
        raise InvalidArgument(f"The filter has {conditions:,} conditions; expected at most {MAX_CONDITIONS:,}.")
    if values > MAX_VALUES:
        raise InvalidArgument(f"The lists of the filter have {values:,} values; expected at most {MAX_VALUES:,}.")


def _size(wanted: Mapping[str, Any], depth: int) -> tuple[int, int]:
    """Count the conditions of a filter and the values in its lists."""
    conditions = values = 0
    for name, value in wanted.items():
        if name == "$or":
            if depth == 0:
                raise InvalidArgument(f"'$or' stands in '$or' more than {MAX_DEPTH} times.")
            sizes = [_size(part, depth - 1) for part in alternatives(value)]
            conditions += 1 + sum(size[0] for size in sizes)
            values += sum(size[1] for size in sizes)
            continue
        operands = list(value.values()) if isinstance(value, Mapping) else [value]
        lists = [len(operand) for operand in operands if isinstance(operand, list)]
        listed = sum(lists)
        conditions += len(operands) if isinstance(value, Mapping) or not lists else listed
        values += listed
    return conditions, values


def alternatives(value: Any) -> list[Mapping[str, Any]]:
    """The filters of `$or`; raise `InvalidArgument` for anything else."""
    if not isinstance(value, list) or not all(isinstance(part, Mapping) for part in value):
        raise InvalidArgument("'$or' needs a list of filters, each of them an object.")
    return value


def _all(resource: Searchable[Any], wanted: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(True, *(_condition(resource, name, value) for name, value in wanted.items() if value is not None))


def _condition(resource: Searchable[Any], name: str, value: Any) -> ColumnElement[bool]:
    if name == "$or":
        parts = [_all(resource, part) for part in alternatives(value)]
        return or_(*parts) if parts else and_(True)
    if name in resource.conditions:
        return resource.conditions[name](value)
    return compared(resource.field(name, "filter by"), value)
