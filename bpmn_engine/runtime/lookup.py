"""Answers a step's questions about other processes: definitions that can be called, and calling instances."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from bpmn_engine.elements import Caller, ExecutableProcess, Rules, Wanted, WantedDecision
from bpmn_engine.elements.catching import find_in_callers
from bpmn_engine.elements.thrown import Thrown
from bpmn_engine.errors import Failure, NotFound
from bpmn_engine.instance.state import Instance
from bpmn_engine.runtime.catalog import DefinitionCatalog
from bpmn_engine.store.versions import DECISIONS, PROCESSES, Versions

R = TypeVar("R")


class OpenBatch(Protocol):
    """The part of a batch that answers come from."""

    connection: Connection
    definitions: DefinitionCatalog

    def compiled(self, definition_key: int) -> ExecutableProcess:
        """The process of a definition."""
        ...

    def instance(self, key: int) -> Instance:
        """A live instance; raise `NotFound`."""
        ...

    def verify(self, keys: Iterable[int]) -> bool:
        """Load the instances that another node has changed; whether there were any."""
        ...

    def process(self, instance: Instance) -> ExecutableProcess:
        """The process that an instance runs."""
        ...


class BatchLookup:
    """Answers from the transaction of a batch."""

    def __init__(self, batch: OpenBatch) -> None:
        self.batch = batch
        self._called: dict[tuple[Wanted, int], int | None] = {}
        self._decisions: dict[tuple[WantedDecision, int], Rules | None] = {}

    def forget(self) -> None:
        """Forget which versions were found in this transaction."""
        self._called.clear()
        self._decisions.clear()

    def called(self, instance: Instance, wanted: Wanted) -> int | None:
        """The definition that a call activity means; a `Failure` if it only starts by events."""
        which = (wanted, instance.definition_key)
        if which not in self._called:
            self._called[which] = self._find(instance, wanted)
        return self._called[which]

    def _find(self, instance: Instance, wanted: Wanted) -> int | None:
        row = self._bound(PROCESSES, wanted.process_id, wanted, instance)
        if row is None:
            return None
        if not startable(self.batch.compiled(row.key)):
            raise Failure(
                "CALLED_ELEMENT_ERROR",
                f"The process '{wanted.process_id}' cannot be called: it has no none start event. Draw one.",
            )
        return row.key

    def decision(self, instance: Instance, wanted: WantedDecision) -> Rules | None:
        """The decision that a business rule task means."""
        which = (wanted, instance.definition_key)
        if which not in self._decisions:
            self._decisions[which] = self._find_decision(instance, wanted)
        return self._decisions[which]

    def _find_decision(self, instance: Instance, wanted: WantedDecision) -> Rules | None:
        row = self._bound(DECISIONS, wanted.decision_id, wanted, instance)
        connection = self.batch.connection
        return None if row is None else self.batch.definitions.decisions.rules(connection, row)

    def _bound(self, versions: Versions[R], name: str, wanted: Wanted | WantedDecision, instance: Instance) -> R | None:
        """The version that a binding means."""
        connection, version = self.batch.connection, wanted.version or ""
        if wanted.binding == "deployment":
            mine = self.batch.definitions.row(connection, instance.definition_key)
            return versions.deployed_with(connection, name, mine.deployment_key)
        if wanted.binding == "version":
            return versions.find(connection, name, int(version)) if _numbered(version) else None
        return versions.find(connection, name, version_tag=version if wanted.binding == "versionTag" else None)

    def caught_by_callers(self, instance: Instance, thrown: Thrown) -> bool | None:
        """Whether an event around the calls that led here catches this by interrupting; None if no event does."""
        catch = find_in_callers(instance, thrown, self._caller)
        return None if catch is None else catch.event.node.interrupting

    def _caller(self, instance: Instance) -> Caller | None:
        if instance.parent_key is None:
            return None
        try:
            parent = self.batch.instance(instance.parent_key)
            if self.batch.verify((parent.key,)):  # a stale one might catch what the present one does not
                parent = self.batch.instance(parent.key)
        except NotFound:
            return None
        return Caller(self.batch.process(parent), parent)


def _numbered(version: str) -> bool:
    return version.isdecimal() and len(version) < 10


def startable(process: ExecutableProcess) -> bool:
    """Whether a process can start without an event: it has a none start event, or no start at all."""
    starts = [part.node for part in process.root.content if part.node.is_start or part.node.instantiating]
    return not starts or any(node.is_start and not node.event_definitions for node in starts)
