"""One search for all resources: filter, sort, page.

A filter maps a field to a value, or to operators: `$eq $neq $exists $in $notIn $gt $gte $lt $lte $like`; all must hold.
`$or` takes a list of filters. Rows come in the order of their keys if nothing else is asked; the key breaks ties, so
that cursors are stable.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ClauseElement,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Label,
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
from bpmn_engine.expressions.iso8601 import parse_datetime

MAX_LIMIT = 10_000
#: Totals are counted up to here.
MAX_TOTAL = 10_000

Condition = Callable[[Any], ColumnElement[bool]]


R = TypeVar("R")


@dataclass(frozen=True)
class Searchable(Generic[R]):
    """A resource to search: its rows, its key, the fields to filter and sort by, and filters of their own kind.

    `sources` are where the rows come from: first the table that they are in, last the join that has all fields.
    Rows for which `shown` does not hold are hidden.
    """

    #: The name of one of it in messages.
    name: str
    #: The named tuple that a row becomes; its fields are the columns.
    row: Callable[..., R]
    columns: Sequence[Label[Any]]
    key: ColumnElement[int]
    sources: tuple[FromClause, ...]
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    shown: ColumnElement[bool] | None = None

    def __post_init__(self) -> None:
        names, fields = [label.name for label in self.columns], list(getattr(self.row, "_fields", ()))
        assert names == fields, f"{self.name}: the columns are {names}, the row has {fields}"

    @cached_property
    def fields(self) -> dict[str, ColumnElement[Any]]:
        """The fields by their names."""
        return {label.name: label.element for label in self.columns}

    @cached_property
    def statement(self) -> Select[Any]:
        """All rows that are shown."""
        rows = select(*self.columns).select_from(self.sources[-1])
        return rows if self.shown is None else rows.where(self.shown)


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
    condition = _all(searchable, wanted.filter)
    total = connection.scalar(_counted(searchable, condition)) or 0
    start, limit = _window(wanted)
    found = connection.execute(_rows(searchable, condition, wanted.sort, start, limit)) if limit else ()
    rows = [searchable.row(*row) for row in found]
    return Page(
        rows,
        min(total, MAX_TOTAL),
        total > MAX_TOTAL,
        _cursor(start) if rows else None,
        _cursor(start + len(rows)) if rows else None,
    )


def _counted(resource: Searchable[Any], condition: ColumnElement[bool]) -> Select[Any]:
    """Count the rows that match, up to one more than `MAX_TOTAL`."""
    one = _matching(resource, condition, literal_column("1"), ()).limit(MAX_TOTAL + 1)
    return select(func.count()).select_from(one.subquery())


def _rows(
    resource: Searchable[Any], condition: ColumnElement[bool], sort: Sequence[tuple[str, bool]], start: int, limit: int
) -> Select[Any]:
    """Select the rows of a page: first their keys, then all fields of these few."""
    order = _order(resource, sort)
    keys = _matching(resource, condition, resource.key, order).order_by(*order).offset(start).limit(limit)
    return resource.statement.where(resource.key.in_(keys.correlate(None))).order_by(*order)


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


def _window(wanted: Search) -> tuple[int, int]:
    """The offset of the page and its number of rows."""
    if wanted.after is not None:
        return _position(wanted.after), wanted.limit
    if wanted.before is not None:
        end = _position(wanted.before)
        return max(end - wanted.limit, 0), min(wanted.limit, end)
    if wanted.start < 0:
        raise InvalidArgument(f"The page starts at {wanted.start}; expected 0 or more.")
    return wanted.start, wanted.limit


def _cursor(position: int) -> str:
    return base64.b64encode(json.dumps([position]).encode()).decode()


def _position(cursor: str) -> int:
    try:
        (position,) = json.loads(base64.b64decode(cursor, validate=True))
        return max(int(position), 0)
    except (ValueError, TypeError, binascii.Error):
        raise InvalidArgument(f"'{cursor}' is not a cursor of this search.") from None


def _order(resource: Searchable[Any], sort: Sequence[tuple[str, bool]]) -> list[ColumnElement[Any]]:
    columns = ((_column(resource, name, "sort by"), descending) for name, descending in sort)
    return [*(column.desc() if descending else column.asc() for column, descending in columns), resource.key]


def _column(resource: Searchable[Any], name: str, use: str) -> ColumnElement[Any]:
    column = resource.fields.get(name)
    if column is None:
        raise InvalidArgument(f"There is no field '{name}' to {use}; there are {', '.join(sorted(resource.fields))}.")
    return column


def _all(resource: Searchable[Any], wanted: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(True, *(_condition(resource, name, value) for name, value in wanted.items() if value is not None))


def _condition(resource: Searchable[Any], name: str, value: Any) -> ColumnElement[bool]:
    if name == "$or":
        return or_(*(_all(resource, part) for part in value))
    if name in resource.conditions:
        return resource.conditions[name](value)
    return compared(_column(resource, name, "filter by"), value)


def compared(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    """The condition of a filter: a value, or operators with their operands."""
    if not isinstance(value, Mapping):
        return column == _operand(column, value)
    return and_(True, *(operator(column, name, operand) for name, operand in value.items()))


def named(value: Any) -> list[Any] | None:
    """The values that a filter names, if it lets through no others."""
    if not isinstance(value, Mapping):
        return [value]
    if "$eq" in value:
        return [value["$eq"]]
    return value["$in"] if isinstance(value.get("$in"), list) else None


def operator(column: ColumnElement[Any], name: str, value: Any) -> ColumnElement[bool]:
    """The condition of one operator such as `$like`."""
    make = _OPERATORS.get(name)
    if make is None:
        raise InvalidArgument(f"There is no operator '{name}'; there are {', '.join(_OPERATORS)}.")
    return make(column, value)


def _operand(column: ColumnElement[Any], value: Any) -> Any:
    """A value in the column's type: keys come as text, moments in ISO 8601."""
    kind = column.type.python_type
    try:
        if kind is int and not isinstance(value, bool):
            return int(value)
        if kind is datetime and isinstance(value, str):
            return parse_datetime(value)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(f"{value!r} cannot be compared with this field: {error}.") from None
    if kind is str and not isinstance(value, str):
        raise InvalidArgument(f"{value!r} cannot be compared with this field; expected a string.")
    return value


def _operands(column: ColumnElement[Any], values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise InvalidArgument(f"'$in' and '$notIn' need a list, not {values!r}.")
    return [_operand(column, value) for value in values]


def like_pattern(text: str) -> str:
    """`*` any run, `?` one character, a backslash escapes: as SQL LIKE with the escape character `!`."""
    pattern, escaped = "", False
    for char in text:
        if not escaped and char in "*?\\":
            escaped = char == "\\"
            pattern += {"*": "%", "?": "_"}.get(char, "")
            continue
        pattern += f"!{char}" if char in "!%_" else char
        escaped = False
    return pattern


_OPERATORS: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "$eq": lambda column, value: column == _operand(column, value),
    "$neq": lambda column, value: column != _operand(column, value),
    "$exists": lambda column, value: column.is_not(None) if value else column.is_(None),
    "$in": lambda column, value: column.in_(_operands(column, value)),
    "$notIn": lambda column, value: column.not_in(_operands(column, value)),
    "$gt": lambda column, value: column > _operand(column, value),
    "$gte": lambda column, value: column >= _operand(column, value),
    "$lt": lambda column, value: column < _operand(column, value),
    "$lte": lambda column, value: column <= _operand(column, value),
    "$like": lambda column, value: column.like(like_pattern(str(value)), escape="!"),
}
