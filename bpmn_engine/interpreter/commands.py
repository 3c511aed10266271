"""What each command does first. A handler checks everything, rejects what is wrong, and only then emits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from bpmn_engine.elements import Execution
from bpmn_engine.elements.catching import Thrown, throw
from bpmn_engine.elements.listeners import listened
from bpmn_engine.elements.subprocesses.ad_hoc import AdHocSubProcess
from bpmn_engine.elements.subprocesses.call_activity import CallActivity
from bpmn_engine.elements.tasks import transition
from bpmn_engine.errors import Conflict, Failure, InvalidArgument, NotFound, Rejected
from bpmn_engine.instance import changes as c
from bpmn_engine.instance import commands as q
from bpmn_engine.instance.state import (
    Call,
    Incident,
    Job,
    JobKind,
    JobState,
    Subscription,
    Timer,
    Token,
    TokenState,
    Transition,
    UserTask,
)
from bpmn_engine.instance.variables import json_variables
from bpmn_engine.interpreter.migrate import migrate
from bpmn_engine.interpreter.modify import modify

W = TypeVar("W", Job, UserTask, Timer, Subscription, Call, Incident)

#: Pauses between tries of a job whose diagram says nothing: 1, 2, 4 ... seconds, at most this.
MAX_PAUSE = timedelta(minutes=5)


def _wait(run: Execution, kind: type[W], key: int, what: str) -> W:
    wait = run.instance.waits.get(key)
    if not isinstance(wait, kind):
        raise NotFound(f"There is no {what} with key {key}, or it has ended.")
    return wait


def handle(run: Execution, command: q.Command) -> None:
    """Do what a command says first; raise `Rejected`, with nothing changed, if that is not possible."""
    if run.instance.suspended and not isinstance(command, _WHILE_SUSPENDED):
        raise Conflict(f"The process instance {run.instance.key} is suspended; resume it first.")
    before = run.instance.snapshot() if isinstance(command, _ALL_OR_NOTHING) else None
    try:
        HANDLERS[type(command)](run, command)
    except (Rejected, Failure) as refused:
        if before is not None:
            for name in run.instance.__slots__:
                setattr(run.instance, name, getattr(before, name))
        raise Conflict(refused.message) if isinstance(refused, Failure) else refused from None


def _start_instance(run: Execution, command: q.StartInstance) -> None:
    instance, process = run.instance, run.process
    variables = json_variables(command.variables)
    starts = [_start_element(run, element_id) for element_id in command.start_at]
    run.emit(c.InstanceStarted(run.now, command.business_id, command.tags, command.start_key))
    run.emit(c.TokenCreated(run.now, instance.key, process.id, 0, TokenState.ACTIVATING, None))
    run.write_locals(instance.key, variables)
    if process.root.initial:
        root = instance.tokens[instance.key]
        initial = run.mapped(root, process.root.initial, {})
        run.write_locals(instance.key, {name: value for name, value in initial.items() if name not in variables})
    if starts or command.triggered:
        triggered = process.elements[command.triggered] if command.triggered else None
        process.scope.begin_at(run, instance.tokens[instance.key], triggered, starts)


def _start_element(run: Execution, element_id: str) -> Any:
    element = run.process.elements.get(element_id)
    if element is None:
        raise InvalidArgument(f"The process '{run.process.id}' has no element '{element_id}'.")
    if element.node.container != run.process.id or element.node.tag == "boundaryEvent" or element.node.by_event:
        raise InvalidArgument(f"An instance cannot start at '{element_id}'; choose an element on the process level.")
    return element


def _cancel_instance(run: Execution, command: q.CancelInstance) -> None:
    run.terminate(run.instance.tokens[run.instance.key])


def _continue(run: Execution, command: q.Continue) -> None:
    """The agenda does it."""


def _halt_run(run: Execution, command: q.HaltRun) -> None:
    for key in list(run.instance.ready):
        token = run.instance.tokens[key]
        run.incident(
            token,
            Failure(
                "UNKNOWN",
                f"{run.element(token).label}: the instance has entered {command.entered:,} elements without ever "
                "waiting for anything; a loop in the diagram may have no end. Correct it and migrate the instance, or "
                "resolve this incident to let it run as far again (setting run_limit).",
            ),
        )


def _complete_job(run: Execution, command: q.CompleteJob) -> None:
    job = _job(run, command.job_key)
    variables = json_variables(command.variables)
    if job.kind is JobKind.TASK_LISTENER:
        transition.answered(run, job, command.denied, command.corrections)
        return
    if command.denied is not None or command.corrections:
        raise InvalidArgument("Only a task listener can deny or correct something.")
    run.emit(c.JobCompleted(run.now, job.key))
    if job.kind is JobKind.EXECUTION_LISTENER:
        listened(run, job, variables)
    else:
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
    if job.kind is JobKind.TASK_LISTENER:
        raise InvalidArgument("A task listener cannot throw an error; it can deny, or fail its job.")
    thrown = Thrown("errorEventDefinition", command.code, command.message, variables)
    if throw(run, token, thrown) is not None:
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
    task = _task(run, command.task_key)
    transition.ask(run, task, Transition("completing", variables=json_variables(command.variables)))


def _task(run: Execution, key: int) -> UserTask:
    """A user task whose listeners are not at work."""
    task = _wait(run, UserTask, key, "user task")
    if task.transition is not None:
        raise Conflict(f"The user task {key} is {task.transition.event}: its listeners have not answered yet.")
    return task


def _assign_user_task(run: Execution, command: q.AssignUserTask) -> None:
    task = _task(run, command.task_key)
    taken = task.assignee not in (None, command.assignee)
    if command.assignee is not None and taken and not command.allow_override:
        raise Conflict(f"The user task {task.key} is assigned to '{task.assignee}' already.")
    transition.ask(run, task, Transition("assigning", {"assignee": command.assignee}))


def _update_user_task(run: Execution, command: q.UpdateUserTask) -> None:
    task = _task(run, command.task_key)
    priority = command.changes.get("priority", task.priority)
    if not 0 <= priority <= 100:
        raise InvalidArgument(f"The priority is {priority}; expected a number from 0 to 100.")
    transition.ask(run, task, Transition("updating", command.changes))


def _trigger_timer(run: Execution, command: q.TriggerTimer) -> None:
    _trigger(run, _wait(run, Timer, command.timer_key, "timer"), {})


def _correlate(run: Execution, command: q.CorrelateMessage | q.CatchSignal) -> None:
    variables = json_variables(command.variables)
    _trigger(run, _wait(run, Subscription, command.subscription_key, "subscription"), variables)


def _trigger(run: Execution, wait: Timer | Subscription, variables: dict[str, Any]) -> None:
    token = run.instance.tokens[wait.token_key]
    run.process.elements[wait.element_id].trigger(run, token, wait, variables)


def _complete_call(run: Execution, command: q.CompleteCall) -> None:
    call = _wait(run, Call, command.call_key, "call")
    token = run.instance.tokens[call.token_key]
    activity = run.element(token)
    assert isinstance(activity, CallActivity)
    run.emit(c.CallEnded(call.key))
    activity.returned(run, token, command.variables)


def _call_terminated(run: Execution, command: q.CallTerminated) -> None:
    """The called instance was cancelled by itself: the call activity cannot go on, an operator must say how."""
    call = _wait(run, Call, command.call_key, "call")
    token = run.instance.tokens[call.token_key]
    run.emit(c.CallEnded(call.key))
    label = run.element(token).label
    run.incident(token, Failure("CALLED_ELEMENT_ERROR", f"{label}: the called instance {call.key} was cancelled."))


def _report_lost_call(run: Execution, command: q.ReportLostCall) -> None:
    token = run.instance.tokens[command.token_key]
    label = run.element(token).label
    message = (
        f"{label}: the called instance {command.call_key} has ended ({command.what}), but this activity does not wait "
        "for it. Run `bpmn db check`; resolving this incident repeats the call."
    )
    run.incident(token, Failure("CALLED_ELEMENT_ERROR", message))


def _report_stuck(run: Execution, command: q.ReportStuck) -> None:
    token = run.instance.tokens[command.token_key]
    message = f"{run.element(token).label}: {command.message}"
    run.incident(token, Failure(command.error_type, message), command.job_key)


def _renew_wait(run: Execution, command: q.RenewWait) -> None:
    """As when the token became active, for this event alone; a timer runs from now on."""
    token, event = run.instance.tokens[command.token_key], run.process.elements[command.element_id]
    try:
        armed = event.arm(run, token)
    except Failure as failure:
        raise Conflict(failure.message) from None
    for key in list(token.waits or ()):
        if run.instance.waits[key].element_id == event.id:
            run.cancel_wait(key)
    run.open(armed)


def _catch_from_call(run: Execution, command: q.CatchFromCall) -> None:
    call = _wait(run, Call, command.call_key, "call")
    thrown = Thrown(command.definition, command.code, command.message, command.variables)
    throw(run, run.instance.tokens[call.token_key], thrown)


def _activate_ad_hoc(run: Execution, command: q.ActivateAdHoc) -> None:
    token = run.instance.tokens.get(command.token_key)
    scope = run.element(token) if token is not None else None
    if token is None or not isinstance(scope, AdHocSubProcess) or token.state is not TokenState.ACTIVE:
        raise NotFound(f"There is no active ad-hoc sub-process with key {command.token_key}.")
    try:
        elements = [(scope.choice(name), json_variables(variables)) for name, variables in command.elements]
    except Failure as failure:
        raise InvalidArgument(failure.message) from None
    if not elements:
        raise InvalidArgument("Name at least one element to activate.")
    if command.cancel_remaining:
        run.terminate_children(token)
        run.moved.pop(token.key, None)
    scope.begin(run, token, elements)


def _suspend(run: Execution, command: q.Suspend) -> None:
    run.emit(c.InstanceSuspended(run.now))


def _resume(run: Execution, command: q.Resume) -> None:
    if not run.instance.suspended:
        raise Conflict(f"The process instance {run.instance.key} is not suspended.")
    run.emit(c.InstanceResumed(run.now))


def _resolve_incident(run: Execution, command: q.ResolveIncident) -> None:
    incident = _wait(run, Incident, command.incident_key, "incident")
    job = run.instance.waits.get(incident.job_key or 0)
    if isinstance(job, Job):
        if job.retries < 1:
            raise Conflict(f"The job {job.key} has no retries left; give it some first.")
        run.emit(c.JobReleased(run.now, job.key))
    run.emit(c.IncidentResolved(run.now, incident.key))
    token = run.instance.tokens[incident.token_key]
    if token.state is TokenState.WAITING:
        run.moved[token.scope_key] = None
    elif token.state is TokenState.ACTIVE and not isinstance(job, Job):
        _retry_active(run, token)


def _retry_active(run: Execution, token: Token) -> None:
    """An ad-hoc sub-process looks again; an element that has lost what it waited for begins anew."""
    if _waits_for_nothing(run, token):
        for key in list(token.waits or ()):
            run.cancel_wait(key)
        run.emit(c.TokenActivating(token.key))
    else:
        run.moved[token.key] = None


def _waits_for_nothing(run: Execution, token: Token) -> bool:
    """Whether neither the element itself waits for something nor anything runs inside it; it is no scope."""
    element = run.element(token)
    if isinstance(element, CallActivity):
        return True
    waits = {run.instance.waits[key].element_id for key in token.waits or ()}
    inside = token.children or element.content or element.activity is not None
    return not inside and waits <= {event.id for event in element.catchers}


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
    q.HaltRun: _halt_run,
    q.CompleteJob: _complete_job,
    q.FailJob: _fail_job,
    q.ThrowJobError: _throw_job_error,
    q.UpdateJobRetries: _update_job_retries,
    q.CompleteUserTask: _complete_user_task,
    q.AssignUserTask: _assign_user_task,
    q.UpdateUserTask: _update_user_task,
    q.TriggerTimer: _trigger_timer,
    q.CorrelateMessage: _correlate,
    q.CatchSignal: _correlate,
    q.CompleteCall: _complete_call,
    q.CallTerminated: _call_terminated,
    q.CatchFromCall: _catch_from_call,
    q.ReportLostCall: _report_lost_call,
    q.ReportStuck: _report_stuck,
    q.RenewWait: _renew_wait,
    q.ActivateAdHoc: _activate_ad_hoc,
    q.Suspend: _suspend,
    q.Resume: _resume,
    q.ModifyInstance: modify,
    q.MigrateInstance: migrate,
    q.ResolveIncident: _resolve_incident,
    q.SetVariables: _set_variables,
}

#: What still works: results are taken in, the tokens move on when the instance is resumed.
_WHILE_SUSPENDED = (
    q.Resume, q.CancelInstance, q.SetVariables, q.CompleteJob, q.FailJob, q.ThrowJobError, q.UpdateJobRetries,
    q.ResolveIncident, q.CompleteCall, q.CallTerminated, q.CatchFromCall, q.ReportLostCall, q.ReportStuck,
    q.RenewWait, q.ModifyInstance, q.MigrateInstance,
)  # fmt: skip
#: What emits before all of it is checked: on a refusal the instance is put back.
_ALL_OR_NOTHING = (q.ModifyInstance, q.MigrateInstance)
