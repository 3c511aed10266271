"""Gathers the rows of a whole batch (`projection.py` says which) and writes them in one transaction.

A row that is created and ended within a batch is written once, in its last state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, update

from bpmn_engine.instance.state import Instance
from bpmn_engine.store import tables as t
from bpmn_engine.store.decisions import COLUMNS
from bpmn_engine.store.dialect import Database
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
        self.instances = Rows(
            t.process_instance, "key", "definition_key", "process_id", "parent_key", "parent_token_key", "root_key",
            "state", "business_id", "tags", "start_key", "depth", "started_at", "ended_at", "revision", "pending",
        )  # fmt: skip
        self.tokens = Rows(
            t.token, "key", "instance_key", "element_id", "type", "scope_key", "flow_id", "loop_counter", "compensates",
            "listeners", "state", "started_at", "ended_at",
        )  # fmt: skip
        self.variables = Rows(t.variable, "key", "instance_key", "scope_key", "name", "value")
        self.jobs = Rows(
            t.job, "key", "instance_key", "token_key", "element_id", "type", "kind", "event", "state", "parked",
            "retries", "headers", "worker", "lapses", "available_at", "created_at", "ended_at", "error_code",
            "error_message",
        )  # fmt: skip
        self.tasks = Rows(
            t.user_task, "key", "instance_key", "token_key", "element_id", "name", "state", "assignee",
            "candidate_users",
            "candidate_groups", "due_at", "follow_up_at", "priority", "form_id", "form_key", "external_form",
            "transition", "denied", "created_at", "ended_at",
        )  # fmt: skip
        self.timers = Rows(
            t.timer, "key", "instance_key", "definition_key", "token_key", "element_id", "due_at", "schedule",
            "remaining", "parked",
        )  # fmt: skip
        self.subscriptions = Rows(
            t.subscription, "key", "instance_key", "definition_key", "process_id", "token_key", "element_id",
            "kind", "name", "correlation_key", "interrupting",
        )  # fmt: skip
        self.incidents = Rows(
            t.incident, "key", "instance_key", "token_key", "job_key", "element_id", "error_type", "message", "state",
            "created_at", "ended_at",
        )  # fmt: skip
        self.calls = Rows(t.call, "key", "instance_key", "token_key", "element_id")
        self.conditions = Rows(t.condition, "key", "instance_key", "token_key", "element_id", "position", "holds")
        self.loops = Rows(t.loop, "key", "instance_key", "total", "items")
        self.loop_runs = Rows(t.loop_run, "key", "instance_key", "loop_key", "counter", "completed", "result")
        self.compensations = Rows(
            t.compensation, "key", "instance_key", "scope_key", "token_key", "element_id", "loop_counter", "variables"
        )
        self.decisions = Rows(t.decision_instance, *COLUMNS)
        self.parked: dict[int, bool] = {}
        self.ended_loops: list[int] = []
        self.touched: dict[int, list[Any]] = {}

    def touch(self, instance: Instance) -> None:
        """Note that an instance has changed in this batch; its revision goes up once."""
        pending = bool(instance.ready) and not instance.suspended
        row = self.instances.inserts.get(instance.key)
        if row is not None:
            row["pending"] = pending
            row["state"] = str(instance.state)
            return
        known = self.touched.get(instance.key)
        if known is None:
            expected = instance.revision
            instance.revision += 1
            known = self.touched[instance.key] = [None, None, None, instance.revision, instance.key, expected]
        known[0], known[2] = str(instance.state), pending

    def flush(self, connection: Connection) -> None:
        """Write everything that was gathered; raise `StaleInstance` if another node was faster."""
        if self.touched and self.database.touch(connection, list(self.touched.values())) != len(self.touched):
            raise StaleInstance
        for rows in (
            self.instances, self.tokens, self.variables, self.jobs, self.tasks, self.timers, self.subscriptions,
            self.calls, self.incidents, self.conditions, self.loops, self.loop_runs, self.compensations,
            self.decisions,
        ):  # fmt: skip
            rows.flush(connection, self.database)
        if self.ended_loops:
            connection.execute(delete(t.loop_run).where(t.loop_run.c.loop_key.in_(self.ended_loops)))
        for instance_key, parked in self.parked.items():
            for table in (t.job, t.timer):
                mine = table.c.instance_key == instance_key
                connection.execute(update(table).where(mine).values(parked=parked))

    def end(self, instance: Instance, at: datetime) -> None:
        """Note when an instance ended."""
        moment = self.moment(at)
        row = self.instances.inserts.get(instance.key)
        if row is not None:
            row["ended_at"] = moment
        else:
            self.touch(instance)
            self.touched[instance.key][1] = moment
