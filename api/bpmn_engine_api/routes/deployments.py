"""Deployments."""

from __future__ import annotations

from fastapi import APIRouter, Form, Response, UploadFile

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.operations.types import Resource
from bpmn_engine_api.edge import Caller
from bpmn_engine_api.json import JsonRoute, answer
from bpmn_engine_api.schemas.base import TENANT
from bpmn_engine_api.schemas.processes import DeploymentResult

router = APIRouter(prefix="/deployments", tags=["deployments"], route_class=JsonRoute)


@router.post("", response_model=DeploymentResult)
async def deploy(
    caller: Caller, resources: list[UploadFile], tenant_id: str | None = Form(None, alias="tenantId")
) -> Response:
    """Deploy files (parts named `resources`), all or none; 400 lists every problem of every diagram."""
    if tenant_id not in (None, "", TENANT):
        raise InvalidArgument(f"There is one tenant only, '{TENANT}'.")
    files = [Resource(file.filename or "", await file.read()) for file in resources]
    if any(not file.name for file in files):
        raise InvalidArgument("Each file needs a file name.")
    return answer(DeploymentResult.of(await caller.deployments.deploy(files)))
