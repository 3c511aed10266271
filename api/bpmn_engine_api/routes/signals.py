"""Signals, and conditions that start processes."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bpmn_engine_api.edge import Caller, parse_key
from bpmn_engine_api.json import JsonRoute, answer
from bpmn_engine_api.schemas.operations import (
    ConditionalEvaluationInstruction,
    EvaluateConditionalResult,
    SignalBroadcastRequest,
    SignalBroadcastResult,
)

router = APIRouter(tags=["signals"], route_class=JsonRoute)


@router.post("/signals/broadcast", response_model=SignalBroadcastResult)
async def broadcast(caller: Caller, body: SignalBroadcastRequest) -> Response:
    """Broadcast a signal to everything that waits for it, and start the processes that it starts."""
    key = await caller.events.broadcast(body.signal_name, body.variables)
    return answer(SignalBroadcastResult(signal_key=str(key)))


@router.post("/conditionals/evaluation", response_model=EvaluateConditionalResult)
async def evaluate(caller: Caller, body: ConditionalEvaluationInstruction) -> Response:
    """Start every process whose conditional start event holds for these variables."""
    key = body.process_definition_key
    evaluated = await caller.events.evaluate_conditions(body.variables, None if key is None else parse_key(key))
    return answer(EvaluateConditionalResult.of(evaluated.key, evaluated.started))
