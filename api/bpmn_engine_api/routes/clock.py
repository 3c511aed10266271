"""Moving the clock, for tests; only with --allow-time-travel."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Response

from bpmn_engine_api.edge import EngineOf
from bpmn_engine_api.json import JsonRoute, no_content
from bpmn_engine_api.schemas.runtime import ClockPin

router = APIRouter(prefix="/clock", tags=["clock"], route_class=JsonRoute)


@router.put("", status_code=204)
async def pin(engine: EngineOf, body: ClockPin) -> Response:
    """Stop the clock at a moment; timers that are due then fire."""
    engine.clock.pin(datetime.fromtimestamp(body.timestamp / 1000, UTC))
    return no_content()


@router.post("/reset", status_code=204)
async def reset(engine: EngineOf) -> Response:
    """Go back to real time."""
    engine.clock.reset()
    return no_content()
