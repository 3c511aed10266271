"""Put the routes together with the engine behind them."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI

from bpmn_engine.engine import Engine
from bpmn_engine.operations import Operations
from bpmn_engine_api import problems
from bpmn_engine_api.edge import Awaiting
from bpmn_engine_api.guard import Guard, GuardRules, host_names
from bpmn_engine_api.routes import (
    clock,
    cluster,
    decisions,
    deployments,
    docs,
    element_instances,
    health,
    incidents,
    jobs,
    messages,
    process_definitions,
    process_instances,
    signals,
    user_tasks,
    variables,
)

_DESCRIPTION = (
    "BPMN 2.0 process engine. Paths, shapes and status codes are those of the Camunda 8 Orchestration Cluster API v2, "
    "so its official clients work unmodified."
)


def create_app(engine: Engine, *, allow_time_travel: bool = False, hosts: Iterable[str] = ()) -> FastAPI:
    """The application; the caller closes the engine. `hosts` are names it is known by, beside those of loopback."""
    app = FastAPI(
        title="bpmn-engine",
        version="0.1.0",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.operations = Operations(engine.runtime, Awaiting())
    routes = APIRouter(prefix="/v2")
    for module in (
        cluster,
        deployments,
        process_definitions,
        process_instances,
        jobs,
        user_tasks,
        messages,
        signals,
        variables,
        element_instances,
        incidents,
        decisions,
    ):
        routes.include_router(module.router)
    if allow_time_travel:
        routes.include_router(clock.router)
    app.include_router(health.router)
    app.include_router(docs.router)
    app.include_router(routes)
    problems.install(app)
    settings = engine.runtime.settings
    rules = GuardRules(
        host_names([*hosts, *settings.allowed_hosts]),
        settings.max_body,
        settings.max_upload,
        settings.body_timeout.total_seconds(),
    )
    app.add_middleware(Guard, rules=rules)
    return app
