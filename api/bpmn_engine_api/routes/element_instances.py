"""Element instances: where the tokens are and where they have been."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from bpmn_engine import Engine
from bpmn_engine.instance import commands as q
from bpmn_engine_api.edge import EngineOf, Key, ask, look
from bpmn_engine_api.json import JsonRoute, answer, no_content
from bpmn_engine_api.routes.incidents import incidents_page
from bpmn_engine_api.schemas.operations import AdHocActivation
from bpmn_engine_api.schemas.runtime import (
    ELEMENT_FIELDS,
    TYPES_TO_BPMN,
    ElementInstance,
    ElementInstancePage,
    IncidentPage,
    SetVariables,
)
from bpmn_engine_api.schemas.search import PageResponse, SearchRequest, search_of

router = APIRouter(prefix="/element-instances", tags=["element instances"], route_class=JsonRoute)


def _element(engine: Engine, row: Any) -> ElementInstance:
    element = engine.process(row.definition_key).elements.get(row.element_id)
    return ElementInstance.of(row, element.node.name if element else "")  # a migration may have left it behind


def _page(engine: Engine, body: SearchRequest | None) -> ElementInstancePage:
    page = engine.search("element instance", search_of(body, ELEMENT_FIELDS, types=TYPES_TO_BPMN))
    return ElementInstancePage(page=PageResponse.of(page), items=[_element(engine, row) for row in page.items])


@router.post("/search", response_model=ElementInstancePage)
async def search(engine: EngineOf, body: SearchRequest | None = None) -> Response:
    """Search element instances, ended ones included."""
    return answer(await look(_page, engine, body))


@router.get("/{key}", response_model=ElementInstance)
async def get(engine: EngineOf, key: Key) -> Response:
    """One element instance."""
    return answer(await look(lambda: _element(engine, engine.find("element instance", key))))


@router.post("/ad-hoc-activities/{key}/activation", status_code=204)
async def activate_ad_hoc(engine: EngineOf, key: Key, body: AdHocActivation) -> Response:
    """Activate elements of an ad-hoc sub-process."""
    elements = tuple((item.element_id, item.variables or {}) for item in body.elements)
    command = q.ActivateAdHoc(token_key=key, elements=elements, cancel_remaining=body.cancel_remaining_instances)
    await ask(engine, "element instance", key, command)
    return no_content()


@router.put("/{key}/variables", status_code=204)
async def set_variables(engine: EngineOf, key: Key, body: SetVariables) -> Response:
    """Write variables as this element instance (or process instance) sees them."""
    command = q.SetVariables(variables=body.variables, scope_key=key, local=bool(body.local))
    await ask(engine, "element instance", key, command)
    return no_content()


@router.post("/{key}/incidents/search", response_model=IncidentPage)
async def incidents(engine: EngineOf, key: Key, body: SearchRequest | None = None) -> Response:
    """The incidents at an element instance."""
    await look(engine.find, "element instance", key)
    return await incidents_page(engine, body, {"token_key": key})
