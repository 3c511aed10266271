"""Process definitions by key, compiled when they are first needed; the least recently used are dropped."""

from __future__ import annotations

from sqlalchemy import Connection

from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.errors import NotFound
from bpmn_engine.parser import load
from bpmn_engine.runtime.cache import Recent
from bpmn_engine.runtime.decisions import DecisionCatalog
from bpmn_engine.store import process_definitions as stored
from bpmn_engine.store.versions import PROCESSES, ProcessVersion

#: Files larger than this (bytes) are not compiled in the loop's thread: it would take more than some 50 ms.
QUICK_BYTES = 100_000


class NotCompiled(Exception):
    """A request needs a large definition that is not in memory."""

    def __init__(self, key: int) -> None:
        super().__init__(f"definition {key} is not compiled")
        self.key = key


class DefinitionCatalog:
    """The compiled definitions that this node has used last. A definition never changes."""

    def __init__(self, size: int) -> None:
        self._processes: Recent[ExecutableProcess] = Recent(size)
        self._rows: Recent[ProcessVersion] = Recent(10 * size)
        self.decisions = DecisionCatalog(size)

    def process(self, connection: Connection, key: int, *, quickly: bool = False) -> ExecutableProcess:
        """The compiled process of a definition; `quickly` raises `NotCompiled` if that would take long."""
        process = self._processes.get(key)
        if process is None:
            source = stored.definition_source(connection, key)
            if source is None:
                raise NotFound(f"There is no process definition with key {key}.")
            if quickly and len(source.content) > QUICK_BYTES:
                raise NotCompiled(key)
            compiled = {found.id: found for found in load(source.content, source.resource_name)}
            process = compiled[source.process_id]
            self._processes.put(key, process)
        return process

    def add(self, key: int, process: ExecutableProcess) -> None:
        """Keep a process that was just compiled for its deployment."""
        self._processes.put(key, process)

    def row(self, connection: Connection, key: int) -> ProcessVersion:
        """The version that a definition key means; raise `NotFound`."""
        row = self._rows.get(key)
        if row is None:
            row = PROCESSES.by_key(connection, key)
            if row is None:
                raise NotFound(f"There is no process definition with key {key}.")
            self._rows.put(key, row)
        return row

    def find(self, connection: Connection, process_id: str, version: int, version_tag: str | None) -> ProcessVersion:
        """A version of a process (-1 is the latest); raise `NotFound`."""
        row = PROCESSES.find(connection, process_id, version, version_tag)
        if row is None:
            which = f" in version {version}" if version >= 0 else ""
            which = f" with version tag '{version_tag}'" if version_tag else which
            raise NotFound(f"There is no process '{process_id}'{which}. Deploy it first.")
        self._rows.put(row.key, row)
        return row
