"""Definitions that come in numbered versions under one id: processes, decisions, decision models, forms."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Column, Connection, func, select

from bpmn_engine.store import tables
from bpmn_engine.store.rows import columns, fetch, fetch_first

R = TypeVar("R")


class ProcessVersion(NamedTuple):
    """A version of a process."""

    key: int
    process_id: str
    version: int
    name: str | None
    deployment_key: int


class DecisionVersion(NamedTuple):
    """A version of a decision."""

    key: int
    decision_id: str
    version: int
    name: str
    requirements_key: int


class RequirementsVersion(NamedTuple):
    """A version of a decision model."""

    key: int
    requirements_id: str
    version: int
    name: str
    resource_name: str
    deployment_key: int


class FormVersion(NamedTuple):
    """A version of a form."""

    key: int
    form_id: str
    version: int


class Versions(Generic[R]):
    """The versions in a table, each of which becomes a `row`."""

    def __init__(self, row: type[R], id_column: Column[Any], within: Column[Any]) -> None:
        """`id_column` has the id that the analyst gave; `within` has the key of the file, or model, of a version."""
        self.row, self.id, self.within = row, id_column, within
        self.columns = id_column.table.c
        self._all = select(*columns(row, id_column.table))

    def next(self, connection: Connection, wanted: str) -> int:
        """The number of the next version."""
        return (connection.scalar(select(func.max(self.columns.version)).where(self.id == wanted)) or 0) + 1

    def by_key(self, connection: Connection, key: int) -> R | None:
        """One version."""
        return fetch_first(connection, self.row, self._all.where(self.columns.key == key))

    def find(self, connection: Connection, wanted: str, version: int = -1, version_tag: str | None = None) -> R | None:
        """The latest version (-1), that with a number, or the latest with a tag."""
        found = self._all.where(self.id == wanted)
        if version_tag is not None:
            found = found.where(self.columns.version_tag == version_tag)
        elif version >= 0:
            found = found.where(self.columns.version == version)
        return fetch_first(connection, self.row, found.order_by(self.columns.version.desc()).limit(1))

    def deployed_with(self, connection: Connection, wanted: str, deployment_key: int) -> R | None:
        """The version that came with, or was the latest at, a deployment."""
        found = self._all.where(self.id == wanted, self.columns.deployment_key <= deployment_key)
        return fetch_first(connection, self.row, found.order_by(self.columns.version.desc()).limit(1))

    def contained(self, connection: Connection, key: int) -> list[R]:
        """The versions that are in one file; decisions, in one model."""
        return fetch(connection, self.row, self._all.where(self.within == key).order_by(self.columns.key))


_process, _decision = tables.process_definition.c, tables.decision_definition.c
_requirements, _form = tables.decision_requirements.c, tables.form.c

PROCESSES = Versions(ProcessVersion, _process.process_id, _process.resource_key)
DECISIONS = Versions(DecisionVersion, _decision.decision_id, _decision.requirements_key)
REQUIREMENTS = Versions(RequirementsVersion, _requirements.requirements_id, _requirements.resource_key)
FORMS = Versions(FormVersion, _form.form_id, _form.resource_key)
