"""Operations on user tasks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection

from bpmn_engine.errors import Conflict, Terminated, TimedOut
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Kind
from bpmn_engine.operations.arguments import check_text
from bpmn_engine.operations.operation import Subject, operation
from bpmn_engine.operations.searching import existing
from bpmn_engine.runtime.jobs import in_handler
from bpmn_engine.store import process_definitions as definition_rows
from bpmn_engine.store.queries import Page, Search, resources, search
from bpmn_engine.store.queries.rows import UserTaskRow

#: Seconds to wait for the listeners of a task, and between two looks whether they have answered.
_PATIENCE, _LOOK_SECONDS = 10.0, 0.05


class TaskView(NamedTuple):
    """A user task with what its definition says: the form to show (if it is deployed here) and its headers."""

    row: UserTaskRow
    form_key: int | None
    headers: Mapping[str, str]


class UserTasks(Subject):
    """Assign, change and complete user tasks.

    A change returns when the task's listeners have answered. It raises `Conflict` if one denies the change, `TimedOut`
    if they take longer than 10 s (they continue then), `Terminated` if the task is cancelled meanwhile. Called by a job
    handler of this process it does not wait.
    """

    @operation("user-task:complete")
    async def complete(self, key: int, variables: Mapping[str, Any] | None = None) -> None:
        """Complete a task with these variables."""
        await self._change(key, commands.CompleteUserTask(task_key=key, variables=variables or {}))

    @operation("user-task:assign")
    async def assign(self, key: int, assignee: str | None, *, allow_override: bool = True) -> None:
        """Assign a task to a person, or unassign it (None).

        Without `allow_override`, raise `Conflict` if it is assigned to another person.
        """
        if assignee is not None:
            check_text(assignee, "assignee")
        command = commands.AssignUserTask(task_key=key, assignee=assignee, allow_override=allow_override)
        await self._change(key, command)

    @operation("user-task:update")
    async def update(self, key: int, changes: Mapping[str, Any]) -> None:
        """Change fields: `candidate_users`, `candidate_groups`, `due_at`, `follow_up_at`, `priority`."""
        await self._change(key, commands.UpdateUserTask(task_key=key, changes=changes))

    @operation("user-task:read")
    async def find(self, key: int) -> TaskView:
        """One task; raise `NotFound`."""
        return await self.read(
            lambda connection: self._view(connection, existing(connection, resources.USER_TASKS, key))
        )

    @operation("user-task:read")
    async def search(self, wanted: Search) -> tuple[Page[UserTaskRow], list[TaskView]]:
        """A page of tasks."""

        def find(connection: Connection) -> tuple[Page[UserTaskRow], list[TaskView]]:
            page = search(connection, resources.USER_TASKS, wanted)
            return page, [self._view(connection, row) for row in page.items]

        return await self.read(find)

    def _view(self, connection: Connection, row: UserTaskRow) -> TaskView:
        form = definition_rows.find_form(connection, row.form_id) if row.form_id else None
        element = self.runtime.definitions.process(connection, row.definition_key).elements.get(row.element_id)
        headers = element.node.extensions.headers if element else {}  # a migration may have left it behind
        return TaskView(row, form.key if form else None, headers)

    async def _row(self, key: int) -> UserTaskRow:
        return await self.read(lambda connection: existing(connection, resources.USER_TASKS, key))

    async def _change(self, key: int, command: commands.Command) -> None:
        await self.command(Kind.USER_TASK, key, command)
        if in_handler():  # the listener may need the very thread that would wait here
            return
        deadline = time.monotonic() + _PATIENCE
        row = await self._row(key)
        while row.transition and row.ended_at is None:
            if time.monotonic() > deadline:
                message = f"The listeners of the user task {key} have not answered within {_PATIENCE:g} s"
                raise TimedOut(f"{message}; they continue.")
            await self.waits.pause(_LOOK_SECONDS)
            row = await self._row(key)
        if row.transition:
            raise Terminated(f"The user task {key} was cancelled before its listeners had answered.")
        if row.denied is not None:
            raise Conflict(f"A task listener has denied the change: {row.denied or 'it gave no reason'}.")
