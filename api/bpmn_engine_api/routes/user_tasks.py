"""User tasks."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Query, Response

from bpmn_engine.operations.types import USER_TASKS, VARIABLES
from bpmn_engine_api.edge import Caller, Key
from bpmn_engine_api.json import JsonRoute, answer, no_content
from bpmn_engine_api.routes.variables import variables_page
from bpmn_engine_api.schemas.processes import FormResult
from bpmn_engine_api.schemas.runtime import VariableSearchQueryResult, VariableSearchResult
from bpmn_engine_api.schemas.search import SearchQueryPageResponse, SearchQueryRequest, search_of
from bpmn_engine_api.schemas.user_tasks import (
    USER_TASK_FIELDS,
    UserTaskAssignmentRequest,
    UserTaskCompletionRequest,
    UserTaskResult,
    UserTaskSearchQueryResult,
    UserTaskUpdateRequest,
)

router = APIRouter(prefix="/user-tasks", tags=["user tasks"], route_class=JsonRoute)


@router.post("/search", response_model=UserTaskSearchQueryResult)
async def search(caller: Caller, body: SearchQueryRequest | None = None) -> Response:
    """Search open and finished tasks."""
    page, found = await caller.tasks.search(search_of(body, USER_TASK_FIELDS))
    return answer(
        UserTaskSearchQueryResult(
            page=SearchQueryPageResponse.of(page), items=[UserTaskResult.of(*view) for view in found]
        )
    )


@router.get("/{key}", response_model=UserTaskResult)
async def get(caller: Caller, key: Key) -> Response:
    """One task."""
    return answer(UserTaskResult.of(*await caller.tasks.find(key)))


@router.post("/{key}/assignment", status_code=204)
async def assign(caller: Caller, key: Key, body: UserTaskAssignmentRequest) -> Response:
    """Assign a task to a person."""
    await caller.tasks.assign(key, body.assignee, allow_override=body.allow_override is not False)
    return no_content()


@router.delete("/{key}/assignee", status_code=204)
async def unassign(caller: Caller, key: Key) -> Response:
    """Unassign a task."""
    await caller.tasks.assign(key, None)
    return no_content()


@router.patch("/{key}", status_code=204)
@router.patch("/{key}/update", status_code=204, include_in_schema=False)
async def update(caller: Caller, key: Key, body: UserTaskUpdateRequest | None = None) -> Response:
    """Change dates, candidates and priority."""
    changes = body.changeset.changes() if body and body.changeset else {}
    await caller.tasks.update(key, changes)
    return no_content()


@router.post("/{key}/completion", status_code=204)
async def complete(caller: Caller, key: Key, body: UserTaskCompletionRequest | None = None) -> Response:
    """Complete a task."""
    await caller.tasks.complete(key, body.variables if body else None)
    return no_content()


@router.get("/{key}/form", response_model=FormResult)
async def form(caller: Caller, key: Key) -> Response:
    """The form of a task; 204 if it has none that is deployed here."""
    row = await caller.searching.find(USER_TASKS, key)
    found = await caller.deployments.form(form_id=row.form_id) if row.form_id else None
    return answer(FormResult.of(found)) if found else no_content()


@router.post("/{key}/variables/search", response_model=VariableSearchQueryResult)
async def variables(
    caller: Caller,
    key: Key,
    body: SearchQueryRequest | None = None,
    truncate: bool = Query(True, alias="truncateValues"),
) -> Response:
    """The variables of the task's scope and of all scopes around it, a row for each."""
    row = await caller.searching.find(USER_TASKS, key)
    chain = await caller.searching.scope_chain(row.token_key)
    return await variables_page(caller, body, {"scope_key": {"$in": chain}}, truncate=truncate)


@router.post("/{key}/effective-variables/search", response_model=VariableSearchQueryResult)
async def effective(
    caller: Caller,
    key: Key,
    body: SearchQueryRequest | None = None,
    truncate: bool = Query(True, alias="truncateValues"),
) -> Response:
    """The variables that the task sees: the innermost of each name."""
    row = await caller.searching.find(USER_TASKS, key)
    chain = await caller.searching.scope_chain(row.token_key)
    within = search_of(body, {"name": "name"}).within({"scope_key": {"$in": chain}})
    page = await caller.searching.search(VARIABLES, within)
    nearest: dict[str, Any] = {}
    for item in sorted(page.items, key=lambda item: chain.index(item.scope_key)):
        nearest.setdefault(item.name, item)
    items = [VariableSearchResult.found(item, truncate=truncate) for item in nearest.values()]
    return answer(VariableSearchQueryResult(page=SearchQueryPageResponse.of(page), items=items))
