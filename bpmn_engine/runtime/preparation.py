"""Reads, checks and compiles the files of a deployment before anything is written.

This runs in the caller's thread, a bounded number at a time, and stops when it has taken too long; the loop only writes
the result.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bpmn_engine import xml
from bpmn_engine.dmn import DecisionModel, read_together
from bpmn_engine.elements import ExecutableProcess, Step
from bpmn_engine.errors import Failure, InvalidArgument, InvalidModel, Overloaded, Problem
from bpmn_engine.instance.changes import ConditionOpened, SubscriptionOpened, TimerScheduled
from bpmn_engine.instance.state import Condition, Instance, Subscription, SubscriptionKind, Timer
from bpmn_engine.parser import Limits, Parsed, parse
from bpmn_engine.runtime.catalog import DefinitionCatalog
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.runtime.tuning import computing
from bpmn_engine.store import decisions
from bpmn_engine.store.database import Database

PROCESS, FORM, REQUIREMENTS, OTHER = "process", "form", "decision requirements", "resource"


@dataclass(slots=True)
class Resource:
    """A file to deploy."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be deployed."""

    resource: Resource
    kind: str
    parsed: Parsed | None = None
    form_id: str = ""
    model: DecisionModel | None = None

    @property
    def warnings(self) -> tuple[Problem, ...]:
        if self.model is not None:
            return tuple(problem for problem in self.model.problems if problem.severity != "error")
        return tuple(self.parsed.warnings) if self.parsed else ()


class Preparation:
    """Prepares deployments for one engine. Safe to use from any thread."""

    def __init__(self, database: Database, definitions: DefinitionCatalog, settings: Settings) -> None:
        self.database, self.definitions, self.settings = database, definitions, settings
        self._places = threading.BoundedSemaphore(settings.deployments_at_once)

    def prepare(self, resources: Iterable[Resource], now: datetime) -> tuple[Checked, ...]:
        """Check all files; raise `InvalidModel` with all their problems, `InvalidArgument` or `Overloaded`."""
        resources = list(resources)
        if not resources:
            raise InvalidArgument("There is no file in this deployment.")
        with self._place(), computing(), self.database.read() as connection:
            checked = _Check(connection, self.definitions, self.settings).all(resources)
        for file in checked:
            for process in file.parsed.processes if file.parsed else ():
                start_waits(process, 0, count(), now)
        return tuple(checked)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=self.settings.request_timeout.total_seconds()):
            raise Overloaded("Too many deployments are under way (setting deployments_at_once); try again later.")
        try:
            yield
        finally:
            self._places.release()


class _Check:
    """Checks the files of one deployment."""

    def __init__(self, connection: Connection, definitions: DefinitionCatalog, settings: Settings) -> None:
        self.connection, self.definitions, self.settings = connection, definitions, settings
        self.deadline = time.monotonic() + settings.deployment_timeout.total_seconds()

    def all(self, resources: list[Resource]) -> list[Checked]:
        """The files in the order in which they are to be written."""
        checked, problems = [], []
        models, unread = self._models([resource for resource in resources if _is_decision(resource)])
        order = {name: position for position, name in enumerate(models)}
        for resource in sorted(resources, key=lambda file: order.get(file.name, -1)):
            self._look_at_the_clock()
            try:
                if not _is_decision(resource):
                    checked.append(_check(resource, self.settings.limits))
                elif resource.name in models:
                    checked.append(_check_decisions(resource, models[resource.name]))
            except InvalidModel as error:
                problems += [_named(problem, resource.name) for problem in error.problems]
        if problems or unread:
            raise InvalidModel([*unread, *problems])
        name = [(file.resource.name, file) for file in checked]
        _refuse_twins("process", [(it.id, at) for at, file in name if file.parsed for it in file.parsed.processes])
        _refuse_twins("decision", [(it.id, at) for at, file in name if file.model for it in file.model.decisions])
        _refuse_twins("form", [(file.form_id, at) for at, file in name if file.form_id])
        return checked

    def _look_at_the_clock(self) -> None:
        if time.monotonic() > self.deadline:
            seconds = self.settings.deployment_timeout.total_seconds()
            raise InvalidArgument(
                f"Reading this deployment takes longer than {seconds:g} s (setting deployment_timeout). Deploy its "
                "files in several parts."
            )

    def _models(self, resources: list[Resource]) -> tuple[dict[str, DecisionModel], list[Problem]]:
        """The decision models of a deployment, imported ones first, and why some cannot be read at all."""
        files = {resource.name: resource.content for resource in resources}
        try:
            return read_together(files, self._deployed_model), []
        except InvalidModel as error:
            return {}, [_named(problem, error.resource_name) for problem in error.problems]

    def _deployed_model(self, namespace: str) -> DecisionModel | None:
        key = decisions.requirements_of(self.connection, namespace)
        return None if key is None else self.definitions.decisions.compiled(self.connection, key).model


