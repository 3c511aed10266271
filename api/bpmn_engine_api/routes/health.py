"""Health checks for process managers and load balancers: no login, no version in the path."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from bpmn_engine_api.edge import Caller

router = APIRouter(tags=["health"])


@router.get("/livez")
async def livez() -> JSONResponse:
    """200 while the process answers. Restart it if it does not."""
    return JSONResponse({"status": "alive"})


@router.get("/readyz")
async def readyz(caller: Caller) -> JSONResponse:
    """200 if the loop turns and the database answers and takes a write; else 503 with the reason: send no requests."""
    await caller.health.check()
    return JSONResponse({"status": "ready"})
