"""Reads rows into named tuples whose fields are columns.

A query selects the `columns` of its row type, so both have the same names in the same order. A column that is renamed
in `tables.py` alone fails as soon as the query is made; the type checker sees a field that is renamed.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import starmap
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, Select

R = TypeVar("R")


def columns(row: type[object], *sources: FromClause) -> list[ColumnElement[Any]]:
    """Find the column of each field of a row, in the first source that has it; raise `KeyError`."""
    found = {column.name: column for source in reversed(sources) for column in source.c}
    return [found[name] for name in row.__annotations__]


def fetch(connection: Connection, row: Callable[..., R], statement: Select[Any]) -> list[R]:
    """Read all rows of a query."""
    return list(starmap(row, connection.execute(statement)))


def fetch_first(connection: Connection, row: Callable[..., R], statement: Select[Any]) -> R | None:
    """Read the first row of a query; None if it has no rows."""
    found = connection.execute(statement).first()
    return None if found is None else row(*found)
