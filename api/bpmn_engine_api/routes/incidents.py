"""Incidents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from bpmn_engine.operations import Operations
from bpmn_engine.operations.types import INCIDENTS
from bpmn_engine_api.edge import Caller, Key
from bpmn_engine_api.json import JsonRoute, answer, no_content
from bpmn_engine_api.schemas.runtime import INCIDENT_FIELDS, IncidentResult, IncidentSearchQueryResult
from bpmn_engine_api.schemas.search import SearchQueryPageResponse, SearchQueryRequest, search_of

router = APIRouter(prefix="/incidents", tags=["incidents"], route_class=JsonRoute)


async def incidents_page(caller: Operations, body: SearchQueryRequest | None, within: Mapping[str, Any]) -> Response:
    """A page of incidents."""
    page = await caller.searching.search(INCIDENTS, search_of(body, INCIDENT_FIELDS).within(within))
    return answer(
        IncidentSearchQueryResult(
            page=SearchQueryPageResponse.of(page), items=[IncidentResult.of(row) for row in page.items]
        )
    )


@router.post("/search", response_model=IncidentSearchQueryResult)
async def search(caller: Caller, body: SearchQueryRequest | None = None) -> Response:
    """Search incidents, resolved ones included."""
    return await incidents_page(caller, body, {})


@router.get("/{key}", response_model=IncidentResult)
async def get(caller: Caller, key: Key) -> Response:
    """One incident."""
    return answer(IncidentResult.of(await caller.searching.find(INCIDENTS, key)))


@router.post("/{key}/resolution", status_code=204)
async def resolve(caller: Caller, key: Key, _: dict[str, Any] | None = None) -> Response:
    """Try the failed step again; a job must have been given retries first."""
    await caller.instances.resolve_incident(key)
    return no_content()
