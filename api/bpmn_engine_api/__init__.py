"""The REST API: paths and shapes of Camunda 8's Orchestration Cluster API v2, served by FastAPI."""

from bpmn_engine_api.app import create_app

__all__ = ["create_app"]
