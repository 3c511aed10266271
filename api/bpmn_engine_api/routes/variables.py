"""Variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Query, Response

from bpmn_engine.operations import Operations
from bpmn_engine.operations.types import VARIABLES
from bpmn_engine_api.edge import Caller, Key
from bpmn_engine_api.json import JsonRoute, answer
from bpmn_engine_api.schemas.runtime import (
    VARIABLE_FIELDS,
    VariableResult,
    VariableSearchQueryResult,
    VariableSearchResult,
)
from bpmn_engine_api.schemas.search import SearchQueryPageResponse, SearchQueryRequest, search_of

router = APIRouter(prefix="/variables", tags=["variables"], route_class=JsonRoute)


async def variables_page(
    caller: Operations, body: SearchQueryRequest | None, within: Mapping[str, Any], *, truncate: bool
) -> Response:
    """A page of variables."""
    page = await caller.searching.search(VARIABLES, search_of(body, VARIABLE_FIELDS).within(within))
    items = [VariableSearchResult.found(row, truncate=truncate) for row in page.items]
    return answer(VariableSearchQueryResult(page=SearchQueryPageResponse.of(page), items=items))


@router.post("/search", response_model=VariableSearchQueryResult)
async def search(
    caller: Caller, body: SearchQueryRequest | None = None, truncate: bool = Query(True, alias="truncateValues")
) -> Response:
    """Search variables at their scopes; values are JSON text."""
    return await variables_page(caller, body, {}, truncate=truncate)


@router.get("/{key}", response_model=VariableResult)
async def get(caller: Caller, key: Key) -> Response:
    """One variable with its whole value."""
    return answer(VariableResult.of(await caller.searching.find(VARIABLES, key)))
