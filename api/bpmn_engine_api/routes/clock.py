"""Moves the clock, for tests; only with --allow-time-travel."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Response

from bpmn_engine_api.edge import Caller
from bpmn_engine_api.json import JsonRoute, no_content
from bpmn_engine_api.schemas.runtime import ClockPinRequest

router = APIRouter(prefix="/clock", tags=["clock"], route_class=JsonRoute)


@router.put("", status_code=204)
async def pin(caller: Caller, body: ClockPinRequest) -> Response:
    """Stop the clock at a moment; timers that are due then fire."""
    await caller.health.pin_clock(datetime.fromtimestamp(body.timestamp / 1000, UTC))
    return no_content()


@router.post("/reset", status_code=204)
async def reset(caller: Caller) -> Response:
    """Return to real time."""
    await caller.health.reset_clock()
    return no_content()
