"""The order of a search, and cursors: places between its rows.

A cursor holds the sort values and the key of a row. What comes behind it is found by comparing, not by counting, so
rows that appear and disappear meanwhile make no other row come twice or not at all. Rows without a value come last, and
first if the order descends, as PostgreSQL has them; the key breaks ties.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, and_, false, literal, or_

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.store.queries.operators import operand
from bpmn_engine.store.queries.searchable import Searchable

R = TypeVar("R")
#: The most fields that a search sorts by.
MAX_SORT = 10


class Order(Generic[R]):
    """The fields to sort by, each with whether it descends."""

    def __init__(self, resource: Searchable[R], sort: Sequence[tuple[str, bool]]) -> None:
        if len(sort) > MAX_SORT:
            raise InvalidArgument(f"The search sorts by {len(sort)} fields; expected at most {MAX_SORT}.")
        self._names = [name for name, _ in sort]
        self._parts = [(resource.field(name, "sort by"), name in resource.optional, down) for name, down in sort]
        self._parts.append((resource.key, False, False))
        self._signature = ",".join([resource.name, *(f"{name}{'-' if down else '+'}" for name, down in sort)])

    def by(self, *, backwards: bool) -> list[ColumnElement[Any]]:
        """What to sort by."""
        return [_sorted(column, optional, down != backwards) for column, optional, down in self._parts]

    def cursor(self, row: Any) -> str:
        """The place of a row, in base64."""
        values = [_plain(getattr(row, name)) for name in (*self._names, "key")]
        return base64.b64encode(json.dumps([self._signature, *values]).encode()).decode()

    def beyond(self, cursor: str, *, backwards: bool) -> ColumnElement[bool]:
        """The rows behind a cursor, or those before it; raise `InvalidArgument`."""
        condition: ColumnElement[bool] = false()
        for (column, optional, down), value in reversed(list(zip(self._parts, self._values(cursor), strict=True))):
            condition = _behind(column, value, condition, optional=optional, down=down != backwards)
        return condition

    def _values(self, cursor: str) -> list[Any]:
        """The values of a cursor, each in the type of its column."""
        try:
            signature, *values = json.loads(base64.b64decode(cursor, validate=True))
            return [
                None if value is None and optional else literal(operand(column, value), column.type)
                for (column, optional, _), value in zip(self._parts, self._signed(signature, values), strict=True)
            ]
        except (ValueError, TypeError, RecursionError, InvalidArgument):
            shown = cursor if len(cursor) <= 40 else f"{cursor[:37]}..."
            message = "is not a cursor of this search with this order; take startCursor or endCursor of its last page"
            raise InvalidArgument(f"'{shown}' {message}.") from None

    def _signed(self, signature: Any, values: list[Any]) -> list[Any]:
        """The values, if they come from a search like this one."""
        if signature != self._signature:
            raise ValueError(signature)
        return values


def _sorted(column: ColumnElement[Any], optional: bool, down: bool) -> ColumnElement[Any]:
    ordered = column.desc() if down else column.asc()
    if not optional:
        return ordered
    return ordered.nulls_first() if down else ordered.nulls_last()


def _behind(
    column: ColumnElement[Any], value: Any, ties: ColumnElement[bool], *, optional: bool, down: bool
) -> ColumnElement[bool]:
    """The rows behind a value, and of those that have it the ones for which `ties` holds."""
    if value is None:
        same = and_(column.is_(None), ties)
        return or_(column.is_not(None), same) if down else same
    further = column < value if down else column > value
    found = and_(column <= value if down else column >= value, or_(further, and_(column == value, ties)))
    return or_(found, column.is_(None)) if optional and not down else found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