def _refuse_twins(what: str, found: list[tuple[str, str]]) -> None:
    """Refuse a deployment in which an id is there twice; `found` are ids with the names of their files."""
    files: dict[str, list[str]] = {}
    for key, file in found:
        files.setdefault(key, []).append(file)
    for key, names in sorted(files.items()):
        if len(names) > 1:
            hint = "Give it another id in one of them, or leave that file out."
            raise InvalidArgument(f"The {what} '{key}' is in this deployment twice: in {' and '.join(names)}. {hint}")


def kind_of(name: str, content: bytes) -> str:
    """The kind of a file: by its content, whatever it is called; by its name if the content says nothing."""
    namespace = xml.root_namespace(content)
    if namespace == xml.BPMN:
        return PROCESS
    if namespace.startswith(xml.DMN):
        return REQUIREMENTS
    if _is_form(content):
        return FORM
    ending = Path(name.lower()).suffix
    return {".bpmn": PROCESS, ".dmn": REQUIREMENTS, ".form": FORM}.get(ending, _by_long_ending(name))


def _by_long_ending(name: str) -> str:
    return PROCESS if name.lower().endswith(".bpmn20.xml") else OTHER


def _is_form(content: bytes) -> bool:
    if not content.lstrip().startswith(b"{"):
        return False
    try:
        form = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(form.get("components"), list) and "id" in form


def _is_decision(resource: Resource) -> bool:
    return kind_of(resource.name, resource.content) == REQUIREMENTS


def _check_decisions(resource: Resource, model: DecisionModel) -> Checked:
    errors = [problem for problem in model.problems if problem.severity == "error"]
    if errors:
        raise InvalidModel(errors)
    if not model.id:
        hint = "Give <definitions> an id; it names the model."
        raise InvalidModel([Problem("decision", "The decision model has neither an id nor a name.", hint=hint)])
    return Checked(resource, REQUIREMENTS, model=model)


def _named(problem: Problem, name: str) -> Problem:
    message = f"{name}: {problem.message}" if name else problem.message
    return Problem(
        problem.rule, message, problem.element_id, problem.element_name, problem.line, problem.hint, problem.severity
    )


def _check(resource: Resource, limits: Limits) -> Checked:
    kind = kind_of(resource.name, resource.content)
    if kind == PROCESS:
        return Checked(resource, PROCESS, parsed=parse(resource.content, limits=limits))
    if kind == FORM:
        return Checked(resource, FORM, form_id=_form_id(resource))
    return Checked(resource, OTHER)


def _form_id(resource: Resource) -> str:
    try:
        form = json.loads(resource.content)
        form_id = form["id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidModel([Problem("form", "This is not a form: expected a JSON object with an 'id'.")]) from None
    return str(form_id)


def start_waits(
    process: ExecutableProcess, definition_key: int, keys: Any, now: datetime
) -> tuple[list[Timer], list[Subscription]]:
    """The waits of a process's start events; raise `InvalidArgument` if they cannot be computed."""
    step = Step(process, Instance(0, definition_key), keys, now)
    timed: list[Timer] = []
    subscribed: list[Subscription] = []
    for element in process.root.content:
        try:
            armed = element.start_waits(step)
        except Failure as failure:
            raise InvalidArgument(f"{element.label}: {failure.message}") from None
        timed += [change.timer for change in armed if isinstance(change, TimerScheduled)]
        subscribed += [change.subscription for change in armed if isinstance(change, SubscriptionOpened)]
        subscribed += [_conditional(change.condition) for change in armed if isinstance(change, ConditionOpened)]
    return timed, subscribed


def _conditional(condition: Condition) -> Subscription:
    """The subscription of a conditional start event, which clients evaluate."""
    return Subscription(condition.key, 0, condition.element_id, "", kind=SubscriptionKind.CONDITION)
