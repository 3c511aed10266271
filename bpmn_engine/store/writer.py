"""From changes to rows. One writer gathers the changes of a whole batch and writes them in one transaction.

A row that is created and ended within a batch is written once, in its last state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.instance import changes as c
from bpmn_engine.instance.state import Instance, InstanceState, JobState, TokenState, UserTask
from bpmn_engine.store import tables as t
from bpmn_engine.store.dialect import Database
from bpmn_engine.store.json import dumps
from bpmn_engine.store.rows import Rows


class StaleInstance(Exception):
    """Another node has changed an instance of this batch; the batch must run again on fresh state."""


class Writer:
    """Gathers rows; `flush` writes them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.moment = database.moment
        self.instances = Rows(
            t.process_instance, "key", "definition_key", "process_id", "parent_key", "parent_token_key", "root_key",
            "state", "business_id", "tags", "start_key", "started_at", "ended_at", "revision", "pending",
        )  # fmt: skip
        self.tokens = Rows(
            t.token, "key", "instance_key", "element_id", "type", "scope_key", "flow_id", "state", "started_at",
            "ended_at",
        )  # fmt: skip
        self.variables = Rows(t.variable, "key", "instance_key", "scope_key", "name", "value")
        self.jobs = Rows(
            t.job, "key", "instance_key", "token_key", "element_id", "type", "state", "retries", "headers", "worker",
            "available_at", "created_at", "ended_at", "error_code", "error_message",
        )  # fmt: skip
        self.tasks = Rows(
            t.user_task, "key", "instance_key", "token_key", "element_id", "name", "state", "assignee",
            "candidate_users",
            "candidate_groups", "due_at", "follow_up_at", "priority", "form_id", "form_key", "external_form",
            "created_at", "ended_at",
        )  # fmt: skip
        self.timers = Rows(
            t.timer, "key", "instance_key", "definition_key", "token_key", "element_id", "due_at", "schedule",
            "remaining",
        )  # fmt: skip
        self.subscriptions = Rows(
            t.subscription, "key", "instance_key", "definition_key", "process_id", "token_key", "element_id",
            "message_name", "correlation_key", "interrupting",
        )  # fmt: skip
        self.incidents = Rows(
            t.incident, "key", "instance_key", "token_key", "job_key", "element_id", "error_type", "message", "state",
            "created_at", "ended_at",
        )  # fmt: skip
        self.touched: dict[int, list[Any]] = {}

    def add(self, process: ExecutableProcess, instance: Instance, changes: Iterable[c.Change]) -> None:
        """Gather what has happened to an instance in one step."""
        for change in changes:
            _WRITERS[type(change)](self, process, instance, change)
        self.touch(instance)

    def touch(self, instance: Instance) -> None:
        """Note that an instance has changed in this batch; its revision goes up once."""
        pending = bool(instance.ready)
        row = self.instances.inserts.get(instance.key)
        if row is not None:
            row["pending"] = pending
            row["state"] = instance.state.value
            return
        known = self.touched.get(instance.key)
        if known is None:
            expected = instance.revision
            instance.revision += 1
            known = self.touched[instance.key] = [None, None, None, instance.revision, instance.key, expected]
        known[0], known[2] = instance.state.value, pending

    def flush(self, connection: Connection) -> None:
        """Write everything that was gathered; raise `StaleInstance` if another node was faster."""
        if self.touched and self.database.touch(connection, list(self.touched.values())) != len(self.touched):
            raise StaleInstance
        for rows in (
            self.instances, self.tokens, self.variables, self.jobs, self.tasks, self.timers, self.subscriptions,
            self.incidents,
        ):  # fmt: skip
            rows.flush(connection, self.database)

    def end(self, instance: Instance, at: datetime) -> None:
        """Note when an instance ended."""
        moment = self.moment(at)
        row = self.instances.inserts.get(instance.key)
        if row is not None:
            row["ended_at"] = moment
        else:
            self.touch(instance)
            self.touched[instance.key][1] = moment


def _instance_started(w: Writer, process: ExecutableProcess, instance: Instance, change: c.InstanceStarted) -> None:
    w.instances.insert({
        "key": instance.key, "definition_key": instance.definition_key, "process_id": process.id, "parent_key": None,
        "parent_token_key": None, "root_key": instance.key, "state": InstanceState.ACTIVE.value,
        "business_id": change.business_id, "tags": dumps(list(change.tags)), "start_key": change.start_key,
        "started_at": w.moment(change.at), "ended_at": None, "revision": 0, "pending": False,
    })  # fmt: skip


