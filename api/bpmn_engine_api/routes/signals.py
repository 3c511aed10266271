"""Signals, and conditions that start processes."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bpmn_engine_api.edge import Caller, parse_key
from bpmn_engine_api.json import JsonRoute, answer
from bpmn_engine_api.schemas.operations import (
    ConditionalEvaluation,
    ConditionalEvaluationResponse,
    SignalBroadcast,
    SignalBroadcastResponse,
)

router = APIRouter(tags=["signals"], route_class=JsonRoute)


@router.post("/signals/broadcast", response_model=SignalBroadcastResponse)
async def broadcast(caller: Caller, body: SignalBroadcast) -> Response:
    """Broadcast a signal to all who wait for it, and start the processes that it starts."""
    key = await caller.events.broadcast(body.signal_name, body.variables)
    return answer(SignalBroadcastResponse(signal_key=str(key)))


@router.post("/conditionals/evaluation", response_model=ConditionalEvaluationResponse)
async def evaluate(caller: Caller, body: ConditionalEvaluation) -> Response:
    """Start every process whose conditional start event holds for these variables."""
    key = body.process_definition_key
    evaluated = await caller.events.evaluate_conditions(body.variables, None if key is None else parse_key(key))
    return answer(ConditionalEvaluationResponse.of(evaluated.key, evaluated.started))
