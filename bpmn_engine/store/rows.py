"""Reads rows into named tuples whose fields are columns.

A query selects the `columns` of its row type, so both have the same names in the same order: a column that is renamed
in `tables.py` alone is an error at import, a field that is renamed is one for the type checker.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import starmap
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, Select

R = TypeVar("R")


def columns(row: type[object], *sources: FromClause) -> list[ColumnElement[Any]]:
    """The columns with the names of a row's fields, each from the first source that has it; raise `KeyError`."""
    found = {column.name: column for source in reversed(sources) for column in source.c}
    return [found[name] for name in row.__annotations__]


def fetch(connection: Connection, row: Callable[..., R], statement: Select[Any]) -> list[R]:
    """All rows of a query."""
    return list(starmap(row, connection.execute(statement)))


def fetch_first(connection: Connection, row: Callable[..., R], statement: Select[Any]) -> R | None:
    """The first row of a query, or None."""
    found = connection.execute(statement).first()
    return None if found is None else row(*found)
