"""Operations that read: rows by key or by filters, variables by scope."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from bpmn_engine.errors import NotFound
from bpmn_engine.operations.operation import Subject, operation
from bpmn_engine.store.queries import Page, Search, Searchable, find, resources, search
from bpmn_engine.store.queries.rows import ElementInstanceRow

R = TypeVar("R")


class ElementView(NamedTuple):
    """An element instance with the name of its element."""

    row: ElementInstanceRow
    name: str


class Searching(Subject):
    """Find process instances, jobs, user tasks and all other stored resources."""

    @operation("search")
    async def search(self, searchable: Searchable[R], wanted: Search | None = None) -> Page[R]:
        """A page of rows; see `store.queries.resources` for what can be searched for."""
        return await self.read(lambda connection: search(connection, searchable, wanted or Search()))

    @operation("search")
    async def find(self, searchable: Searchable[R], key: int) -> R:
        """One row by its key; raise `NotFound`."""
        return await self.read(lambda connection: existing(connection, searchable, key))

    @operation("search")
    async def element(self, key: int) -> ElementView:
        """One element instance; raise `NotFound`."""
        return await self.read(
            lambda connection: self._element(connection, existing(connection, resources.ELEMENT_INSTANCES, key))
        )

    @operation("search")
    async def elements(self, wanted: Search) -> tuple[Page[ElementInstanceRow], list[ElementView]]:
        """A page of element instances."""

        def find(connection: Connection) -> tuple[Page[ElementInstanceRow], list[ElementView]]:
            page = search(connection, resources.ELEMENT_INSTANCES, wanted)
            return page, [self._element(connection, row) for row in page.items]

        return await self.read(find)

    def _element(self, connection: Connection, row: ElementInstanceRow) -> ElementView:
        element = self.runtime.definitions.process(connection, row.definition_key).elements.get(row.element_id)
        return ElementView(row, element.node.name if element else "")  # a migration may have left it behind

    @operation("variable:read")
    async def variables(self, scope_key: int, names: list[str] | None = None) -> dict[str, Any]:
        """The variables at a scope: an instance, or an element instance with local variables."""
        return await self.read(lambda connection: resources.scope_variables(connection, scope_key, names))

    @operation("variable:read")
    async def scope_chain(self, key: int) -> list[int]:
        """The keys of an element instance and the scopes around it, innermost first."""
        return await self.read(lambda connection: resources.scope_chain(connection, key))


def existing(connection: Connection, searchable: Searchable[R], key: int) -> R:
    """One row by its key; raise `NotFound`."""
    row = find(connection, searchable, key)
    if row is None:
        raise NotFound(f"There is no {searchable.name} with key {key}.")
    return row
