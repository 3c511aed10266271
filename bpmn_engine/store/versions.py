"""Definitions that come in numbered versions under one id: processes, decisions, decision models, forms."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from bpmn_engine.store import tables


class Versions:
    """The versions in a table, whose column `id_name` has the id that the analyst gave."""

    def __init__(self, table: Table, id_name: str) -> None:
        self.table, self.id = table, table.c[id_name]

    def next(self, connection: Connection, wanted: str) -> int:
        """The number of the next version."""
        return (connection.scalar(select(func.max(self.table.c.version)).where(self.id == wanted)) or 0) + 1

    def find(
        self, connection: Connection, wanted: str, version: int = -1, version_tag: str | None = None
    ) -> Row[Any] | None:
        """The latest version (-1), that with a number, or the latest with a tag."""
        found = select(self.table).where(self.id == wanted)
        if version_tag is not None:
            found = found.where(self.table.c.version_tag == version_tag)
        elif version >= 0:
            found = found.where(self.table.c.version == version)
        return connection.execute(found.order_by(self.table.c.version.desc()).limit(1)).first()

    def deployed_with(self, connection: Connection, wanted: str, deployment_key: int) -> Row[Any] | None:
        """The version that came with, or was the latest at, a deployment."""
        found = select(self.table).where(self.id == wanted, self.table.c.deployment_key <= deployment_key)
        return connection.execute(found.order_by(self.table.c.version.desc()).limit(1)).first()


PROCESSES = Versions(tables.process_definition, "process_id")
DECISIONS = Versions(tables.decision_definition, "decision_id")
REQUIREMENTS = Versions(tables.decision_requirements, "requirements_id")
FORMS = Versions(tables.form, "form_id")
