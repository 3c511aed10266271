"""Starting process instances."""

from __future__ import annotations

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.instance.commands import StartInstance
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.requests import Create, Created
from bpmn_engine.runtime.world import startable


def create(batch: Batch, request: Create) -> Created:
    """Start an instance as the request says; raise `NotFound` or `InvalidArgument` with nothing done."""
    which = (request.process_id, request.definition_key, request.version, request.version_tag, bool(request.start_at))
    row = batch.rows.get(which)
    if row is None:
        row = batch.rows[which] = batch.definitions.wanted(batch.connection, request)
        if not request.start_at:
            _check_startable(batch, row.key, row.process_id)
    command = StartInstance(
        variables=request.variables, start_at=request.start_at, business_id=request.business_id, tags=request.tags
    )
    instance = batch.start(row.key, command)
    return Created(instance.key, row.key, row.process_id, row.version, None)


def _check_startable(batch: Batch, definition_key: int, process_id: str) -> None:
    if not startable(batch, definition_key):
        raise InvalidArgument(
            f"The process '{process_id}' has no none start event: it starts by its events only. Publish the "
            "message or broadcast the signal, or name an element in startInstructions."
        )
