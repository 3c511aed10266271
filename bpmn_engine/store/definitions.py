"""Deployed resources and the process definitions and forms in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from bpmn_engine.store import tables as t


def add_resource(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a deployed file."""
    connection.execute(insert(t.resource), row)


def add_definition(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a process definition."""
    connection.execute(insert(t.process_definition), row)


def add_form(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a form."""
    connection.execute(insert(t.form), row)


def definition_by_key(connection: Connection, key: int) -> Row[Any] | None:
    """A process definition."""
    return connection.execute(select(t.process_definition).where(t.process_definition.c.key == key)).first()


def find_definition(
    connection: Connection, process_id: str, version: int = -1, version_tag: str | None = None
) -> Row[Any] | None:
    """A version of a process: the latest (-1), a number, or the latest with a tag."""
    table = t.process_definition
    found = select(table).where(table.c.process_id == process_id)
    if version_tag is not None:
        found = found.where(table.c.version_tag == version_tag)
    elif version >= 0:
        found = found.where(table.c.version == version)
    return connection.execute(found.order_by(table.c.version.desc()).limit(1)).first()


def definition_deployed_with(connection: Connection, process_id: str, deployment_key: int) -> Row[Any] | None:
    """The version of a process that came with, or was the latest at, a deployment."""
    table = t.process_definition
    found = select(table).where(table.c.process_id == process_id, table.c.deployment_key <= deployment_key)
    return connection.execute(found.order_by(table.c.version.desc()).limit(1)).first()


def definitions_of(connection: Connection, process_id: str) -> list[int]:
    """The keys of all versions of a process."""
    table = t.process_definition
    return list(connection.scalars(select(table.c.key).where(table.c.process_id == process_id)))


def definition_source(connection: Connection, key: int) -> Row[Any] | None:
    """The file that a process definition came from."""
    joined = t.process_definition.join(t.resource, t.process_definition.c.resource_key == t.resource.c.key)
    wanted = select(t.resource, t.process_definition.c.process_id).select_from(joined)
    return connection.execute(wanted.where(t.process_definition.c.key == key)).first()


def latest_resource(connection: Connection, name: str) -> Row[Any] | None:
    """The last file that was deployed under a name."""
    table = t.resource
    return connection.execute(select(table).where(table.c.name == name).order_by(table.c.key.desc()).limit(1)).first()


def definitions_in(connection: Connection, resource_key: int) -> list[Row[Any]]:
    """The process definitions of a file."""
    table = t.process_definition
    return list(connection.execute(select(table).where(table.c.resource_key == resource_key).order_by(table.c.key)))


def forms_in(connection: Connection, resource_key: int) -> list[Row[Any]]:
    """The forms of a file."""
    return list(connection.execute(select(t.form).where(t.form.c.resource_key == resource_key)))


def find_form(connection: Connection, form_id: str) -> Row[Any] | None:
    """The latest version of a form, with its content."""
    joined = t.form.join(t.resource, t.form.c.resource_key == t.resource.c.key)
    wanted = select(t.form, t.resource.c.content).select_from(joined).where(t.form.c.form_id == form_id)
    return connection.execute(wanted.order_by(t.form.c.version.desc()).limit(1)).first()


def form_by_key(connection: Connection, key: int) -> Row[Any] | None:
    """A form with its content."""
    joined = t.form.join(t.resource, t.form.c.resource_key == t.resource.c.key)
    return connection.execute(
        select(t.form, t.resource.c.content).select_from(joined).where(t.form.c.key == key)
    ).first()


def next_version(connection: Connection, process_id: str) -> int:
    """The number of the next version of a process."""
    table = t.process_definition
    return (connection.scalar(select(func.max(table.c.version)).where(table.c.process_id == process_id)) or 0) + 1


def next_form_version(connection: Connection, form_id: str) -> int:
    """The number of the next version of a form."""
    return (connection.scalar(select(func.max(t.form.c.version)).where(t.form.c.form_id == form_id)) or 0) + 1
