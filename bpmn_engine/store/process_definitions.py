"""Deployed resources and the process definitions and forms in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, insert, select

from bpmn_engine.store import tables


def add_resource(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a deployed file."""
    connection.execute(insert(tables.resource), row)


def add_definition(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a process definition."""
    connection.execute(insert(tables.process_definition), row)


def add_form(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a form."""
    connection.execute(insert(tables.form), row)


def definition_by_key(connection: Connection, key: int) -> Row[Any] | None:
    """A process definition."""
    return connection.execute(select(tables.process_definition).where(tables.process_definition.c.key == key)).first()


def definitions_of(connection: Connection, process_id: str) -> list[int]:
    """The keys of all versions of a process."""
    table = tables.process_definition
    return list(connection.scalars(select(table.c.key).where(table.c.process_id == process_id)))


def definition_source(connection: Connection, key: int) -> Row[Any] | None:
    """The file that a process definition came from."""
    joined = tables.process_definition.join(
        tables.resource, tables.process_definition.c.resource_key == tables.resource.c.key
    )
    wanted = select(tables.resource, tables.process_definition.c.process_id).select_from(joined)
    return connection.execute(wanted.where(tables.process_definition.c.key == key)).first()


def latest_resource(connection: Connection, name: str) -> Row[Any] | None:
    """The last file that was deployed under a name."""
    table = tables.resource
    return connection.execute(select(table).where(table.c.name == name).order_by(table.c.key.desc()).limit(1)).first()


def definitions_in(connection: Connection, resource_key: int) -> list[Row[Any]]:
    """The process definitions of a file."""
    table = tables.process_definition
    return list(connection.execute(select(table).where(table.c.resource_key == resource_key).order_by(table.c.key)))


def forms_in(connection: Connection, resource_key: int) -> list[Row[Any]]:
    """The forms of a file."""
    return list(connection.execute(select(tables.form).where(tables.form.c.resource_key == resource_key)))


class FormRow(NamedTuple):
    """A version of a form with its content."""

    key: int
    form_id: str
    version: int
    content: bytes


_FORMS = select(tables.form.c.key, tables.form.c.form_id, tables.form.c.version, tables.resource.c.content).select_from(
    tables.form.join(tables.resource, tables.form.c.resource_key == tables.resource.c.key)
)


def find_form(connection: Connection, form_id: str) -> FormRow | None:
    """The latest version of a form."""
    wanted = _FORMS.where(tables.form.c.form_id == form_id).order_by(tables.form.c.version.desc()).limit(1)
    row = connection.execute(wanted).first()
    return FormRow(*row) if row is not None else None


def form_by_key(connection: Connection, key: int) -> FormRow | None:
    """A form by its key."""
    row = connection.execute(_FORMS.where(tables.form.c.key == key)).first()
    return FormRow(*row) if row is not None else None
