"""What can be searched for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, FromClause, Label, Select, select

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.store.queries.operators import Condition

R = TypeVar("R")


@dataclasses.dataclass(frozen=True)
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
    conditions: Mapping[str, Condition] = dataclasses.field(default_factory=dict)
    shown: ColumnElement[bool] | None = None

    def __post_init__(self) -> None:
        names, fields = [label.name for label in self.columns], list(getattr(self.row, "_fields", ()))
        assert names == fields, f"{self.name}: the columns are {names}, the row has {fields}"

    @cached_property
    def fields(self) -> dict[str, ColumnElement[Any]]:
        """The fields by their names."""
        return {label.name: label.element for label in self.columns}

    @cached_property
    def optional(self) -> frozenset[str]:
        """The names of the fields that may be null, by the types of the row."""
        types = getattr(self.row, "__annotations__", {})
        return frozenset(name for name, kind in types.items() if "| None" in str(kind))

    def field(self, name: str, use: str) -> ColumnElement[Any]:
        """One field by its name; raise `InvalidArgument`."""
        column = self.fields.get(name)
        if column is None:
            raise InvalidArgument(f"There is no field '{name}' to {use}; there are {', '.join(sorted(self.fields))}.")
        return column

    @cached_property
    def statement(self) -> Select[Any]:
        """All rows that are shown."""
        rows = select(*self.columns).select_from(self.sources[-1])
        return rows if self.shown is None else rows.where(self.shown)
