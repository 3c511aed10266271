"""Turns changes into rows: one function for each change. `instance` is as it is after the step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table

from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.instance import changes
from bpmn_engine.instance.state import (
    Instance,
    InstanceState,
    JobState,
    TaskTransition,
    TokenState,
    UserTask,
)
from bpmn_engine.store import tables
from bpmn_engine.store.decisions import StoredEvaluation, instance_rows
from bpmn_engine.store.json import dumps
from bpmn_engine.store.waits import TABLES
from bpmn_engine.store.writer import Writer


@dataclass(slots=True)
class Projection:
    """Where the rows of one step go."""

    writer: Writer
    process: ExecutableProcess
    instance: Instance


def project(writer: Writer, process: ExecutableProcess, instance: Instance, happened: Iterable[changes.Change]) -> None:
    """Gather the rows of the changes that one step has made to an instance."""
    to = Projection(writer, process, instance)
    for change in happened:
        ROWS[type(change)](to, change)
    writer.touch(instance)


def _instance_started(to: Projection, change: changes.InstanceStarted) -> None:
    to.writer.instances.insert(
        {
            "key": to.instance.key,
            "definition_key": to.instance.definition_key,
            "process_id": to.process.id,
            "parent_key": to.instance.parent_key,
            "parent_token_key": to.instance.parent_token_key,
            "root_key": to.instance.root_key,
            "depth": to.instance.depth,
            "state": InstanceState.ACTIVE.value,
            "business_id": change.business_id,
            "tags": dumps(list(change.tags)),
            "start_key": change.start_key,
            "started_at": to.writer.moment(change.at),
            "ended_at": None,
            "revision": 0,
            "unfinished": False,
        }
    )


def _instance_ended(to: Projection, change: changes.InstanceEnded) -> None:
    to.writer.end(to.instance, change.at)


def _type(process: ExecutableProcess, change: changes.TokenCreated) -> str:
    """The BPMN name of the element; an iteration of a loop is one of the activity that it repeats."""
    element = process.elements[change.element_id]
    return element.activity.tag if change.loop_counter is not None and element.activity is not None else element.tag


def _token_created(to: Projection, change: changes.TokenCreated) -> None:
    to.writer.tokens.insert(
        {
            "key": change.key,
            "instance_key": to.instance.key,
            "element_id": change.element_id,
            "type": _type(to.process, change),
            "scope_key": change.scope_key,
            "flow_id": change.flow_id,
            "loop_counter": change.loop_counter,
            "compensates": change.compensates,
            "listeners": 0,
            "state": str(change.state),
            "started_at": to.writer.moment(change.at),
            "ended_at": None,
        }
    )


def _token_state(state: TokenState) -> Callable[[Projection, Any], None]:
    value = state.value

    def write(to: Projection, change: Any) -> None:
        to.writer.tokens.update(change.key, state=value)

    return write


def _token_ended(state: TokenState) -> Callable[[Projection, Any], None]:
    value = state.value

    def write(to: Projection, change: Any) -> None:
        to.writer.tokens.update(change.key, state=value, ended_at=to.writer.moment(change.at))

    return write


def _deleted(table: Table) -> Callable[[Projection, Any], None]:
    def write(to: Projection, change: Any) -> None:
        to.writer.of(table).delete(change.key)

    return write


def _variable_set(to: Projection, change: changes.VariableSet) -> None:
    value = dumps(change.value)
    if change.created:
        to.writer.variables.insert(
            {
                "key": change.key,
                "instance_key": to.instance.key,
                "scope_key": change.scope_key,
                "name": change.name,
                "value": value,
            }
        )
    else:
        to.writer.variables.update(change.key, value=value)


def _job_created(to: Projection, change: changes.JobCreated) -> None:
    job, at = change.job, to.writer.moment(change.at)
    to.writer.jobs.insert(
        {
            "key": job.key,
            "instance_key": to.instance.key,
            "token_key": job.token_key,
            "element_id": job.element_id,
            "type": job.type,
            "kind": str(job.kind),
            "event": job.event,
            "state": str(job.state),
            "suspended": to.instance.suspended,
            "retries": job.retries,
            "headers": dumps(dict(job.headers)) if job.headers else "{}",
            "worker": None,
            "lapses": 0,
            "available_at": at,
            "created_at": at,
            "ended_at": None,
            "error_code": None,
            "error_message": None,
        }
    )


def _job_ended(state: JobState) -> Callable[[Projection, Any], None]:
    value = state.value

    def write(to: Projection, change: Any) -> None:
        to.writer.jobs.update(change.key, state=value, ended_at=to.writer.moment(change.at))

    return write


def _job_failed(to: Projection, change: changes.JobFailed) -> None:
    state = JobState.CREATED if change.retries > 0 else JobState.FAILED
    to.writer.jobs.update(
        change.key,
        state=state.value,
        retries=change.retries,
        worker=None,
        available_at=to.writer.moment(change.retry_at),
        error_message=change.message,
    )


def _job_error(to: Projection, change: changes.JobErrorThrown) -> None:
    to.writer.jobs.update(
        change.key, state=JobState.ERROR_THROWN.value, error_code=change.code, error_message=change.message
    )


def _job_retries(to: Projection, change: changes.JobRetriesUpdated) -> None:
    to.writer.jobs.update(change.key, retries=change.retries)


def _job_released(to: Projection, change: changes.JobReleased) -> None:
    to.writer.jobs.update(
        change.key, state=JobState.CREATED.value, worker=None, lapses=0, available_at=to.writer.moment(change.at)
    )


def _task_fields(to: Projection, task: UserTask) -> dict[str, Any]:
    return {
        "assignee": task.assignee,
        "candidate_users": dumps(list(task.candidate_users)),
        "candidate_groups": dumps(list(task.candidate_groups)),
        "due_at": to.writer.moment(task.due_at),
        "follow_up_at": to.writer.moment(task.follow_up_at),
        "priority": task.priority,
        "transition": _transition(task.transition),
        "denied": task.denied,
        "state": task.transition.event.upper() if task.transition else "CREATED",
    }


def _transition(transition: TaskTransition | None) -> str | None:
    if transition is None:
        return None
    changes = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in transition.changes.items()
    }
    return dumps([transition.event, changes, dict(transition.variables), transition.listeners])


def _task_created(to: Projection, change: changes.UserTaskCreated) -> None:
    task = change.task
    to.writer.of(tables.user_task).insert(
        {
            "key": task.key,
            "instance_key": to.instance.key,
            "token_key": task.token_key,
            "element_id": task.element_id,
            "name": to.process.elements[task.element_id].node.name or None,
            "form_id": task.form_id,
            "form_key": task.form_key,
            "external_form": task.external_form,
            "created_at": to.writer.moment(change.at),
            "ended_at": None,
            **_task_fields(to, task),
        }
    )


def _task_updated(to: Projection, change: changes.UserTaskUpdated) -> None:
    to.writer.of(tables.user_task).update(change.task.key, **_task_fields(to, change.task))


def _task_ended(state: str) -> Callable[[Projection, Any], None]:
    def write(to: Projection, change: Any) -> None:
        to.writer.of(tables.user_task).update(change.key, state=state, ended_at=to.writer.moment(change.at))

    return write


def _timer_scheduled(to: Projection, change: changes.TimerScheduled) -> None:
    timer = change.timer
    to.writer.of(tables.timer).insert(
        {
            "key": timer.key,
            "instance_key": to.instance.key,
            "definition_key": to.instance.definition_key,
            "token_key": timer.token_key,
            "element_id": timer.element_id,
            "due_at": to.writer.moment(timer.due_at),
            "schedule": timer.schedule,
            "remaining": timer.remaining,
            "suspended": to.instance.suspended,
        }
    )


def _timer_rescheduled(to: Projection, change: changes.TimerRescheduled) -> None:
    timer = change.timer
    to.writer.of(tables.timer).update(timer.key, due_at=to.writer.moment(timer.due_at), remaining=timer.remaining)


def _opened(to: Projection, change: changes.SubscriptionOpened) -> None:
    sub = change.subscription
    to.writer.of(tables.subscription).insert(
        {
            "key": sub.key,
            "instance_key": to.instance.key,
            "definition_key": to.instance.definition_key,
            "process_id": to.process.id,
            "token_key": sub.token_key,
            "element_id": sub.element_id,
            "kind": sub.kind.value,
            "name": sub.name,
            "correlation_key": sub.correlation_key,
            "interrupting": sub.interrupting,
        }
    )


def _condition_opened(to: Projection, change: changes.ConditionOpened) -> None:
    condition = change.condition
    to.writer.of(tables.condition).insert(
        {
            "key": condition.key,
            "instance_key": to.instance.key,
            "token_key": condition.token_key,
            "element_id": condition.element_id,
            "position": condition.index,
            "holds": condition.holds,
        }
    )


def _condition_evaluated(to: Projection, change: changes.ConditionEvaluated) -> None:
    to.writer.of(tables.condition).update(change.key, holds=change.holds)


def _loop_started(to: Projection, change: changes.LoopStarted) -> None:
    loop = change.loop
    items = None if loop.items is None else dumps(loop.items)
    to.writer.of(tables.loop).insert(
        {"key": loop.key, "instance_key": to.instance.key, "total": loop.total, "items": items}
    )


def _loop_iteration_ended(to: Projection, change: changes.LoopIterationEnded) -> None:
    to.writer.of(tables.loop_run).insert(
        {
            "key": change.key,
            "instance_key": to.instance.key,
            "loop_key": change.loop_key,
            "counter": change.counter,
            "completed": change.completed,
            "result": dumps(change.result),
        }
    )


def _loop_ended(to: Projection, change: changes.LoopEnded) -> None:
    to.writer.of(tables.loop).delete(change.key)
    to.writer.ended_loops.append(change.key)


def _compensation_recorded(to: Projection, change: changes.CompensationRecorded) -> None:
    record = change.compensation
    to.writer.of(tables.compensation).insert(
        {
            "key": record.key,
            "instance_key": to.instance.key,
            "scope_key": record.scope_key,
            "token_key": record.token_key,
            "element_id": record.element_id,
            "loop_counter": record.loop_counter,
            "variables": dumps(dict(record.variables)),
        }
    )


def _listener_completed(to: Projection, change: changes.ListenerCompleted) -> None:
    to.writer.tokens.update(change.key, listeners=change.listeners)


def _suspended(to: Projection, change: changes.InstanceSuspended) -> None:
    to.writer.suspended[to.instance.key] = True


def _resumed(to: Projection, change: changes.InstanceResumed) -> None:
    to.writer.suspended[to.instance.key] = False


def _migrated(to: Projection, change: changes.InstanceMigrated) -> None:
    """Give every live row the id of its element in the target, as the instance has it now."""
    definition: dict[str, Any] = {"definition_key": to.instance.definition_key, "process_id": to.process.id}
    to.writer.instances.update(to.instance.key, **definition)
    for token in to.instance.tokens.values():
        to.writer.tokens.update(token.key, element_id=token.element_id, listeners=token.listeners)
    for wait in to.instance.waits.values():
        table = TABLES[type(wait)]
        mine = {name: value for name, value in definition.items() if name in table.c}
        to.writer.of(table).update(wait.key, element_id=wait.element_id, **mine)
    for records in to.instance.compensations.values():
        for record in records.values():
            to.writer.of(tables.compensation).update(record.key, element_id=record.element_id)


def _nothing(to: Projection, change: changes.Change) -> None:
    """Write nothing; the runtime acts on this change (`Batch`)."""


def _called(to: Projection, change: changes.ProcessCalled) -> None:
    call = change.call
    to.writer.of(tables.call).insert(
        {
            "key": call.key,
            "instance_key": to.instance.key,
            "token_key": call.token_key,
            "element_id": call.element_id,
        }
    )


def _decision_evaluated(to: Projection, change: changes.DecisionEvaluated) -> None:
    definitions = to.writer.decisions_of(change.definition_key)
    for row in instance_rows(
        StoredEvaluation(change.keys, change.definition_key, definitions, change.outcome),
        instance_key=to.instance.key,
        token_key=change.token_key,
        evaluated_at=to.writer.moment(change.at),
    ):
        to.writer.of(tables.decision_instance).insert(row)


def _incident_raised(to: Projection, change: changes.IncidentRaised) -> None:
    incident = change.incident
    to.writer.of(tables.incident).insert(
        {
            "key": incident.key,
            "instance_key": to.instance.key,
            "token_key": incident.token_key,
            "job_key": incident.job_key,
            "element_id": incident.element_id,
            "error_type": incident.error_type,
            "message": incident.message,
            "state": "ACTIVE",
            "created_at": to.writer.moment(change.at),
            "ended_at": None,
        }
    )


def _incident_resolved(to: Projection, change: changes.IncidentResolved) -> None:
    to.writer.of(tables.incident).update(change.key, state="RESOLVED", ended_at=to.writer.moment(change.at))


#: The function for each change.
ROWS: Mapping[type[changes.Change], Callable[[Projection, Any], None]] = {
    changes.InstanceStarted: _instance_started,
    changes.InstanceEnded: _instance_ended,
    changes.TokenCreated: _token_created,
    changes.InstanceSuspended: _suspended,
    changes.InstanceResumed: _resumed,
    changes.InstanceMigrated: _migrated,
    changes.TokenActivating: _token_state(TokenState.ACTIVATING),
    changes.TokenActivated: _token_state(TokenState.ACTIVE),
    changes.TokenCompleting: _token_state(TokenState.COMPLETING),
    changes.ListenerCompleted: _listener_completed,
    changes.TokenCompleted: _token_ended(TokenState.COMPLETED),
    changes.TokenTerminated: _token_ended(TokenState.TERMINATED),
    changes.TokenConsumed: _token_ended(TokenState.CONSUMED),
    changes.VariableSet: _variable_set,
    changes.JobCreated: _job_created,
    changes.JobCompleted: _job_ended(JobState.COMPLETED),
    changes.JobCanceled: _job_ended(JobState.CANCELED),
    changes.JobFailed: _job_failed,
    changes.JobErrorThrown: _job_error,
    changes.JobRetriesUpdated: _job_retries,
    changes.JobReleased: _job_released,
    changes.UserTaskCreated: _task_created,
    changes.UserTaskUpdated: _task_updated,
    changes.UserTaskCompleted: _task_ended("COMPLETED"),
    changes.UserTaskCanceled: _task_ended("CANCELED"),
    changes.TimerScheduled: _timer_scheduled,
    changes.TimerRescheduled: _timer_rescheduled,
    changes.TimerEnded: _deleted(tables.timer),
    changes.SubscriptionOpened: _opened,
    changes.SubscriptionClosed: _deleted(tables.subscription),
    changes.ConditionOpened: _condition_opened,
    changes.ConditionEvaluated: _condition_evaluated,
    changes.ConditionClosed: _deleted(tables.condition),
    changes.LoopStarted: _loop_started,
    changes.LoopIterationEnded: _loop_iteration_ended,
    changes.LoopEnded: _loop_ended,
    changes.CompensationRecorded: _compensation_recorded,
    changes.CompensationRemoved: _deleted(tables.compensation),
    changes.MessagePublished: _nothing,
    changes.SignalBroadcast: _nothing,
    changes.ProcessCalled: _called,
    changes.CallEnded: _deleted(tables.call),
    changes.CallCanceled: _deleted(tables.call),
    changes.ThrownToCaller: _nothing,
    changes.DecisionEvaluated: _decision_evaluated,
    changes.IncidentRaised: _incident_raised,
    changes.IncidentResolved: _incident_resolved,
}
