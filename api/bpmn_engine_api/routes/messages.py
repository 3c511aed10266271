"""Messages."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Response

from bpmn_engine.operations.types import PublishMessage
from bpmn_engine_api.edge import Caller, IdempotencyKey
from bpmn_engine_api.json import JsonRoute, answer
from bpmn_engine_api.schemas.runtime import (
    MessageCorrelationRequest,
    MessageCorrelationResult,
    MessagePublicationRequest,
    MessagePublicationResult,
)

router = APIRouter(prefix="/messages", tags=["messages"], route_class=JsonRoute)


@router.post("/publication", response_model=MessagePublicationResult)
async def publish(caller: Caller, body: MessagePublicationRequest, idempotency_key: IdempotencyKey = None) -> Response:
    """Publish a message; it is buffered for `timeToLive` milliseconds if nothing waits for it yet."""
    request = PublishMessage(
        body.name,
        body.correlation_key or "",
        body.variables or {},
        timedelta(milliseconds=body.time_to_live or 0),
        body.message_id or None,
        idempotency_key=idempotency_key,
    )
    return answer(MessagePublicationResult.of(await caller.events.publish(request)))


@router.post("/correlation", response_model=MessageCorrelationResult)
async def correlate(
    caller: Caller, body: MessageCorrelationRequest, idempotency_key: IdempotencyKey = None
) -> Response:
    """Correlate a message at once; 404 if nothing waits for it."""
    request = PublishMessage(
        body.name, body.correlation_key or "", body.variables or {}, synchronous=True, idempotency_key=idempotency_key
    )
    return answer(MessageCorrelationResult.of(await caller.events.publish(request)))
