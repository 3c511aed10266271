"""Operations with files: deploying them, reading what was deployed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.errors import NotFound
from bpmn_engine.operations.operation import Subject, operation
from bpmn_engine.runtime.preparation import Resource
from bpmn_engine.runtime.requests.deployments import Deploy, Deployment
from bpmn_engine.store import process_definitions as definition_rows
from bpmn_engine.store.process_definitions import FormRow


class Deployments(Subject):
    """Deploy diagrams, decisions and forms, and read them back."""

    @operation("deployment:create")
    async def deploy(self, files: Iterable[Resource]) -> Deployment:
        """Deploy files, all or none; an unchanged file keeps its version.

        They are checked and compiled in the caller's thread, so that instances continue meanwhile. Raise `InvalidModel`
        with every problem found, `InvalidArgument` for too few or too many files.
        """
        now = self.runtime.clock.now()
        checked = await self.waits.query(lambda: self.runtime.preparation.prepare(files, now))
        return await self.ask(Deploy(checked))

    @operation("process-definition:read")
    async def source(self, definition_key: int) -> bytes:
        """The file that a process definition was deployed with; raise `NotFound`."""

        def find(connection: Connection) -> bytes:
            source = definition_rows.definition_source(connection, definition_key)
            if source is None:
                raise NotFound(f"There is no process definition with key {definition_key}.")
            return source.content

        return await self.read(find)

    @operation("form:read")
    async def form(self, *, key: int | None = None, form_id: str | None = None) -> FormRow | None:
        """A form by key, or the latest version by id, with its content; None if there is none."""

        def find(connection: Connection) -> FormRow | None:
            if key is not None:
                return definition_rows.form_by_key(connection, key)
            return definition_rows.find_form(connection, form_id or "")

        return await self.read(find)

    @operation("process-definition:read")
    async def process(self, definition_key: int) -> ExecutableProcess:
        """The compiled process of a definition; raise `NotFound`."""
        return await self.read(lambda connection: self.runtime.definitions.process(connection, definition_key))
