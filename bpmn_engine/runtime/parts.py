"""The objects that the loop, its turns and its helper threads share."""

from __future__ import annotations

from sqlalchemy import Connection

from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.cache import InstanceCache
from bpmn_engine.runtime.catalog import DefinitionCatalog
from bpmn_engine.runtime.clock import Clock
from bpmn_engine.runtime.jobs import JobRunner
from bpmn_engine.runtime.keys import KeyGenerator
from bpmn_engine.runtime.node import NodeLease
from bpmn_engine.runtime.observers import Observers
from bpmn_engine.runtime.publisher import Publisher
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.runtime.shares import Shares
from bpmn_engine.runtime.unfinished import Unfinished
from bpmn_engine.store.database import Database


class Parts:
    """Objects that live as long as the loop.

    Any thread may use the database, the settings, the clock, the definitions, the publisher, the observers and the
    handlers. Everything else belongs to the loop's thread.
    """

    def __init__(self, database: Database, settings: Settings, clock: Clock, handlers: JobRunner) -> None:
        self.database, self.settings, self.clock, self.handlers = database, settings, clock, handlers
        self.definitions = DefinitionCatalog(settings.definition_cache)
        self.publisher = Publisher()
        self.observers = Observers()
        self.observers.add(self.publisher, steps=False)
        self.cache = InstanceCache(settings.cache_size)
        self.node = NodeLease(database, settings.node_lease, clock)
        self.shares = Shares()
        self.unfinished = Unfinished(settings.run_limit, settings.run_pace)
        #: Whether jobs were left in the database for which there is a handler here; suspects are counted by themselves.
        self.jobs_left = self.suspects_left = False
        #: Set from outside: nothing new is begun.
        self.stopping = False

    def register(self) -> None:
        """Register this process as a node of the database; its keys contain the node id."""
        self.node.register()
        self.keys = KeyGenerator(self.node.id, self.clock)

    def batch(self, connection: Connection) -> Batch:
        """A new batch on a connection."""
        now, worker = self.clock.now(), self.node.worker
        batch = Batch(connection, self.database, self.cache, self.definitions, self.keys, now, self.settings, worker)
        batch.keeps_steps = self.observers.want_steps
        return batch
