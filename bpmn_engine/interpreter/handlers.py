"""What each command does first. A handler checks everything, rejects what is wrong, and only then emits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from bpmn_engine.elements import Execution
from bpmn_engine.errors import Conflict, Failure, InvalidArgument, NotFound
from bpmn_engine.instance import changes as c
from bpmn_engine.instance import commands as q
from bpmn_engine.instance.state import (
    Incident,
    Job,
    JobState,
    Subscription,
    Timer,
    TokenState,
    UserTask,
)
from bpmn_engine.instance.variables import json_variables

W = TypeVar("W", Job, UserTask, Timer, Subscription, Incident)

#: Pauses between tries of a job whose diagram says nothing: 1, 2, 4 ... seconds, at most this.
MAX_PAUSE = timedelta(minutes=5)


def _wait(run: Execution, kind: type[W], key: int, what: str) -> W:
    wait = run.instance.waits.get(key)
    if not isinstance(wait, kind):
        raise NotFound(f"There is no {what} with key {key}, or it has ended.")
    return wait


def _start_instance(run: Execution, command: q.StartInstance) -> None:
    instance, process = run.instance, run.process
    variables = json_variables(command.variables)
    starts = [_start_element(run, element_id) for element_id in command.start_at]
    run.emit(c.InstanceStarted(run.now, command.business_id, command.tags, command.start_key))
    run.emit(c.TokenCreated(run.now, instance.key, process.id, 0, TokenState.ACTIVATING, None))
    for name, value in variables.items():
        run.write_local(instance.key, name, value)
    if starts:
        run.emit(c.TokenActivated(instance.key))
        for element in starts:
            run.enter(element, instance.key)


def _start_element(run: Execution, element_id: str) -> Any:
    element = run.process.elements.get(element_id)
    if element is None:
        raise InvalidArgument(f"The process '{run.process.id}' has no element '{element_id}'.")
    if element.node.container != run.process.id or element.node.tag == "boundaryEvent":
        raise InvalidArgument(f"An instance cannot start at '{element_id}'; choose an element on the process level.")
    return element


def _cancel_instance(run: Execution, command: q.CancelInstance) -> None:
    run.terminate(run.instance.tokens[run.instance.key])


def _continue(run: Execution, command: q.Continue) -> None:
    """The agenda does it."""


def _complete_job(run: Execution, command: q.CompleteJob) -> None:
    job = _job(run, command.job_key)
    variables = json_variables(command.variables)
    run.emit(c.JobCompleted(run.now, job.key))
    run.finish(run.instance.tokens[job.token_key], variables)


def _job(run: Execution, key: int) -> Job:
    """A job that is still to be done."""
    job = _wait(run, Job, key, "job")
    if job.state is not JobState.CREATED:
        raise Conflict(f"The job {key} is {job.state.value}; give it retries and resolve its incident first.")
    return job


def _fail_job(run: Execution, command: q.FailJob) -> None:
    job = _job(run, command.job_key)
    token = run.instance.tokens[job.token_key]
    variables = json_variables(command.variables)
    for name, value in variables.items():
        run.write_local(token.key, name, value)
    retries = max(command.retries, 0)
    pause = command.backoff if command.backoff is not None else _pause(run, job, retries)
    run.emit(c.JobFailed(run.now, job.key, retries, command.message, run.now + pause))
    if not retries:
        message = command.message or f"The job of type '{job.type}' failed and has no retries left."
        run.incident(token, Failure("JOB_NO_RETRIES", message), job.key)


def _pause(run: Execution, job: Job, retries: int) -> timedelta:
    """How long to wait before the next try: as drawn, else twice as long each time."""
    definition = run.process.elements[job.element_id].node.extensions.job
    failures = max(job.retries - retries, 1)
    if definition and definition.backoff:
        pauses = definition.backoff
        drawn = pauses[min(len(pauses), max(len(pauses) + 1 - retries, 1)) - 1]
        return drawn.after(run.now) - run.now
    return min(timedelta(seconds=2 ** (failures - 1)), MAX_PAUSE)


def _throw_job_error(run: Execution, command: q.ThrowJobError) -> None:
    job = _job(run, command.job_key)
    variables = json_variables(command.variables)
    token = run.instance.tokens[job.token_key]
    error = run.error(command.code, command.message, variables)
    if run.throw(token, error):
        return
    run.emit(c.JobErrorThrown(run.now, job.key, command.code, command.message))
    label = run.element(token).label
    reason = f" ({command.message})" if command.message else ""
    run.incident(
        token,
        Failure("UNHANDLED_ERROR_EVENT", f"{label}: no event catches the error '{command.code}'{reason}."),
        job.key,
    )


def _update_job_retries(run: Execution, command: q.UpdateJobRetries) -> None:
    job = _wait(run, Job, command.job_key, "job")
    if command.retries < 1:
        raise InvalidArgument("The number of retries must be 1 or more.")
    run.emit(c.JobRetriesUpdated(job.key, command.retries))


def _complete_user_task(run: Execution, command: q.CompleteUserTask) -> None:
    task = _wait(run, UserTask, command.task_key, "user task")
    variables = json_variables(command.variables)
    run.emit(c.UserTaskCompleted(run.now, task.key))
    run.finish(run.instance.tokens[task.token_key], variables)


def _assign_user_task(run: Execution, command: q.AssignUserTask) -> None:
    task = _wait(run, UserTask, command.task_key, "user task")
    taken = task.assignee not in (None, command.assignee)
    if command.assignee is not None and taken and not command.allow_override:
        raise Conflict(f"The user task {task.key} is assigned to '{task.assignee}' already.")
    run.emit(c.UserTaskUpdated(run.now, replace(task, assignee=command.assignee)))


def _update_user_task(run: Execution, command: q.UpdateUserTask) -> None:
    task = _wait(run, UserTask, command.task_key, "user task")
    priority = command.changes.get("priority", task.priority)
    if not 0 <= priority <= 100:
        raise InvalidArgument(f"The priority is {priority}; expected a number from 0 to 100.")
    run.emit(c.UserTaskUpdated(run.now, replace(task, **command.changes)))


def _trigger_timer(run: Execution, command: q.TriggerTimer) -> None:
    _trigger(run, _wait(run, Timer, command.timer_key, "timer"), {})


def _correlate_message(run: Execution, command: q.CorrelateMessage) -> None:
    variables = json_variables(command.variables)
    _trigger(run, _wait(run, Subscription, command.subscription_key, "message subscription"), variables)


def _trigger(run: Execution, wait: Timer | Subscription, variables: dict[str, Any]) -> None:
    token = run.instance.tokens[wait.token_key]
    run.process.elements[wait.element_id].trigger(run, token, wait, variables)


def _resolve_incident(run: Execution, command: q.ResolveIncident) -> None:
    incident = _wait(run, Incident, command.incident_key, "incident")
    job = run.instance.waits.get(incident.job_key or 0)
    if isinstance(job, Job):
        if job.retries < 1:
            raise Conflict(f"The job {job.key} has no retries left; give it some first.")
        run.emit(c.JobReleased(run.now, job.key))
    run.emit(c.IncidentResolved(run.now, incident.key))


def _set_variables(run: Execution, command: q.SetVariables) -> None:
    scope_key = command.scope_key or run.instance.key
    if scope_key not in run.instance.tokens:
        raise NotFound(f"There is no active element instance with key {scope_key}.")
    variables = json_variables(command.variables)
    if not command.local:
        run.write(scope_key, variables)
        return
    for name, value in variables.items():
        run.write_local(scope_key, name, value)


HANDLERS: dict[type[q.Command], Callable[[Execution, Any], None]] = {
    q.StartInstance: _start_instance,
    q.CancelInstance: _cancel_instance,
    q.Continue: _continue,
    q.CompleteJob: _complete_job,
    q.FailJob: _fail_job,
    q.ThrowJobError: _throw_job_error,
    q.UpdateJobRetries: _update_job_retries,
    q.CompleteUserTask: _complete_user_task,
    q.AssignUserTask: _assign_user_task,
    q.UpdateUserTask: _update_user_task,
    q.TriggerTimer: _trigger_timer,
    q.CorrelateMessage: _correlate_message,
    q.ResolveIncident: _resolve_incident,
    q.SetVariables: _set_variables,
}
