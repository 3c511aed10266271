"""Python handlers for jobs: `@task` functions, run in this process."""

from bpmn_engine.worker.handler import Handler, handler_of
from bpmn_engine.worker.registry import Registry, registry, task

__all__ = ["Handler", "Registry", "handler_of", "registry", "task"]
