"""Letting an instance go on as another definition."""

from __future__ import annotations

from bpmn_engine.instance.commands import MigrateInstance
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.requests import Migrate


def migrate(batch: Batch, request: Migrate) -> None:
    """Migrate one instance; raise `NotFound`, `InvalidArgument` or `Conflict` with nothing changed."""
    instance = batch.instance(request.key)
    batch.verify((request.key,))
    instance = batch.instance(request.key)
    target = batch.compiled(request.definition_key)
    command = MigrateInstance(definition_key=request.definition_key, target=target, mapping=request.mapping)
    batch.step(instance, command)
