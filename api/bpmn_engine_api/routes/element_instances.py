"""Element instances: the current and past places of tokens."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bpmn_engine.operations.types import ELEMENT_INSTANCES
from bpmn_engine_api.edge import Caller, Key
from bpmn_engine_api.json import JsonRoute, answer, no_content
from bpmn_engine_api.routes.incidents import incidents_page
from bpmn_engine_api.schemas.operations import AdHocSubProcessActivateActivitiesInstruction
from bpmn_engine_api.schemas.runtime import (
    ELEMENT_FIELDS,
    TYPES_TO_BPMN,
    ElementInstanceResult,
    ElementInstanceSearchQueryResult,
    IncidentSearchQueryResult,
    SetVariableRequest,
)
from bpmn_engine_api.schemas.search import SearchQueryPageResponse, SearchQueryRequest, search_of

router = APIRouter(prefix="/element-instances", tags=["element instances"], route_class=JsonRoute)


@router.post("/search", response_model=ElementInstanceSearchQueryResult)
async def search(caller: Caller, body: SearchQueryRequest | None = None) -> Response:
    """Search element instances, ended ones included."""
    page, found = await caller.searching.elements(search_of(body, ELEMENT_FIELDS, types=TYPES_TO_BPMN))
    items = [ElementInstanceResult.of(view.row, view.name) for view in found]
    return answer(ElementInstanceSearchQueryResult(page=SearchQueryPageResponse.of(page), items=items))


@router.get("/{key}", response_model=ElementInstanceResult)
async def get(caller: Caller, key: Key) -> Response:
    """One element instance."""
    view = await caller.searching.element(key)
    return answer(ElementInstanceResult.of(view.row, view.name))


@router.post("/ad-hoc-activities/{key}/activation", status_code=204)
async def activate_ad_hoc(caller: Caller, key: Key, body: AdHocSubProcessActivateActivitiesInstruction) -> Response:
    """Activate elements of an ad-hoc sub-process."""
    elements = [(item.element_id, item.variables or {}) for item in body.elements]
    await caller.instances.activate_ad_hoc(key, elements, cancel_remaining=body.cancel_remaining_instances)
    return no_content()


@router.put("/{key}/variables", status_code=204)
async def set_variables(caller: Caller, key: Key, body: SetVariableRequest) -> Response:
    """Write variables as this element instance (or process instance) sees them."""
    await caller.instances.set_variables(key, body.variables, local=bool(body.local))
    return no_content()


@router.post("/{key}/incidents/search", response_model=IncidentSearchQueryResult)
async def incidents(caller: Caller, key: Key, body: SearchQueryRequest | None = None) -> Response:
    """The incidents at an element instance."""
    await caller.searching.find(ELEMENT_INSTANCES, key)
    return await incidents_page(caller, body, {"token_key": key})
