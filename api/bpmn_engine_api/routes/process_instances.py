"""Process instances."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.operations.types import PROCESS_INSTANCES, CreateProcessInstance
from bpmn_engine_api.edge import Caller, IdempotencyKey, Key, parse_key
from bpmn_engine_api.json import JsonRoute, answer, no_content
from bpmn_engine_api.routes.incidents import incidents_page
from bpmn_engine_api.schemas.operations import (
    ProcessInstanceMigrationInstruction,
    ProcessInstanceModificationInstruction,
)
from bpmn_engine_api.schemas.processes import (
    INSTANCE_FIELDS,
    CreateProcessInstanceResult,
    ProcessInstanceCreationInstruction,
    ProcessInstanceResult,
    ProcessInstanceSearchQueryResult,
    WaitingForResult,
)
from bpmn_engine_api.schemas.runtime import IncidentSearchQueryResult
from bpmn_engine_api.schemas.search import SearchQueryPageResponse, SearchQueryRequest, search_of

router = APIRouter(prefix="/process-instances", tags=["process instances"], route_class=JsonRoute)

#: Milliseconds to wait for the end of an instance if the request does not say.
_DEFAULT_WAIT = 15_000


@router.post("", response_model=CreateProcessInstanceResult)
async def create(
    caller: Caller, body: ProcessInstanceCreationInstruction, idempotency_key: IdempotencyKey = None
) -> Response:
    """Start an instance; with `awaitCompletion` the answer comes at its end, with its variables."""
    request = _request(body)
    request.idempotency_key = idempotency_key
    created = await caller.instances.create(request)
    if not body.await_completion:
        return answer(CreateProcessInstanceResult.of(created, body, {}))
    await caller.instances.await_end(created, (body.request_timeout or _DEFAULT_WAIT) / 1000)
    variables = await caller.searching.variables(created.instance_key, body.fetch_variables)
    return answer(CreateProcessInstanceResult.of(created, body, variables))


def _request(body: ProcessInstanceCreationInstruction) -> CreateProcessInstance:
    if body.runtime_instructions:
        raise InvalidArgument("runtimeInstructions are not supported yet; leave them out.")
    return CreateProcessInstance(
        process_id=body.process_definition_id,
        definition_key=None if body.process_definition_key is None else parse_key(body.process_definition_key),
        version=body.process_definition_version,
        version_tag=body.process_definition_version_tag,
        variables=body.variables or {},
        start_at=tuple(instruction.element_id for instruction in body.start_instructions or ()),
        business_id=body.business_id,
        tags=tuple(body.tags or ()),
        wait=bool(body.await_completion),
    )


@router.post("/search", response_model=ProcessInstanceSearchQueryResult)
async def search(caller: Caller, body: SearchQueryRequest | None = None) -> Response:
    """Search running and ended instances."""
    page = await caller.searching.search(PROCESS_INSTANCES, search_of(body, INSTANCE_FIELDS))
    items = [ProcessInstanceResult.of(row) for row in page.items]
    return answer(ProcessInstanceSearchQueryResult(page=SearchQueryPageResponse.of(page), items=items))


@router.get("/{key}", response_model=ProcessInstanceResult)
async def get(caller: Caller, key: Key) -> Response:
    """One instance."""
    return answer(ProcessInstanceResult.of(await caller.searching.find(PROCESS_INSTANCES, key)))


@router.post("/{key}/cancellation", status_code=204)
async def cancel(caller: Caller, key: Key, _: dict[str, Any] | None = None) -> Response:
    """Terminate an instance with everything inside it."""
    await caller.instances.cancel(key)
    return no_content()


@router.post("/{key}/modification", status_code=204)
async def modify(caller: Caller, key: Key, body: ProcessInstanceModificationInstruction) -> Response:
    """Activate, terminate and move elements of an instance, all or none."""
    await caller.instances.modify(key, body.activate(), body.terminate(), body.move())
    return no_content()


@router.post("/{key}/migration", status_code=204)
async def migrate(caller: Caller, key: Key, body: ProcessInstanceMigrationInstruction) -> Response:
    """Migrate a running instance to another process definition."""
    await caller.instances.migrate(key, parse_key(body.target_process_definition_key), body.mapping())
    return no_content()


@router.post("/{key}/suspension", status_code=204)
async def suspend(caller: Caller, key: Key, _: dict[str, Any] | None = None) -> Response:
    """Suspend an instance: it takes no step until it is resumed."""
    await caller.instances.suspend(key)
    return no_content()


@router.post("/{key}/resumption", status_code=204)
async def resume(caller: Caller, key: Key, _: dict[str, Any] | None = None) -> Response:
    """Resume a suspended instance."""
    await caller.instances.resume(key)
    return no_content()


@router.get("/{key}/waiting-for", response_model=WaitingForResult)
async def waiting_for(caller: Caller, key: Key) -> Response:
    """Say what the tokens of an instance wait for, in sentences for people (not in Camunda's API)."""
    return answer(WaitingForResult.of(await caller.instances.waiting_for(key)))


@router.post("/{key}/incidents/search", response_model=IncidentSearchQueryResult)
async def incidents(caller: Caller, key: Key, body: SearchQueryRequest | None = None) -> Response:
    """The incidents of an instance."""
    await caller.searching.find(PROCESS_INSTANCES, key)
    return await incidents_page(caller, body, {"instance_key": key})
