"""Process definitions and forms."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bpmn_engine.errors import NotFound
from bpmn_engine.operations.types import PROCESS_DEFINITIONS
from bpmn_engine_api.edge import Caller, Key
from bpmn_engine_api.json import JsonRoute, answer, no_content
from bpmn_engine_api.schemas.processes import (
    DEFINITION_FIELDS,
    FormResult,
    ProcessDefinitionResult,
    ProcessDefinitionSearchQueryResult,
)
from bpmn_engine_api.schemas.search import SearchQueryPageResponse, SearchQueryRequest, search_of

router = APIRouter(tags=["process definitions"], route_class=JsonRoute)


@router.post("/process-definitions/search", response_model=ProcessDefinitionSearchQueryResult)
async def search(caller: Caller, body: SearchQueryRequest | None = None) -> Response:
    """Search all versions of all processes."""
    page = await caller.searching.search(PROCESS_DEFINITIONS, search_of(body, DEFINITION_FIELDS))
    items = [ProcessDefinitionResult.of(row) for row in page.items]
    return answer(ProcessDefinitionSearchQueryResult(page=SearchQueryPageResponse.of(page), items=items))


@router.get("/process-definitions/{key}", response_model=ProcessDefinitionResult)
async def get(caller: Caller, key: Key) -> Response:
    """One version of a process."""
    return answer(ProcessDefinitionResult.of(await caller.searching.find(PROCESS_DEFINITIONS, key)))


@router.get("/process-definitions/{key}/xml")
async def xml(caller: Caller, key: Key) -> Response:
    """The diagram as it was deployed."""
    return Response(await caller.deployments.source(key), media_type="text/xml")


@router.get("/process-definitions/{key}/form", response_model=FormResult)
async def start_form(caller: Caller, key: Key) -> Response:
    """The form of the start event; 204 if there is none."""
    row = await caller.searching.find(PROCESS_DEFINITIONS, key)
    form = await caller.deployments.form(form_id=row.start_form_id) if row.start_form_id else None
    return answer(FormResult.of(form)) if form else no_content()


@router.get("/forms/{key}", response_model=FormResult)
async def form(caller: Caller, key: Key) -> Response:
    """A form by its key."""
    row = await caller.deployments.form(key=key)
    if row is None:
        raise NotFound(f"There is no form with key {key}.")
    return answer(FormResult.of(row))
