"""Gathers the rows of a whole batch (`projection.py` says which) and writes them in one transaction.

A row that is created and ended within a batch is written once, in its last state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, update

from bpmn_engine.instance.state import Instance
from bpmn_engine.store import tables
from bpmn_engine.store.database import Database
from bpmn_engine.store.rows import Rows


class StaleInstance(Exception):
    """Another node has changed an instance of this batch; the batch must run again on fresh state."""


class Writer:
    """Gathers rows; `flush` writes them."""

    def __init__(self, database: Database, decisions_of: Callable[[int], Mapping[str, Any]] = lambda _: {}) -> None:
        """`decisions_of` gives the rows of the decisions that an evaluation of a decision may pass."""
        self.database = database
        self.decisions_of = decisions_of
        self.moment = database.moment
        self.instances = Rows(tables.process_instance)
        self.tokens = Rows(tables.token)
        self.variables = Rows(tables.variable)
        self.jobs = Rows(tables.job)
        self.tasks = Rows(tables.user_task)
        self.timers = Rows(tables.timer)
        self.subscriptions = Rows(tables.subscription)
        self.incidents = Rows(tables.incident)
        self.calls = Rows(tables.call)
        self.conditions = Rows(tables.condition)
        self.loops = Rows(tables.loop)
        self.loop_runs = Rows(tables.loop_run)
        self.compensations = Rows(tables.compensation)
        self.decisions = Rows(tables.decision_instance)
        #: Whether the instances that were suspended or resumed in this batch are suspended now.
        self.suspended: dict[int, bool] = {}
        self.ended_loops: list[int] = []
        self.touched: dict[int, list[Any]] = {}

    def touch(self, instance: Instance) -> None:
        """Note that an instance has changed in this batch; its revision goes up once."""
        unfinished = bool(instance.ready) and not instance.suspended
        row = self.instances.inserts.get(instance.key)
        if row is not None:
            row["unfinished"] = unfinished
            row["state"] = str(instance.state)
            return
        known = self.touched.get(instance.key)
        if known is None:
            expected = instance.revision
            instance.revision += 1
            known = self.touched[instance.key] = [None, None, None, instance.revision, instance.key, expected]
        known[0], known[2] = str(instance.state), unfinished

    def flush(self, connection: Connection) -> None:
        """Write everything that was gathered; raise `StaleInstance` if another node was faster."""
        if self.touched and self.database.touch(connection, list(self.touched.values())) != len(self.touched):
            raise StaleInstance
        for rows in (
            self.instances,
            self.tokens,
            self.variables,
            self.jobs,
            self.tasks,
            self.timers,
            self.subscriptions,
            self.calls,
            self.incidents,
            self.conditions,
            self.loops,
            self.loop_runs,
            self.compensations,
            self.decisions,
        ):
            rows.flush(connection, self.database)
        if self.ended_loops:
            connection.execute(delete(tables.loop_run).where(tables.loop_run.c.loop_key.in_(self.ended_loops)))
        for instance_key, suspended in self.suspended.items():
            for table in (tables.job, tables.timer):
                mine = table.c.instance_key == instance_key
                connection.execute(update(table).where(mine).values(suspended=suspended))

    def end(self, instance: Instance, at: datetime) -> None:
        """Note when an instance ended."""
        moment = self.moment(at)
        row = self.instances.inserts.get(instance.key)
        if row is not None:
            row["ended_at"] = moment
        else:
            self.touch(instance)
            self.touched[instance.key][1] = moment
