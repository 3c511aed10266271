"""User tasks."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Query, Response

from bpmn_engine.operations.types import USER_TASKS, VARIABLES
from bpmn_engine_api.edge import Caller, Key
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


@router.post("/search", response_model=UserTaskPage)
async def search(caller: Caller, body: SearchRequest | None = None) -> Response:
    """Search open and finished tasks."""
    page, found = await caller.tasks.search(search_of(body, USER_TASK_FIELDS))
    return answer(UserTaskPage(page=PageResponse.of(page), items=[UserTask.of(*view) for view in found]))


@router.get("/{key}", response_model=UserTask)
async def get(caller: Caller, key: Key) -> Response:
    """One task."""
    return answer(UserTask.of(*await caller.tasks.find(key)))


@router.post("/{key}/assignment", status_code=204)
async def assign(caller: Caller, key: Key, body: AssignmentRequest) -> Response:
    """Give a task to a person."""
    await caller.tasks.assign(key, body.assignee, allow_override=body.allow_override is not False)
    return no_content()


@router.delete("/{key}/assignee", status_code=204)
async def unassign(caller: Caller, key: Key) -> Response:
    """Take a task from whoever has it."""
    await caller.tasks.assign(key, None)
    return no_content()


@router.patch("/{key}", status_code=204)
@router.patch("/{key}/update", status_code=204, include_in_schema=False)
async def update(caller: Caller, key: Key, body: UserTaskUpdate | None = None) -> Response:
    """Change dates, candidates and priority."""
    changes = body.changeset.changes() if body and body.changeset else {}
    await caller.tasks.update(key, changes)
    return no_content()


@router.post("/{key}/completion", status_code=204)
async def complete(caller: Caller, key: Key, body: UserTaskCompletion | None = None) -> Response:
    """Complete a task."""
    await caller.tasks.complete(key, body.variables if body else None)
    return no_content()


@router.get("/{key}/form", response_model=Form)
async def form(caller: Caller, key: Key) -> Response:
    """The form of a task; 204 if it has none that is deployed here."""
    row = await caller.searching.find(USER_TASKS, key)
    found = await caller.deployments.form(form_id=row.form_id) if row.form_id else None
    return answer(Form.of(found)) if found else no_content()


@router.post("/{key}/variables/search", response_model=VariablePage)
async def variables(
    caller: Caller, key: Key, body: SearchRequest | None = None, truncate: bool = Query(True, alias="truncateValues")
) -> Response:
    """The variables of the task's scope and of all scopes around it, a row for each."""
    row = await caller.searching.find(USER_TASKS, key)
    chain = await caller.searching.scope_chain(row.token_key)
    return await variables_page(caller, body, {"scope_key": {"$in": chain}}, truncate=truncate)


@router.post("/{key}/effective-variables/search", response_model=VariablePage)
async def effective(
    caller: Caller, key: Key, body: SearchRequest | None = None, truncate: bool = Query(True, alias="truncateValues")
) -> Response:
    """The variables that the task sees: the innermost of each name."""
    row = await caller.searching.find(USER_TASKS, key)
    chain = await caller.searching.scope_chain(row.token_key)
    within = search_of(body, {"name": "name"}).within({"scope_key": {"$in": chain}})
    page = await caller.searching.search(VARIABLES, within)
    nearest: dict[str, Any] = {}
    for item in sorted(page.items, key=lambda item: chain.index(item.scope_key)):
        nearest.setdefault(item.name, item)
    items = [FoundVariable.found(item, truncate=truncate) for item in nearest.values()]
    return answer(VariablePage(page=PageResponse.of(page), items=items))