def _instance_ended(w: Writer, process: ExecutableProcess, instance: Instance, change: c.InstanceEnded) -> None:
    w.end(instance, change.at)


def _token_created(w: Writer, process: ExecutableProcess, instance: Instance, change: c.TokenCreated) -> None:
    w.tokens.insert({
        "key": change.key, "instance_key": instance.key, "element_id": change.element_id,
        "type": process.elements[change.element_id].tag, "scope_key": change.scope_key, "flow_id": change.flow_id,
        "state": change.state.value, "started_at": w.moment(change.at), "ended_at": None,
    })  # fmt: skip


def _token_state(state: TokenState) -> Callable[..., None]:
    value = state.value

    def write(w: Writer, process: ExecutableProcess, instance: Instance, change: Any) -> None:
        w.tokens.update(change.key, state=value)

    return write


def _token_ended(state: TokenState) -> Callable[..., None]:
    value = state.value

    def write(w: Writer, process: ExecutableProcess, instance: Instance, change: Any) -> None:
        w.tokens.update(change.key, state=value, ended_at=w.moment(change.at))

    return write


def _variable_set(w: Writer, process: ExecutableProcess, instance: Instance, change: c.VariableSet) -> None:
    value = dumps(change.value)
    if change.created:
        w.variables.insert({
            "key": change.key, "instance_key": instance.key, "scope_key": change.scope_key, "name": change.name,
            "value": value,
        })  # fmt: skip
    else:
        w.variables.update(change.key, value=value)


def _job_created(w: Writer, process: ExecutableProcess, instance: Instance, change: c.JobCreated) -> None:
    job, at = change.job, w.moment(change.at)
    w.jobs.insert({
        "key": job.key, "instance_key": instance.key, "token_key": job.token_key, "element_id": job.element_id,
        "type": job.type, "state": job.state.value, "retries": job.retries,
        "headers": dumps(dict(job.headers)) if job.headers else "{}", "worker": None, "available_at": at,
        "created_at": at, "ended_at": None, "error_code": None, "error_message": None,
    })  # fmt: skip


def _job_ended(state: JobState) -> Callable[..., None]:
    value = state.value

    def write(w: Writer, process: ExecutableProcess, instance: Instance, change: Any) -> None:
        w.jobs.update(change.key, state=value, ended_at=w.moment(change.at))

    return write


def _job_failed(w: Writer, process: ExecutableProcess, instance: Instance, change: c.JobFailed) -> None:
    state = JobState.CREATED if change.retries > 0 else JobState.FAILED
    w.jobs.update(
        change.key,
        state=state.value,
        retries=change.retries,
        worker=None,
        available_at=w.moment(change.retry_at),
        error_message=change.message,
    )


def _job_error(w: Writer, process: ExecutableProcess, instance: Instance, change: c.JobErrorThrown) -> None:
    w.jobs.update(change.key, state=JobState.ERROR_THROWN.value, error_code=change.code, error_message=change.message)


def _job_retries(w: Writer, process: ExecutableProcess, instance: Instance, change: c.JobRetriesUpdated) -> None:
    w.jobs.update(change.key, retries=change.retries)


def _job_released(w: Writer, process: ExecutableProcess, instance: Instance, change: c.JobReleased) -> None:
    w.jobs.update(change.key, state=JobState.CREATED.value, worker=None, available_at=w.moment(change.at))


def _task_fields(w: Writer, task: UserTask) -> dict[str, Any]:
    return {
        "assignee": task.assignee, "candidate_users": dumps(list(task.candidate_users)),
        "candidate_groups": dumps(list(task.candidate_groups)), "due_at": w.moment(task.due_at),
        "follow_up_at": w.moment(task.follow_up_at), "priority": task.priority,
    }  # fmt: skip


def _task_created(w: Writer, process: ExecutableProcess, instance: Instance, change: c.UserTaskCreated) -> None:
    task = change.task
    w.tasks.insert({
        "key": task.key, "instance_key": instance.key, "token_key": task.token_key, "element_id": task.element_id,
        "name": process.elements[task.element_id].node.name or None, "state": "CREATED", "form_id": task.form_id,
        "form_key": task.form_key, "external_form": task.external_form,
        "created_at": w.moment(change.at), "ended_at": None, **_task_fields(w, task),
    })  # fmt: skip


