"""Deployed resources and the process definitions and forms in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from bpmn_engine.store import tables
from bpmn_engine.store.rows import columns, fetch_first


def add_resource(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a deployed file."""
    connection.execute(insert(tables.resource), row)


def add_definition(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a process definition."""
    connection.execute(insert(tables.process_definition), row)


def add_form(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a form."""
    connection.execute(insert(tables.form), row)


def definitions_of(connection: Connection, process_id: str) -> list[int]:
    """The keys of all versions of a process."""
    table = tables.process_definition
    return list(connection.scalars(select(table.c.key).where(table.c.process_id == process_id)))


class DefinitionSource(NamedTuple):
    """The file of a process definition."""

    process_id: str
    resource_name: str
    content: bytes


def definition_source(connection: Connection, key: int) -> DefinitionSource | None:
    """The file that a process definition came from."""
    definition, resource = tables.process_definition, tables.resource
    joined = definition.join(resource, definition.c.resource_key == resource.c.key)
    found = select(*columns(DefinitionSource, definition, resource)).select_from(joined)
    return fetch_first(connection, DefinitionSource, found.where(definition.c.key == key))


class DeployedResource(NamedTuple):
    """A deployed file."""

    key: int
    checksum: str


def latest_resource(connection: Connection, name: str) -> DeployedResource | None:
    """The last file that was deployed under a name."""
    table = tables.resource
    found = select(*columns(DeployedResource, table)).where(table.c.name == name)
    return fetch_first(connection, DeployedResource, found.order_by(table.c.key.desc()).limit(1))


class FormRow(NamedTuple):
    """A version of a form with its content."""

    key: int
    form_id: str
    version: int
    content: bytes


_FORMS = select(*columns(FormRow, tables.form, tables.resource)).select_from(
    tables.form.join(tables.resource, tables.form.c.resource_key == tables.resource.c.key)
)


def find_form(connection: Connection, form_id: str) -> FormRow | None:
    """The latest version of a form."""
    wanted = _FORMS.where(tables.form.c.form_id == form_id).order_by(tables.form.c.version.desc()).limit(1)
    return fetch_first(connection, FormRow, wanted)


def form_by_key(connection: Connection, key: int) -> FormRow | None:
    """A form by its key."""
    return fetch_first(connection, FormRow, _FORMS.where(tables.form.c.key == key))
