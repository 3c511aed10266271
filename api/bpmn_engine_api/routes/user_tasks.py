"""User tasks."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Query, Response

from bpmn_engine import Conflict, Engine, TimedOut
from bpmn_engine.instance import commands as q
from bpmn_engine_api.edge import EngineOf, Key, ask, look
from bpmn_engine_api.json import JsonRoute, answer, no_content
from bpmn_engine_api.routes.variables import variables_page
from bpmn_engine_api.schemas.processes import Form
from bpmn_engine_api.schemas.runtime import FoundVariable, VariablePage
from bpmn_engine_api.schemas.search import PageResponse, SearchRequest, search_of
from bpmn_engine_api.schemas.user_tasks import (
    USER_TASK_FIELDS,
    AssignmentRequest,
    UserTask,
    UserTaskCompletion,
    UserTaskPage,
    UserTaskUpdate,
)

router = APIRouter(prefix="/user-tasks", tags=["user tasks"], route_class=JsonRoute)

#: Seconds to wait for task listeners, and between two looks.
_PATIENCE, _POLL = 10, 0.05


def _task(engine: Engine, row: Any) -> UserTask:
    form = engine.form(form_id=row.form_id) if row.form_id else None
    element = engine.process(row.definition_key).elements.get(row.element_id)
    headers = element.node.extensions.headers if element else {}  # a migration may have left it behind
    return UserTask.of(row, form.key if form else None, headers)


def _page(engine: Engine, body: SearchRequest | None) -> UserTaskPage:
    page = engine.search("user task", search_of(body, USER_TASK_FIELDS))
    return UserTaskPage(page=PageResponse.of(page), items=[_task(engine, row) for row in page.items])


async def _change(engine: Engine, key: int, command: q.Command) -> None:
    """Change a task and wait for its listeners; `Conflict` if one denies it, `TimedOut` if they take too long."""
    await ask(engine, "user task", key, command)
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        row = await look(engine.find, "user task", key)
        if not row.transition:
            break
        await asyncio.sleep(_POLL)
    else:
        raise TimedOut(f"The listeners of the user task {key} have not answered within {_PATIENCE} s; they go on.")
    if row.denied is not None:
        raise Conflict(f"A task listener has denied it: {row.denied or 'it gave no reason'}.")


@router.post("/search", response_model=UserTaskPage)
async def search(engine: EngineOf, body: SearchRequest | None = None) -> Response:
    """Search open and finished tasks."""
    return answer(await look(_page, engine, body))


@router.get("/{key}", response_model=UserTask)
async def get(engine: EngineOf, key: Key) -> Response:
    """One task."""
    return answer(await look(lambda: _task(engine, engine.find("user task", key))))


@router.post("/{key}/assignment", status_code=204)
async def assign(engine: EngineOf, key: Key, body: AssignmentRequest) -> Response:
    """Give a task to a person."""
    command = q.AssignUserTask(task_key=key, assignee=body.assignee, allow_override=body.allow_override is not False)
    await _change(engine, key, command)
    return no_content()


@router.delete("/{key}/assignee", status_code=204)
async def unassign(engine: EngineOf, key: Key) -> Response:
    """Take a task from whoever has it."""
    await _change(engine, key, q.AssignUserTask(task_key=key, assignee=None))
    return no_content()


@router.patch("/{key}", status_code=204)
@router.patch("/{key}/update", status_code=204, include_in_schema=False)
async def update(engine: EngineOf, key: Key, body: UserTaskUpdate | None = None) -> Response:
    """Change dates, candidates and priority."""
    changes = body.changeset.changes() if body and body.changeset else {}
    await _change(engine, key, q.UpdateUserTask(task_key=key, changes=changes))
    return no_content()


@router.post("/{key}/completion", status_code=204)
async def complete(engine: EngineOf, key: Key, body: UserTaskCompletion | None = None) -> Response:
    """Complete a task."""
    command = q.CompleteUserTask(task_key=key, variables=(body and body.variables) or {})
    await _change(engine, key, command)
    return no_content()


@router.get("/{key}/form", response_model=Form)
async def form(engine: EngineOf, key: Key) -> Response:
    """The form of a task; 204 if it has none that is deployed here."""
    row = await look(engine.find, "user task", key)
    found = await look(lambda: engine.form(form_id=row.form_id)) if row.form_id else None
    return answer(Form.of(found)) if found else no_content()


@router.post("/{key}/variables/search", response_model=VariablePage)
async def variables(
    engine: EngineOf, key: Key, body: SearchRequest | None = None, truncate: bool = Query(True, alias="truncateValues")
) -> Response:
    """The variables of the task's scope and of all scopes around it, a row for each."""
    row = await look(engine.find, "user task", key)
    chain = await look(engine.scope_chain, row.token_key)
    return await variables_page(engine, body, {"scope_key": {"$in": chain}}, truncate=truncate)


@router.post("/{key}/effective-variables/search", response_model=VariablePage)
async def effective(
    engine: EngineOf, key: Key, body: SearchRequest | None = None, truncate: bool = Query(True, alias="truncateValues")
) -> Response:
    """The variables that the task sees: the innermost of each name."""
    row = await look(engine.find, "user task", key)
    chain = await look(engine.scope_chain, row.token_key)
    page = await look(
        engine.search, "variable", search_of(body, {"name": "name"}).within({"scope_key": {"$in": chain}})
    )
    nearest: dict[str, Any] = {}
    for item in sorted(page.items, key=lambda item: chain.index(item.scope_key)):
        nearest.setdefault(item.name, item)
    items = [FoundVariable.found(item, truncate=truncate) for item in nearest.values()]
    return answer(VariablePage(page=PageResponse.of(page), items=items))
