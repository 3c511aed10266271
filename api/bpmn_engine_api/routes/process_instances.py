"""Process instances."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from fastapi import APIRouter, Response

from bpmn_engine import Engine, InvalidArgument, TimedOut
from bpmn_engine.instance.commands import CancelInstance, Resume, Suspend
from bpmn_engine.runtime.requests.instances import Created, CreateProcessInstance, MigrateProcessInstance
from bpmn_engine_api.edge import EngineOf, IdempotencyKey, Key, ask, do, look, parse_key
from bpmn_engine_api.json import JsonRoute, answer, no_content
from bpmn_engine_api.routes.incidents import incidents_page
from bpmn_engine_api.schemas.operations import Migration, Modification
from bpmn_engine_api.schemas.processes import (
    INSTANCE_FIELDS,
    CreatedInstance,
    CreateInstance,
    ProcessInstance,
    ProcessInstancePage,
)
from bpmn_engine_api.schemas.runtime import IncidentPage
from bpmn_engine_api.schemas.search import PageResponse, SearchRequest, search_of

router = APIRouter(prefix="/process-instances", tags=["process instances"], route_class=JsonRoute)

#: Milliseconds to wait for the end of an instance if the request does not say.
_DEFAULT_WAIT = 15_000
#: How often to look in the database for an end that another node may have brought about.
_LOOK_SECONDS = 2.0


@router.post("", response_model=CreatedInstance)
async def create(engine: EngineOf, body: CreateInstance, idempotency_key: IdempotencyKey = None) -> Response:
    """Start an instance; with `awaitCompletion` the answer comes when it has ended, with its variables."""
    request = _request(body)
    request.idempotency_key = idempotency_key
    created: Created = await do(engine, request)
    if not body.await_completion:
        return answer(CreatedInstance.of(created, body, {}))
    await _ended(engine, created, body.request_timeout or _DEFAULT_WAIT)
    variables = await look(engine.variables, created.instance_key, body.fetch_variables)
    return answer(CreatedInstance.of(created, body, variables))


def _request(body: CreateInstance) -> CreateProcessInstance:
    if (body.process_definition_key is None) == (body.process_definition_id is None):
        raise InvalidArgument("Give exactly one of processDefinitionKey and processDefinitionId.")
    if body.runtime_instructions:
        raise InvalidArgument("runtimeInstructions are not run yet; leave them out.")
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


async def _ended(engine: Engine, created: Created, patience_ms: int) -> None:
    """Wait for the end; another node may bring it about, so the database is asked now and then."""
    assert created.ended is not None
    ended = asyncio.wrap_future(created.ended)
    deadline = asyncio.get_running_loop().time() + patience_ms / 1000
    pause = 0.0 if created.is_repeated else _LOOK_SECONDS
    try:
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ended), min(left, pause))
                return
            row: Any = await look(engine.find, "process instance", created.instance_key)
            if row.ended_at is not None:
                return
            pause = _LOOK_SECONDS
    finally:
        engine.publisher.forget(created.instance_key, created.ended)
    raise TimedOut(f"The process instance {created.instance_key} did not end within {patience_ms} ms; it goes on.")


@router.post("/search", response_model=ProcessInstancePage)
async def search(engine: EngineOf, body: SearchRequest | None = None) -> Response:
    """Search running and ended instances."""
    page = await look(engine.search, "process instance", search_of(body, INSTANCE_FIELDS))
    items = [ProcessInstance.of(row) for row in page.items]
    return answer(ProcessInstancePage(page=PageResponse.of(page), items=items))


@router.get("/{key}", response_model=ProcessInstance)
async def get(engine: EngineOf, key: Key) -> Response:
    """One instance."""
    return answer(ProcessInstance.of(await look(engine.find, "process instance", key)))


@router.post("/{key}/cancellation", status_code=204)
async def cancel(engine: EngineOf, key: Key, _: dict[str, Any] | None = None) -> Response:
    """Terminate an instance with everything inside it."""
    await ask(engine, "instance", key, CancelInstance())
    return no_content()


@router.post("/{key}/modification", status_code=204)
async def modify(engine: EngineOf, key: Key, body: Modification) -> Response:
    """Activate, terminate and move elements of an instance, all or none."""
    await ask(engine, "instance", key, body.command())
    return no_content()


@router.post("/{key}/migration", status_code=204)
async def migrate(engine: EngineOf, key: Key, body: Migration) -> Response:
    """Let an instance go on as another process definition."""
    await do(engine, MigrateProcessInstance(key, parse_key(body.target_process_definition_key), body.mapping()))
    return no_content()


@router.post("/{key}/suspension", status_code=204)
async def suspend(engine: EngineOf, key: Key, _: dict[str, Any] | None = None) -> Response:
    """Let an instance take no step until it is resumed."""
    await ask(engine, "instance", key, Suspend())
    return no_content()


@router.post("/{key}/resumption", status_code=204)
async def resume(engine: EngineOf, key: Key, _: dict[str, Any] | None = None) -> Response:
    """Let a suspended instance go on."""
    await ask(engine, "instance", key, Resume())
    return no_content()


@router.post("/{key}/incidents/search", response_model=IncidentPage)
async def incidents(engine: EngineOf, key: Key, body: SearchRequest | None = None) -> Response:
    """The incidents of an instance."""
    await look(engine.find, "process instance", key)
    return await incidents_page(engine, body, {"instance_key": key})
