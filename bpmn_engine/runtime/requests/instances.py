"""Requests about process instances."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bpmn_engine.errors import InvalidArgument, NotFound, Rejected
from bpmn_engine.instance.commands import Command, MigrateInstance, StartInstance
from bpmn_engine.instance.state import Kind
from bpmn_engine.instance.variables import json_variables
from bpmn_engine.runtime.batch import Batch, Owned
from bpmn_engine.runtime.idempotency import once
from bpmn_engine.runtime.lookup import startable
from bpmn_engine.runtime.publisher import Publisher
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.store.versions import ProcessVersion


class Created(NamedTuple):
    """A started instance; `ended` is resolved with its last state if the request asked to wait for it.

    `is_repeated` tells that an earlier request with the same idempotency key has started it.
    """

    instance_key: int
    definition_key: int
    process_id: str
    version: int
    ended: Future[str] | None
    is_repeated: bool = False


@dataclass(slots=True)
class CreateProcessInstance(Request[Created]):
    """Start an instance of a process: by definition key, or by process id and version (-1 is the latest) or tag."""

    process_id: str | None = None
    definition_key: int | None = None
    version: int = -1
    version_tag: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    start_at: tuple[str, ...] = ()
    business_id: str | None = None
    tags: tuple[str, ...] = ()
    wait: bool = False
    idempotency_key: str | None = None

    def charged_to(self, batch: Batch) -> str:
        return self.process_id or ""

    def carry_out(self, batch: Batch) -> Created:
        return once(batch, self, lambda: self._start(batch))

    def _start(self, batch: Batch) -> Created:
        which = (self.process_id, self.definition_key, self.version, self.version_tag, bool(self.start_at))
        row = batch.started_versions.get(which)
        if row is None:
            row = self._definition(batch)
            if not self.start_at:
                _check_startable(batch, row.key, row.process_id)
            batch.started_versions[which] = row
        command = StartInstance(
            variables=self.variables, start_at=self.start_at, business_id=self.business_id, tags=self.tags
        )
        instance = batch.start(row.key, command)
        return Created(instance.key, row.key, row.process_id, row.version, None)

    def _definition(self, batch: Batch) -> ProcessVersion:
        if self.definition_key is not None:
            return batch.definitions.row(batch.connection, self.definition_key)
        return batch.definitions.find(batch.connection, self.process_id or "", self.version, self.version_tag)

    def committed(self, answer: Created, publisher: Publisher) -> Created:
        return answer._replace(ended=publisher.end_of(answer.instance_key)) if self.wait else answer

    # idempotency

    @property
    def operation(self) -> str:
        """Its name in idempotency keys."""
        return "Create"

    def wording(self) -> list[Any]:
        """The arguments as JSON values."""
        return [
            self.process_id,
            self.definition_key,
            self.version,
            self.version_tag,
            json_variables(self.variables),
            list(self.start_at),
            self.business_id,
            list(self.tags),
        ]

    def kept(self, answer: Created) -> list[Any]:
        """An answer as JSON values."""
        return [answer.instance_key, answer.definition_key, answer.process_id, answer.version]

    def repeated(self, kept: list[Any]) -> Created:
        """The answer that was kept."""
        return Created(kept[0], kept[1], kept[2], kept[3], None, is_repeated=True)


def _check_startable(batch: Batch, definition_key: int, process_id: str) -> None:
    if not startable(batch.compiled(definition_key)):
        raise InvalidArgument(
            f"The process '{process_id}' has no none start event: it starts by its events only. Publish the "
            "message or broadcast the signal, or name an element in startInstructions."
        )


@dataclass(slots=True)
class InstanceCommand(Request[None]):
    """Let the instance that owns something carry out a command: `kind` and `key` as in `Owned`."""

    command: Command
    kind: Kind
    key: int

    def __post_init__(self) -> None:
        self.concerns = Owned(self.kind, self.key)

    def charged_to(self, batch: Batch) -> str:
        instance = batch.owner_of(self.concerns)
        return batch.process(instance).id if instance is not None else ""

    def carry_out(self, batch: Batch) -> None:
        instance = batch.owner_of(self.concerns)
        if instance is None or instance.ended:
            raise NotFound(f"There is no running {self.kind} with key {self.key}; it may have ended.")
        try:
            batch.step(instance, self.command)
        except Rejected:
            if not batch.verify((instance.key,)):
                raise
            batch.step(batch.instance(instance.key), self.command)


@dataclass(slots=True)
class MigrateProcessInstance(Request[None]):
    """Migrate an instance to another definition; `mapping` maps the ids of its active elements."""

    key: int
    definition_key: int
    mapping: Mapping[str, str]

    def carry_out(self, batch: Batch) -> None:
        instance = batch.instance(self.key)
        batch.verify((self.key,))
        instance = batch.instance(self.key)
        target = batch.compiled(self.definition_key)
        command = MigrateInstance(definition_key=self.definition_key, target=target, mapping=self.mapping)
        batch.step(instance, command)
