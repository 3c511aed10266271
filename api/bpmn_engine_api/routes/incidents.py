"""Incidents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from bpmn_engine import Engine
from bpmn_engine.instance.commands import ResolveIncident
from bpmn_engine_api.edge import EngineOf, Key, ask, look
from bpmn_engine_api.json import JsonRoute, answer, no_content
from bpmn_engine_api.schemas.runtime import INCIDENT_FIELDS, Incident, IncidentPage
from bpmn_engine_api.schemas.search import PageResponse, SearchRequest, search_of

router = APIRouter(prefix="/incidents", tags=["incidents"], route_class=JsonRoute)


async def incidents_page(engine: Engine, body: SearchRequest | None, within: Mapping[str, Any]) -> Response:
    """A page of incidents."""
    page = await look(engine.search, "incident", search_of(body, INCIDENT_FIELDS).within(within))
    return answer(IncidentPage(page=PageResponse.of(page), items=[Incident.of(row) for row in page.items]))


@router.post("/search", response_model=IncidentPage)
async def search(engine: EngineOf, body: SearchRequest | None = None) -> Response:
    """Search incidents, resolved ones included."""
    return await incidents_page(engine, body, {})


@router.get("/{key}", response_model=Incident)
async def get(engine: EngineOf, key: Key) -> Response:
    """One incident."""
    return answer(Incident.of(await look(engine.find, "incident", key)))


@router.post("/{key}/resolution", status_code=204)
async def resolve(engine: EngineOf, key: Key, _: dict[str, Any] | None = None) -> Response:
    """Try the failed step again; a job must have been given retries first."""
    await ask(engine, "incident", key, ResolveIncident(incident_key=key))
    return no_content()
