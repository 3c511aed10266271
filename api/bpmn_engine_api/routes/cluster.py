"""Topology, status, licence and the current user."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from bpmn_engine.operations.types import NodeStatus
from bpmn_engine_api.edge import Caller
from bpmn_engine_api.json import JsonRoute, no_content
from bpmn_engine_api.schemas.base import TENANT

router = APIRouter(tags=["cluster"], route_class=JsonRoute)

#: The version of the API that we speak; clients compare it.
GATEWAY_VERSION = "8.9.0"


@router.get("/topology")
async def topology(caller: Caller, request: Request) -> JSONResponse:
    """The nodes that share the database. There is one partition: it has all state, and every node writes to it."""
    brokers = [_broker(node, request) for node in await caller.health.nodes()]
    return JSONResponse(
        {
            "brokers": brokers,
            "clusterId": "bpmn-engine",
            "clusterSize": len(brokers),
            "partitionsCount": 1,
            "replicationFactor": 1,
            "gatewayVersion": GATEWAY_VERSION,
            "lastCompletedChangeId": "-1",  # the nodes come and go by themselves: there are no changes to number
        }
    )


def _broker(node: NodeStatus, request: Request) -> dict[str, Any]:
    host, port = request.scope.get("server") or (None, None)  # where this server listens, not what the client calls it
    if node.is_self:
        return _described(node.id, host, port, "healthy" if node.is_alive else "unhealthy")
    return _described(node.id, node.host, port, "healthy" if node.is_alive else "dead")


def _described(node_id: int, host: str | None, port: int | None, health: str) -> dict[str, Any]:
    partition = {"partitionId": 1, "role": "leader", "health": health, "state": "active"}
    return {
        "nodeId": node_id,
        "brokerId": str(node_id),
        "host": host or "localhost",
        "port": port or 80,
        "version": GATEWAY_VERSION,
        "partitions": [partition],
    }


@router.get("/status", status_code=204)
async def status(caller: Caller) -> Response:
    """204 if the engine is ready: as `/readyz`."""
    await caller.health.check()
    return no_content()


@router.get("/license")
async def license_() -> JSONResponse:
    """The engine is free software under Apache-2.0."""
    return JSONResponse({"validLicense": True, "licenseType": "Apache-2.0", "isCommercial": False, "expiresAt": None})


@router.post("/authentication/me/authorizations/search")
async def authorizations() -> JSONResponse:
    """An empty page: authorizations are not supported, and every user may do everything."""
    page = {"totalItems": 0, "hasMoreTotalItems": False, "startCursor": None, "endCursor": None}
    return JSONResponse({"page": page, "items": [], "authorizationsEnabled": False})


@router.get("/authentication/me")
async def me() -> JSONResponse:
    """The current user, who is always anonymous."""
    body: dict[str, Any] = {
        "username": "anonymous",
        "displayName": None,
        "email": None,
        "authorizedComponents": ["*"],
        "tenants": [{"name": "Default", "tenantId": TENANT, "description": None}],
        "groups": [],
        "roles": [],
        "salesPlanType": None,
        "c8Links": {},
        "canLogout": False,
    }
    return JSONResponse(body)
