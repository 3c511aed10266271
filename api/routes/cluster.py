"""Topology, status, licence and who is asking."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from api.edge import EngineOf, look
from api.json import JsonRoute, no_content
from api.schemas.base import TENANT

router = APIRouter(tags=["cluster"], route_class=JsonRoute)

#: The version of the API that we speak; clients compare it.
GATEWAY_VERSION = "8.9.0"


@router.get("/topology")
async def topology() -> JSONResponse:
    """One broker with one partition: all state is in the database."""
    partition = {"partitionId": 1, "role": "leader", "health": "healthy", "state": "active"}
    broker = {
        "nodeId": 0,
        "brokerId": "0",
        "host": "localhost",
        "port": 8080,
        "version": GATEWAY_VERSION,
        "partitions": [partition],
    }
    return JSONResponse({
        "brokers": [broker], "clusterId": "bpmn-engine", "clusterSize": 1, "partitionsCount": 1,
        "replicationFactor": 1, "gatewayVersion": GATEWAY_VERSION, "lastCompletedChangeId": None,
    })  # fmt: skip


@router.get("/status", status_code=204)
async def status(engine: EngineOf) -> Response:
    """204 if the engine can read its database."""
    await look(engine.ping)
    return no_content()


@router.get("/license")
async def license_() -> JSONResponse:
    """The engine is free software under Apache-2.0."""
    return JSONResponse({"validLicense": True, "licenseType": "Apache-2.0", "isCommercial": False, "expiresAt": None})


@router.post("/authentication/me/authorizations/search")
async def authorizations() -> JSONResponse:
    """There are no authorizations: everybody may do everything."""
    page = {"totalItems": 0, "hasMoreTotalItems": False, "startCursor": None, "endCursor": None}
    return JSONResponse({"page": page, "items": [], "authorizationsEnabled": False})


@router.get("/authentication/me")
async def me() -> JSONResponse:
    """Everybody is the same anonymous user."""
    body: dict[str, Any] = {
        "username": "anonymous", "displayName": None, "email": None, "authorizedComponents": ["*"],
        "tenants": [{"name": "Default", "tenantId": TENANT, "description": None}], "groups": [], "roles": [],
        "salesPlanType": None, "c8Links": {}, "canLogout": False,
    }  # fmt: skip
    return JSONResponse(body)
