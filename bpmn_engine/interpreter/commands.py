"""The first part of each command: check everything, reject what is wrong, and only then emit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from bpmn_engine.elements import Step
from bpmn_engine.elements.catching import throw
from bpmn_engine.elements.listeners import listened
from bpmn_engine.elements.subprocesses.ad_hoc import AdHocSubProcess
from bpmn_engine.elements.subprocesses.call_activity import CallActivity
from bpmn_engine.elements.subprocesses.process import ProcessScope
from bpmn_engine.elements.tasks import transition
from bpmn_engine.elements.tasks.retries import retry_delay
from bpmn_engine.elements.thrown import Thrown
from bpmn_engine.errors import Conflict, Failure, InvalidArgument, NotFound, Rejected
from bpmn_engine.instance import changes, commands
from bpmn_engine.instance.state import (
    Call,
    Incident,
    Job,
    JobKind,
    JobState,
    Kind,
    Subscription,
    TaskTransition,
    Timer,
    Token,
    TokenState,
    UserTask,
)
from bpmn_engine.instance.variables import json_variables
from bpmn_engine.interpreter.migrate import migrate
from bpmn_engine.interpreter.modify import modify

W = TypeVar("W", Job, UserTask, Timer, Subscription, Call, Incident)


def _wait(step: Step, wait_type: type[W], key: int, kind: Kind) -> W:
    wait = step.instance.waits.get(key)
    if not isinstance(wait, wait_type):
        raise NotFound(f"There is no {kind} with key {key}, or it has ended.")
    return wait


def handle(step: Step, command: commands.Command) -> None:
    """Do what a command says first; raise `Rejected`, with nothing changed, if that is not possible."""
    if step.instance.suspended and not isinstance(command, _WHILE_SUSPENDED):
        raise Conflict(f"The process instance {step.instance.key} is suspended; resume it first.")
    before = step.instance.snapshot() if isinstance(command, _ALL_OR_NOTHING) else None
    try:
        HANDLERS[type(command)](step, command)
    except (Rejected, Failure) as refused:
        if before is not None:
            for name in step.instance.__slots__:
                setattr(step.instance, name, getattr(before, name))
        raise Conflict(refused.message) if isinstance(refused, Failure) else refused from None


def _start_instance(step: Step, command: commands.StartInstance) -> None:
    instance, process = step.instance, step.process
    variables = json_variables(command.variables)
    starts = [_start_element(step, element_id) for element_id in command.start_at]
    step.emit(changes.InstanceStarted(step.now, command.business_id, command.tags, command.start_key))
    step.emit(changes.TokenCreated(step.now, instance.key, process.id, 0, TokenState.ACTIVATING, None))
    triggered = process.elements[command.triggered] if command.triggered else None
    local: commands.Variables = {}
    if triggered is not None and triggered.outputs:  # they say what comes into the process
        local, variables = variables, {}
    step.write_locals(instance.key, variables)
    root = process.root
    assert isinstance(root, ProcessScope)
    if root.initial:
        initial = step.mapped(instance.tokens[instance.key], root.initial, {})
        step.write_locals(instance.key, {name: value for name, value in initial.items() if name not in variables})
    if starts or triggered is not None:
        begun = [(triggered, local)] if triggered is not None else []
        root.begin_at(step, instance.tokens[instance.key], begun, starts)


def _start_element(step: Step, element_id: str) -> Any:
    element = step.process.elements.get(element_id)
    if element is None:
        raise InvalidArgument(f"The process '{step.process.id}' has no element '{element_id}'.")
    if element.node.container != step.process.id or element.node.is_boundary or element.node.triggered_by_event:
        raise InvalidArgument(f"An instance cannot start at '{element_id}'; choose an element on the process level.")
    return element


def _cancel_instance(step: Step, command: commands.CancelInstance) -> None:
    if step.instance.parent_key is not None and not command.by_caller:
        raise Conflict(
            f"The process instance {step.instance.key} was called. Cancel the instance {step.instance.root_key} that "
            f"began it all, or modify its caller {step.instance.parent_key}."
        )
    step.terminate(step.instance.tokens[step.instance.key])


def _continue(step: Step, command: commands.Continue) -> None:
    """The agenda does it."""


def _halt_run(step: Step, command: commands.HaltRun) -> None:
    for key in list(step.instance.ready):
        token = step.instance.tokens[key]
        step.incident(
            token,
            Failure(
                "UNKNOWN",
                f"{step.element(token).label}: the instance has entered {command.entered:,} elements without ever "
                "waiting for anything; a loop in the diagram may have no end. Correct it and migrate the instance, or "
                "resolve this incident to let it run as far again (setting run_limit).",
            ),
        )


def _complete_job(step: Step, command: commands.CompleteJob) -> None:
    job = _job(step, command.job_key)
    variables = json_variables(command.variables)
    if job.kind is JobKind.TASK_LISTENER:
        transition.answered(step, job, command.denied, command.corrections)
        return
    if command.denied is not None or command.corrections:
        raise InvalidArgument("Only a task listener can deny or correct something.")
    step.emit(changes.JobCompleted(step.now, job.key))
    if job.kind is JobKind.EXECUTION_LISTENER:
        listened(step, job, variables)
    else:
        step.complete_with(step.instance.tokens[job.token_key], variables)


def _job(step: Step, key: int) -> Job:
    """A job that is still to be done."""
    job = _wait(step, Job, key, Kind.JOB)
    if job.state is not JobState.CREATED:
        raise Conflict(f"The job {key} is {job.state.value}; give it retries and resolve its incident first.")
    return job


def _fail_job(step: Step, command: commands.FailJob) -> None:
    job = _job(step, command.job_key)
    token = step.instance.tokens[job.token_key]
    variables = json_variables(command.variables)
    for name, value in variables.items():
        step.write_local(token.key, name, value)
    retries = max(command.retries, 0)
    pause = command.backoff if command.backoff is not None else retry_delay(step, job, retries)
    step.emit(changes.JobFailed(step.now, job.key, retries, command.message, step.now + pause))
    if not retries:
        message = command.message or f"The job of type '{job.type}' failed and has no retries left."
        step.incident(token, Failure("JOB_NO_RETRIES", message), job.key)


def _throw_job_error(step: Step, command: commands.ThrowJobError) -> None:
    job = _job(step, command.job_key)
    variables = json_variables(command.variables)
    token = step.instance.tokens[job.token_key]
    if job.kind is JobKind.TASK_LISTENER:
        raise InvalidArgument("A task listener cannot throw an error; it can deny, or fail its job.")
    thrown = Thrown("errorEventDefinition", command.code, command.message, variables)
    if throw(step, token, thrown) is not None:
        return
    step.emit(changes.JobErrorThrown(step.now, job.key, command.code, command.message))
    label = step.element(token).label
    reason = f" ({command.message})" if command.message else ""
    step.incident(
        token,
        Failure("UNHANDLED_ERROR_EVENT", f"{label}: no event catches the error '{command.code}'{reason}."),
        job.key,
    )


def _update_job_retries(step: Step, command: commands.UpdateJobRetries) -> None:
    job = _wait(step, Job, command.job_key, Kind.JOB)
    if command.retries < 1:
        raise InvalidArgument("The number of retries must be 1 or more.")
    step.emit(changes.JobRetriesUpdated(job.key, command.retries))


def _complete_user_task(step: Step, command: commands.CompleteUserTask) -> None:
    task = _task(step, command.task_key)
    transition.ask(step, task, TaskTransition("completing", variables=json_variables(command.variables)))


def _task(step: Step, key: int) -> UserTask:
    """A user task whose listeners are not at work."""
    task = _wait(step, UserTask, key, Kind.USER_TASK)
    if task.transition is not None:
        raise Conflict(f"The user task {key} is {task.transition.event}: its listeners have not answered yet.")
    return task


def _assign_user_task(step: Step, command: commands.AssignUserTask) -> None:
    task = _task(step, command.task_key)
    taken = task.assignee not in (None, command.assignee)
    if command.assignee is not None and taken and not command.allow_override:
        raise Conflict(f"The user task {task.key} is assigned to '{task.assignee}' already.")
    transition.ask(step, task, TaskTransition("assigning", {"assignee": command.assignee}))


def _update_user_task(step: Step, command: commands.UpdateUserTask) -> None:
    task = _task(step, command.task_key)
    priority = command.changes.get("priority", task.priority)
    if not 0 <= priority <= 100:
        raise InvalidArgument(f"The priority is {priority}; expected a number from 0 to 100.")
    transition.ask(step, task, TaskTransition("updating", command.changes))


def _trigger_timer(step: Step, command: commands.TriggerTimer) -> None:
    _trigger(step, _wait(step, Timer, command.timer_key, Kind.TIMER), {})


def _correlate(step: Step, command: commands.CorrelateMessage | commands.CatchSignal) -> None:
    variables = json_variables(command.variables)
    _trigger(step, _wait(step, Subscription, command.subscription_key, Kind.SUBSCRIPTION), variables)


def _trigger(step: Step, wait: Timer | Subscription, variables: dict[str, Any]) -> None:
    token = step.instance.tokens[wait.token_key]
    step.process.catcher(wait.element_id).trigger(step, token, wait, variables)


def _complete_call(step: Step, command: commands.CompleteCall) -> None:
    call = _wait(step, Call, command.call_key, Kind.CALL)
    token = step.instance.tokens[call.token_key]
    activity = step.element(token)
    assert isinstance(activity, CallActivity)
    step.emit(changes.CallEnded(step.now, call.key))
    activity.returned(step, token, command.variables)


def _call_terminated(step: Step, command: commands.CallTerminated) -> None:
    """Stop the call activity with an incident: its called instance was cancelled, and an operator must decide."""
    call = _wait(step, Call, command.call_key, Kind.CALL)
    token = step.instance.tokens[call.token_key]
    step.emit(changes.CallEnded(step.now, call.key))
    label = step.element(token).label
    step.incident(token, Failure("CALLED_ELEMENT_ERROR", f"{label}: the called instance {call.key} was cancelled."))


def _report_lost_call(step: Step, command: commands.ReportLostCall) -> None:
    token = step.instance.tokens[command.token_key]
    label = step.element(token).label
    message = (
        f"{label}: the called instance {command.call_key} has ended ({command.what}), but this activity does not wait "
        "for it. Run `bpmn db check`; resolving this incident repeats the call."
    )
    step.incident(token, Failure("CALLED_ELEMENT_ERROR", message))


def _report_stuck(step: Step, command: commands.ReportStuck) -> None:
    token = step.instance.tokens[command.token_key]
    message = f"{step.element(token).label}: {command.message}"
    step.incident(token, Failure(command.error_type, message), command.job_key)


def _renew_wait(step: Step, command: commands.RenewWait) -> None:
    """As when the token became active, for this event alone; a timer runs from now on."""
    token, event = step.instance.tokens[command.token_key], step.process.catcher(command.element_id)
    try:
        armed = event.arm(step, token)
    except Failure as failure:
        raise Conflict(failure.message) from None
    for key in list(token.waits or ()):
        if step.instance.waits[key].element_id == event.id:
            step.cancel_wait(key)
    step.open(armed)


def _catch_from_call(step: Step, command: commands.CatchFromCall) -> None:
    call = _wait(step, Call, command.call_key, Kind.CALL)
    thrown = Thrown(command.definition, command.code, command.message, command.variables)
    throw(step, step.instance.tokens[call.token_key], thrown)


def _activate_ad_hoc(step: Step, command: commands.ActivateAdHoc) -> None:
    token = step.instance.tokens.get(command.token_key)
    scope = step.element(token) if token is not None else None
    if token is None or not isinstance(scope, AdHocSubProcess) or token.state is not TokenState.ACTIVE:
        raise NotFound(f"There is no active ad-hoc sub-process with key {command.token_key}.")
    try:
        elements = [(scope.choice(name), json_variables(variables)) for name, variables in command.elements]
    except Failure as failure:
        raise InvalidArgument(failure.message) from None
    if not elements:
        raise InvalidArgument("Name at least one element to activate.")
    if command.cancel_remaining:
        step.terminate_children(token)
        step.scopes_to_recheck.pop(token.key, None)
    scope.begin(step, token, elements)


def _suspend(step: Step, command: commands.Suspend) -> None:
    step.emit(changes.InstanceSuspended(step.now))


def _resume(step: Step, command: commands.Resume) -> None:
    if not step.instance.suspended:
        raise Conflict(f"The process instance {step.instance.key} is not suspended.")
    step.emit(changes.InstanceResumed(step.now))


def _resolve_incident(step: Step, command: commands.ResolveIncident) -> None:
    incident = _wait(step, Incident, command.incident_key, Kind.INCIDENT)
    job = step.instance.waits.get(incident.job_key or 0)
    if isinstance(job, Job):
        if job.retries < 1:
            raise Conflict(f"The job {job.key} has no retries left; give it some first.")
        step.emit(changes.JobReleased(step.now, job.key))
    step.emit(changes.IncidentResolved(step.now, incident.key))
    token = step.instance.tokens[incident.token_key]
    if token.state is TokenState.WAITING:
        step.scopes_to_recheck[token.scope_key] = None
    elif token.state is TokenState.ACTIVE and not isinstance(job, Job):
        _retry_active(step, token)


def _retry_active(step: Step, token: Token) -> None:
    """An ad-hoc sub-process looks again; an element that has lost what it waited for begins anew."""
    if _waits_for_nothing(step, token):
        for key in list(token.waits or ()):
            step.cancel_wait(key)
        step.emit(changes.TokenActivating(token.key))
    else:
        step.scopes_to_recheck[token.key] = None


def _waits_for_nothing(step: Step, token: Token) -> bool:
    """Whether neither the element itself waits for something nor anything runs inside it; it is no scope."""
    element = step.element(token)
    if isinstance(element, CallActivity):
        return True
    waits = {step.instance.waits[key].element_id for key in token.waits or ()}
    inside = token.children or element.content or element.activity is not None
    return not inside and waits <= {event.id for event in element.catchers}


def _set_variables(step: Step, command: commands.SetVariables) -> None:
    scope_key = command.scope_key or step.instance.key
    if scope_key not in step.instance.tokens:
        raise NotFound(f"There is no active element instance with key {scope_key}.")
    variables = json_variables(command.variables)
    if not command.local:
        step.write(scope_key, variables)
        return
    for name, value in variables.items():
        step.write_local(scope_key, name, value)


HANDLERS: dict[type[commands.Command], Callable[[Step, Any], None]] = {
    commands.StartInstance: _start_instance,
    commands.CancelInstance: _cancel_instance,
    commands.Continue: _continue,
    commands.HaltRun: _halt_run,
    commands.CompleteJob: _complete_job,
    commands.FailJob: _fail_job,
    commands.ThrowJobError: _throw_job_error,
    commands.UpdateJobRetries: _update_job_retries,
    commands.CompleteUserTask: _complete_user_task,
    commands.AssignUserTask: _assign_user_task,
    commands.UpdateUserTask: _update_user_task,
    commands.TriggerTimer: _trigger_timer,
    commands.CorrelateMessage: _correlate,
    commands.CatchSignal: _correlate,
    commands.CompleteCall: _complete_call,
    commands.CallTerminated: _call_terminated,
    commands.CatchFromCall: _catch_from_call,
    commands.ReportLostCall: _report_lost_call,
    commands.ReportStuck: _report_stuck,
    commands.RenewWait: _renew_wait,
    commands.ActivateAdHoc: _activate_ad_hoc,
    commands.Suspend: _suspend,
    commands.Resume: _resume,
    commands.ModifyInstance: modify,
    commands.MigrateInstance: migrate,
    commands.ResolveIncident: _resolve_incident,
    commands.SetVariables: _set_variables,
}

#: What still works: results are taken in, the tokens move on when the instance is resumed.
_WHILE_SUSPENDED = (
    commands.Resume,
    commands.CancelInstance,
    commands.SetVariables,
    commands.CompleteJob,
    commands.FailJob,
    commands.ThrowJobError,
    commands.UpdateJobRetries,
    commands.ResolveIncident,
    commands.CompleteCall,
    commands.CallTerminated,
    commands.CatchFromCall,
    commands.ReportLostCall,
    commands.ReportStuck,
    commands.RenewWait,
    commands.ModifyInstance,
    commands.MigrateInstance,
)
#: What emits before all of it is checked: on a refusal the instance is put back.
_ALL_OR_NOTHING = (commands.ModifyInstance, commands.MigrateInstance)