def _task_updated(w: Writer, process: ExecutableProcess, instance: Instance, change: c.UserTaskUpdated) -> None:
    w.tasks.update(change.task.key, **_task_fields(w, change.task))


def _task_ended(state: str) -> Callable[..., None]:
    def write(w: Writer, process: ExecutableProcess, instance: Instance, change: Any) -> None:
        w.tasks.update(change.key, state=state, ended_at=w.moment(change.at))

    return write


def _timer_scheduled(w: Writer, process: ExecutableProcess, instance: Instance, change: c.TimerScheduled) -> None:
    timer = change.timer
    w.timers.insert({
        "key": timer.key, "instance_key": instance.key, "definition_key": instance.definition_key,
        "token_key": timer.token_key, "element_id": timer.element_id, "due_at": w.moment(timer.due_at),
        "schedule": timer.schedule, "remaining": timer.remaining,
    })  # fmt: skip


def _timer_rescheduled(w: Writer, process: ExecutableProcess, instance: Instance, change: c.TimerRescheduled) -> None:
    timer = change.timer
    w.timers.update(timer.key, due_at=w.moment(timer.due_at), remaining=timer.remaining)


def _timer_ended(w: Writer, process: ExecutableProcess, instance: Instance, change: c.TimerEnded) -> None:
    w.timers.delete(change.key)


def _opened(w: Writer, process: ExecutableProcess, instance: Instance, change: c.SubscriptionOpened) -> None:
    sub = change.subscription
    w.subscriptions.insert({
        "key": sub.key, "instance_key": instance.key, "definition_key": instance.definition_key,
        "process_id": process.id, "token_key": sub.token_key, "element_id": sub.element_id,
        "message_name": sub.message_name, "correlation_key": sub.correlation_key, "interrupting": sub.interrupting,
    })  # fmt: skip


def _closed(w: Writer, process: ExecutableProcess, instance: Instance, change: c.SubscriptionClosed) -> None:
    w.subscriptions.delete(change.key)


def _incident_raised(w: Writer, process: ExecutableProcess, instance: Instance, change: c.IncidentRaised) -> None:
    incident = change.incident
    w.incidents.insert({
        "key": incident.key, "instance_key": instance.key, "token_key": incident.token_key,
        "job_key": incident.job_key, "element_id": incident.element_id, "error_type": incident.error_type,
        "message": incident.message, "state": "ACTIVE", "created_at": w.moment(change.at), "ended_at": None,
    })  # fmt: skip


def _incident_resolved(w: Writer, process: ExecutableProcess, instance: Instance, change: c.IncidentResolved) -> None:
    w.incidents.update(change.key, state="RESOLVED", ended_at=w.moment(change.at))


_WRITERS: dict[type[c.Change], Callable[..., None]] = {
    c.InstanceStarted: _instance_started,
    c.InstanceEnded: _instance_ended,
    c.TokenCreated: _token_created,
    c.TokenActivated: _token_state(TokenState.ACTIVE),
    c.TokenCompleting: _token_state(TokenState.COMPLETING),
    c.TokenCompleted: _token_ended(TokenState.COMPLETED),
    c.TokenTerminated: _token_ended(TokenState.TERMINATED),
    c.TokenConsumed: _token_ended(TokenState.CONSUMED),
    c.VariableSet: _variable_set,
    c.JobCreated: _job_created,
    c.JobCompleted: _job_ended(JobState.COMPLETED),
    c.JobCanceled: _job_ended(JobState.CANCELED),
    c.JobFailed: _job_failed,
    c.JobErrorThrown: _job_error,
    c.JobRetriesUpdated: _job_retries,
    c.JobReleased: _job_released,
    c.UserTaskCreated: _task_created,
    c.UserTaskUpdated: _task_updated,
    c.UserTaskCompleted: _task_ended("COMPLETED"),
    c.UserTaskCanceled: _task_ended("CANCELED"),
    c.TimerScheduled: _timer_scheduled,
    c.TimerRescheduled: _timer_rescheduled,
    c.TimerEnded: _timer_ended,
    c.SubscriptionOpened: _opened,
    c.SubscriptionClosed: _closed,
    c.IncidentRaised: _incident_raised,
    c.IncidentResolved: _incident_resolved,
}
