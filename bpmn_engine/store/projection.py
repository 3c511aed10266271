"""Where a change becomes a row: the rows that each change writes. `instance` is as it is after the step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.instance import changes as c
from bpmn_engine.instance.state import (
    Call,
    Condition,
    Incident,
    Instance,
    InstanceState,
    Job,
    JobState,
    Subscription,
    Timer,
    TokenState,
    Transition,
    UserTask,
)
from bpmn_engine.store.decisions import instance_rows
from bpmn_engine.store.json import dumps
from bpmn_engine.store.rows import Rows
from bpmn_engine.store.writer import Writer


def project(writer: Writer, process: ExecutableProcess, instance: Instance, changes: Iterable[c.Change]) -> None:
    """Gather the rows of what has happened to an instance in one step."""
    for change in changes:
        ROWS[type(change)](writer, process, instance, change)
    writer.touch(instance)


def _instance_started(w: Writer, process: ExecutableProcess, instance: Instance, change: c.InstanceStarted) -> None:
    w.instances.insert(
        {
            "key": instance.key,
            "definition_key": instance.definition_key,
            "process_id": process.id,
            "parent_key": instance.parent_key,
            "parent_token_key": instance.parent_token_key,
            "root_key": instance.root_key,
            "depth": instance.depth,
            "state": InstanceState.ACTIVE.value,
            "business_id": change.business_id,
            "tags": dumps(list(change.tags)),
            "start_key": change.start_key,
            "started_at": w.moment(change.at),
            "ended_at": None,
            "revision": 0,
            "pending": False,
        }
    )


def _instance_ended(w: Writer, process: ExecutableProcess, instance: Instance, change: c.InstanceEnded) -> None:
    w.end(instance, change.at)


def _type(process: ExecutableProcess, change: c.TokenCreated) -> str:
    """The BPMN name of the element; a run of a loop is one of the activity that it repeats."""
    element = process.elements[change.element_id]
    return element.activity.tag if change.loop_counter is not None and element.activity is not None else element.tag


def _token_created(w: Writer, process: ExecutableProcess, instance: Instance, change: c.TokenCreated) -> None:
    w.tokens.insert(
        {
            "key": change.key,
            "instance_key": instance.key,
            "element_id": change.element_id,
            "type": _type(process, change),
            "scope_key": change.scope_key,
            "flow_id": change.flow_id,
            "loop_counter": change.loop_counter,
            "compensates": change.compensates,
            "listeners": 0,
            "state": str(change.state),
            "started_at": w.moment(change.at),
            "ended_at": None,
        }
    )


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
        w.variables.insert(
            {
                "key": change.key,
                "instance_key": instance.key,
                "scope_key": change.scope_key,
                "name": change.name,
                "value": value,
            }
        )
    else:
        w.variables.update(change.key, value=value)


def _job_created(w: Writer, process: ExecutableProcess, instance: Instance, change: c.JobCreated) -> None:
    job, at = change.job, w.moment(change.at)
    w.jobs.insert(
        {
            "key": job.key,
            "instance_key": instance.key,
            "token_key": job.token_key,
            "element_id": job.element_id,
            "type": job.type,
            "kind": str(job.kind),
            "event": job.event,
            "state": str(job.state),
            "parked": instance.suspended,
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
    w.jobs.update(change.key, state=JobState.CREATED.value, worker=None, lapses=0, available_at=w.moment(change.at))


def _task_fields(w: Writer, task: UserTask) -> dict[str, Any]:
    return {
        "assignee": task.assignee,
        "candidate_users": dumps(list(task.candidate_users)),
        "candidate_groups": dumps(list(task.candidate_groups)),
        "due_at": w.moment(task.due_at),
        "follow_up_at": w.moment(task.follow_up_at),
        "priority": task.priority,
        "transition": _transition(task.transition),
        "denied": task.denied,
        "state": task.transition.event.upper() if task.transition else "CREATED",
    }


def _transition(transition: Transition | None) -> str | None:
    if transition is None:
        return None
    changes = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in transition.changes.items()
    }
    return dumps([transition.event, changes, dict(transition.variables), transition.listeners])


def _task_created(w: Writer, process: ExecutableProcess, instance: Instance, change: c.UserTaskCreated) -> None:
    task = change.task
    w.tasks.insert(
        {
            "key": task.key,
            "instance_key": instance.key,
            "token_key": task.token_key,
            "element_id": task.element_id,
            "name": process.elements[task.element_id].node.name or None,
            "form_id": task.form_id,
            "form_key": task.form_key,
            "external_form": task.external_form,
            "created_at": w.moment(change.at),
            "ended_at": None,
            **_task_fields(w, task),
        }
    )


def _task_updated(w: Writer, process: ExecutableProcess, instance: Instance, change: c.UserTaskUpdated) -> None:
    w.tasks.update(change.task.key, **_task_fields(w, change.task))


def _task_ended(state: str) -> Callable[..., None]:
    def write(w: Writer, process: ExecutableProcess, instance: Instance, change: Any) -> None:
        w.tasks.update(change.key, state=state, ended_at=w.moment(change.at))

    return write


def _timer_scheduled(w: Writer, process: ExecutableProcess, instance: Instance, change: c.TimerScheduled) -> None:
    timer = change.timer
    w.timers.insert(
        {
            "key": timer.key,
            "instance_key": instance.key,
            "definition_key": instance.definition_key,
            "token_key": timer.token_key,
            "element_id": timer.element_id,
            "due_at": w.moment(timer.due_at),
            "schedule": timer.schedule,
            "remaining": timer.remaining,
            "parked": instance.suspended,
        }
    )


def _timer_rescheduled(w: Writer, process: ExecutableProcess, instance: Instance, change: c.TimerRescheduled) -> None:
    timer = change.timer
    w.timers.update(timer.key, due_at=w.moment(timer.due_at), remaining=timer.remaining)


def _timer_ended(w: Writer, process: ExecutableProcess, instance: Instance, change: c.TimerEnded) -> None:
    w.timers.delete(change.key)


def _opened(w: Writer, process: ExecutableProcess, instance: Instance, change: c.SubscriptionOpened) -> None:
    sub = change.subscription
    w.subscriptions.insert(
        {
            "key": sub.key,
            "instance_key": instance.key,
            "definition_key": instance.definition_key,
            "process_id": process.id,
            "token_key": sub.token_key,
            "element_id": sub.element_id,
            "kind": sub.kind.value,
            "name": sub.name,
            "correlation_key": sub.correlation_key,
            "interrupting": sub.interrupting,
        }
    )


def _closed(w: Writer, process: ExecutableProcess, instance: Instance, change: c.SubscriptionClosed) -> None:
    w.subscriptions.delete(change.key)


def _condition_opened(w: Writer, process: ExecutableProcess, instance: Instance, change: c.ConditionOpened) -> None:
    condition = change.condition
    w.conditions.insert(
        {
            "key": condition.key,
            "instance_key": instance.key,
            "token_key": condition.token_key,
            "element_id": condition.element_id,
            "position": condition.index,
            "holds": condition.holds,
        }
    )


def _condition_evaluated(
    w: Writer, process: ExecutableProcess, instance: Instance, change: c.ConditionEvaluated
) -> None:
    w.conditions.update(change.key, holds=change.holds)


def _condition_closed(w: Writer, process: ExecutableProcess, instance: Instance, change: c.ConditionClosed) -> None:
    w.conditions.delete(change.key)


def _loop_started(w: Writer, process: ExecutableProcess, instance: Instance, change: c.LoopStarted) -> None:
    loop = change.loop
    items = None if loop.items is None else dumps(loop.items)
    w.loops.insert({"key": loop.key, "instance_key": instance.key, "total": loop.total, "items": items})


def _loop_run_ended(w: Writer, process: ExecutableProcess, instance: Instance, change: c.LoopRunEnded) -> None:
    w.loop_runs.insert(
        {
            "key": change.key,
            "instance_key": instance.key,
            "loop_key": change.loop_key,
            "counter": change.counter,
            "completed": change.completed,
            "result": dumps(change.result),
        }
    )


def _loop_ended(w: Writer, process: ExecutableProcess, instance: Instance, change: c.LoopEnded) -> None:
    w.loops.delete(change.key)
    w.ended_loops.append(change.key)


def _compensation_noted(w: Writer, process: ExecutableProcess, instance: Instance, change: c.CompensationNoted) -> None:
    record = change.compensation
    w.compensations.insert(
        {
            "key": record.key,
            "instance_key": instance.key,
            "scope_key": record.scope_key,
            "token_key": record.token_key,
            "element_id": record.element_id,
            "loop_counter": record.loop_counter,
            "variables": dumps(dict(record.variables)),
        }
    )


def _compensation_taken(w: Writer, process: ExecutableProcess, instance: Instance, change: c.CompensationTaken) -> None:
    w.compensations.delete(change.key)


def _listener_completed(w: Writer, process: ExecutableProcess, instance: Instance, change: c.ListenerCompleted) -> None:
    w.tokens.update(change.key, listeners=change.listeners)


def _suspended(w: Writer, process: ExecutableProcess, instance: Instance, change: c.InstanceSuspended) -> None:
    w.parked[instance.key] = True


def _resumed(w: Writer, process: ExecutableProcess, instance: Instance, change: c.InstanceResumed) -> None:
    w.parked[instance.key] = False


def _migrated(w: Writer, process: ExecutableProcess, instance: Instance, change: c.InstanceMigrated) -> None:
    """Every live row gets the id of its element in the target, as the instance has it now."""
    definition = {"definition_key": instance.definition_key}
    w.instances.update(instance.key, process_id=process.id, **definition)
    for token in instance.tokens.values():
        w.tokens.update(token.key, element_id=token.element_id)
    for wait in instance.waits.values():
        rows: Rows = getattr(w, _TABLES[type(wait)])
        rows.update(wait.key, element_id=wait.element_id)
        if isinstance(wait, Timer):
            rows.update(wait.key, **definition)
        elif isinstance(wait, Subscription):
            rows.update(wait.key, process_id=process.id, **definition)
    for records in instance.compensations.values():
        for record in records.values():
            w.compensations.update(record.key, element_id=record.element_id)


def _nothing(w: Writer, process: ExecutableProcess, instance: Instance, change: c.Change) -> None:
    """The runtime acts on it; see `Batch`."""


#: Where the waits of each kind are written.
_TABLES: dict[type, str] = {
    Job: "jobs",
    UserTask: "tasks",
    Timer: "timers",
    Subscription: "subscriptions",
    Condition: "conditions",
    Call: "calls",
    Incident: "incidents",
}


def _called(w: Writer, process: ExecutableProcess, instance: Instance, change: c.ProcessCalled) -> None:
    call = change.call
    w.calls.insert(
        {
            "key": call.key,
            "instance_key": instance.key,
            "token_key": call.token_key,
            "element_id": call.element_id,
        }
    )


def _call_ended(
    w: Writer, process: ExecutableProcess, instance: Instance, change: c.CallEnded | c.CallCanceled
) -> None:
    w.calls.delete(change.key)


def _decision_evaluated(w: Writer, process: ExecutableProcess, instance: Instance, change: c.DecisionEvaluated) -> None:
    for row in instance_rows(
        change.keys,
        change.definition_key,
        w.decisions_of(change.definition_key),
        change.outcome,
        instance_key=instance.key,
        token_key=change.token_key,
        evaluated_at=w.moment(change.at),
    ):
        w.decisions.insert(row)


def _incident_raised(w: Writer, process: ExecutableProcess, instance: Instance, change: c.IncidentRaised) -> None:
    incident = change.incident
    w.incidents.insert(
        {
            "key": incident.key,
            "instance_key": instance.key,
            "token_key": incident.token_key,
            "job_key": incident.job_key,
            "element_id": incident.element_id,
            "error_type": incident.error_type,
            "message": incident.message,
            "state": "ACTIVE",
            "created_at": w.moment(change.at),
            "ended_at": None,
        }
    )


def _incident_resolved(w: Writer, process: ExecutableProcess, instance: Instance, change: c.IncidentResolved) -> None:
    w.incidents.update(change.key, state="RESOLVED", ended_at=w.moment(change.at))


#: The function for each change.
ROWS: dict[type[c.Change], Callable[..., None]] = {
    c.InstanceStarted: _instance_started,
    c.InstanceEnded: _instance_ended,
    c.TokenCreated: _token_created,
    c.InstanceSuspended: _suspended,
    c.InstanceResumed: _resumed,
    c.InstanceMigrated: _migrated,
    c.TokenActivating: _token_state(TokenState.ACTIVATING),
    c.TokenActivated: _token_state(TokenState.ACTIVE),
    c.TokenCompleting: _token_state(TokenState.COMPLETING),
    c.ListenerCompleted: _listener_completed,
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
    c.ConditionOpened: _condition_opened,
    c.ConditionEvaluated: _condition_evaluated,
    c.ConditionClosed: _condition_closed,
    c.LoopStarted: _loop_started,
    c.LoopRunEnded: _loop_run_ended,
    c.LoopEnded: _loop_ended,
    c.CompensationNoted: _compensation_noted,
    c.CompensationTaken: _compensation_taken,
    c.MessagePublished: _nothing,
    c.SignalBroadcast: _nothing,
    c.ProcessCalled: _called,
    c.CallEnded: _call_ended,
    c.CallCanceled: _call_ended,
    c.ThrownToCaller: _nothing,
    c.DecisionEvaluated: _decision_evaluated,
    c.IncidentRaised: _incident_raised,
    c.IncidentResolved: _incident_resolved,
}
