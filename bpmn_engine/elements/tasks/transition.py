"""The transitions of a user task that its listeners may correct or deny: creating, assigning, updating, completing.

1. While listeners are at work the task has a `transition`, and any other change is a conflict.
2. A listener may correct fields of the task or deny what is asked; a task that is being created cannot be denied.
3. When the last one has agreed the transition happens. A task that is created with an assignee is assigned next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from bpmn_engine.elements.tasks.fields import CORRECTABLE, corrected
from bpmn_engine.elements.tasks.work import new_job
from bpmn_engine.errors import InvalidArgument
from bpmn_engine.instance.changes import Change, JobCompleted, JobCreated, UserTaskCompleted, UserTaskUpdated
from bpmn_engine.instance.state import Job, JobKind, TaskTransition, UserTask

if TYPE_CHECKING:
    from bpmn_engine.elements.element import Element
    from bpmn_engine.elements.step import Step
    from bpmn_engine.model import Listener


def _listeners(element: Element, event: str) -> list[Listener]:
    return [listener for listener in element.node.extensions.listeners if listener.of_task and listener.event == event]


def first(element: Element, task: UserTask) -> UserTask:
    """A new task as it is while its first listeners are asked."""
    if _listeners(element, "creating"):
        return replace(task, assignee=None, transition=TaskTransition("creating", {"assignee": task.assignee}))
    return _assigning(element, task, task.assignee)


def _assigning(element: Element, task: UserTask, assignee: str | None) -> UserTask:
    if assignee is None or not _listeners(element, "assigning"):
        return replace(task, assignee=assignee, transition=None)
    return replace(task, assignee=None, transition=TaskTransition("assigning", {"assignee": assignee}))


def question(step: Step, element: Element, task: UserTask) -> list[Change]:
    """The job for the listener that is to be asked next; none if the task has no transition."""
    if task.transition is None:
        return []
    listener = _listeners(element, task.transition.event)[task.transition.listeners]
    job = new_job(step, step.instance.tokens[task.token_key], listener.job, element.node.extensions)
    return [JobCreated(step.now, replace(job, kind=JobKind.TASK_LISTENER, event=listener.event))]


def ask(step: Step, task: UserTask, asked: TaskTransition) -> None:
    """Ask the listeners; without any it happens at once."""
    element = step.element(step.instance.tokens[task.token_key])
    _tell(step, _next(step, element, task, asked))


def answered(step: Step, job: Job, denied: str | None, corrections: Mapping[str, Any]) -> None:
    """A listener has answered."""
    task = _task_of(step, job)
    asked = task.transition
    assert asked is not None
    wrong = sorted(set(corrections) - CORRECTABLE)
    if wrong:
        raise InvalidArgument(f"A listener cannot correct '{wrong[0]}'; it can {', '.join(sorted(CORRECTABLE))}.")
    if denied is not None and asked.event == "creating":
        raise InvalidArgument("A listener cannot deny that a task is created.")
    element = step.element(step.instance.tokens[task.token_key])
    asked = replace(asked, changes={**asked.changes, **corrected(corrections)}, listeners=asked.listeners + 1)
    outcome = (
        _Outcome(replace(task, transition=None, denied=denied))
        if denied is not None
        else _next(step, element, task, asked)
    )
    step.emit(JobCompleted(step.now, job.key))
    _tell(step, outcome)


def _task_of(step: Step, job: Job) -> UserTask:
    waits = (step.instance.waits[key] for key in step.instance.tokens[job.token_key].waits or ())
    return next(wait for wait in waits if isinstance(wait, UserTask))


class _Outcome(NamedTuple):
    """The task as it will be, the listener to ask about it, and whether it is completed with these variables."""

    task: UserTask
    jobs: tuple[Change, ...] = ()
    completed: Mapping[str, Any] | None = None


def _next(step: Step, element: Element, task: UserTask, asked: TaskTransition) -> _Outcome:
    """Ask the next listener, or let it happen; computes everything and emits nothing."""
    if asked.listeners < len(_listeners(element, asked.event)):
        waiting = replace(task, transition=asked, denied=None)
        return _Outcome(waiting, tuple(question(step, element, waiting)))
    changed = replace(task, **{**asked.changes, "transition": None, "denied": None})
    if asked.event == "completing":
        return _Outcome(changed, completed=asked.variables)
    if asked.event == "creating":
        changed = _assigning(element, changed, changed.assignee)
    return _Outcome(changed, tuple(question(step, element, changed)))


def _tell(step: Step, outcome: _Outcome) -> None:
    if outcome.completed is None or outcome.task != step.instance.waits[outcome.task.key]:
        step.emit(UserTaskUpdated(step.now, outcome.task))
    for change in outcome.jobs:
        step.emit(change)
    if outcome.completed is not None:
        step.emit(UserTaskCompleted(step.now, outcome.task.key))
        step.complete_with(step.instance.tokens[outcome.task.token_key], outcome.completed)
