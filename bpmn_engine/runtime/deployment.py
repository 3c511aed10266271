"""Deployment: files become processes, decisions and forms, all or none; unchanged files keep their version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bpmn_engine.dmn import DecisionModel, read_together
from bpmn_engine.elements import ExecutableProcess, Execution
from bpmn_engine.errors import Failure, InvalidArgument, InvalidModel, Problem
from bpmn_engine.instance.changes import ConditionOpened, SubscriptionOpened, TimerScheduled
from bpmn_engine.instance.state import Condition, Instance, Subscription, SubscriptionKind, Timer
from bpmn_engine.parser import Parsed, parse
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.requests import Deploy, Resource
from bpmn_engine.store import decisions, messages, timers, versions
from bpmn_engine.store import definitions as stored

PROCESS, FORM, DECISION, REQUIREMENTS, OTHER = "process", "form", "decision", "decision requirements", "resource"


@dataclass(frozen=True, slots=True)
class Deployed:
    """One thing that a deployment has made or found unchanged; `within` is the model that a decision belongs to."""

    kind: str
    id: str
    version: int
    key: int
    resource_name: str
    name: str | None = None
    within: Deployed | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """The result of a deployment."""

    key: int
    items: tuple[Deployed, ...]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Checked:
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


def deploy(batch: Batch, request: Deploy) -> Deployment:
    """Check all files, then write all; raise `InvalidModel` or `InvalidArgument` with nothing written."""
    if not request.resources:
        raise InvalidArgument("There is no file in this deployment.")
    checked = _check_all(batch, request.resources)
    for file in checked:
        for process in file.parsed.processes if file.parsed else ():
            start_waits(process, 0, batch.keys, batch.now)
    key = next(batch.keys)
    changed: set[str] = set()
    items = [item for file in checked for item in _write(batch, file, key, changed)]
    return Deployment(key, tuple(items), tuple(warning for file in checked for warning in file.warnings))


def _check_all(batch: Batch, resources: Iterable[Resource]) -> list[_Checked]:
    resources = list(resources)
    checked, problems = [], []
    models, unread = _models(batch, [resource for resource in resources if _is_decision(resource)])
    for resource in sorted(resources, key=lambda file: list(models).index(file.name) if file.name in models else -1):
        try:
            if not _is_decision(resource):
                checked.append(_check(resource))
            elif resource.name in models:
                checked.append(_check_decisions(resource, models[resource.name]))
        except InvalidModel as error:
            problems += [_named(problem, resource.name) for problem in error.problems]
    if problems or unread:
        raise InvalidModel([*unread, *problems])
    _refuse_twins("process", [process.id for file in checked if file.parsed for process in file.parsed.processes])
    _refuse_twins("decision", [decision.id for file in checked if file.model for decision in file.model.decisions])
    return checked


def _refuse_twins(what: str, ids: list[str]) -> None:
    twice = sorted({found for found in ids if ids.count(found) > 1})
    if twice:
        raise InvalidArgument(f"The {what} '{twice[0]}' is in this deployment twice.")


def _is_decision(resource: Resource) -> bool:
    return resource.name.lower().endswith(".dmn")


def _models(batch: Batch, resources: list[Resource]) -> tuple[dict[str, DecisionModel], list[Problem]]:
    """The decision models of a deployment, imported ones first, and why some cannot be read at all."""
    files = {resource.name: resource.content for resource in resources}
    try:
        return read_together(files, lambda namespace: _deployed_model(batch, namespace)), []
    except InvalidModel as error:
        return {}, [_named(problem, error.resource_name) for problem in error.problems]


def _deployed_model(batch: Batch, namespace: str) -> DecisionModel | None:
    row = decisions.requirements_of(batch.connection, namespace)
    return batch.definitions.decisions.compiled(batch.connection, row.key).model if row else None


def _check_decisions(resource: Resource, model: DecisionModel) -> _Checked:
    errors = [problem for problem in model.problems if problem.severity == "error"]
    if errors:
        raise InvalidModel(errors)
    if not model.id:
        hint = "Give <definitions> an id; it names the model."
        raise InvalidModel([Problem("decision", "The decision model has no id.", hint=hint)])
    return _Checked(resource, REQUIREMENTS, model=model)


def _named(problem: Problem, name: str) -> Problem:
    message = f"{name}: {problem.message}" if name else problem.message
    return Problem(
        problem.rule, message, problem.element_id, problem.element_name, problem.line, problem.hint, problem.severity
    )


def _check(resource: Resource) -> _Checked:
    name = resource.name.lower()
    if name.endswith((".bpmn", ".bpmn20.xml")):
        return _Checked(resource, PROCESS, parsed=parse(resource.content))
    if name.endswith(".form"):
        return _Checked(resource, FORM, form_id=_form_id(resource))
    return _Checked(resource, OTHER)


def _form_id(resource: Resource) -> str:
    try:
        form = json.loads(resource.content)
        form_id = form["id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidModel([Problem("form", "This is not a form: expected a JSON object with an 'id'.")]) from None
    return str(form_id)


def _write(batch: Batch, file: _Checked, deployment_key: int, changed: set[str]) -> list[Deployed]:
    """Keep a file if it is new or `changed` has the namespace of a model that it imports; adds its own namespace."""
    checksum = hashlib.sha256(file.resource.content).hexdigest()
    known = stored.latest_resource(batch.connection, file.resource.name)
    same = known is not None and known.checksum == checksum
    if file.model is not None and changed & file.model.imports.keys():
        same = False
    if known is not None and same and (unchanged := _unchanged(batch, file, known)):
        return unchanged
    resource_key = next(batch.keys)
    stored.add_resource(batch.connection, {
        "key": resource_key, "deployment_key": deployment_key, "name": file.resource.name, "kind": file.kind,
        "checksum": checksum, "content": file.resource.content, "deployed_at": batch.now,
    })  # fmt: skip
    if file.parsed:
        return [
            _write_process(batch, process, file.resource.name, (deployment_key, resource_key))
            for process in file.parsed.processes
        ]
    if file.model is not None:
        changed.add(file.model.namespace)
        return _write_decisions(batch, file, (deployment_key, resource_key))
    if file.kind == FORM:
        return [_write_form(batch, file, deployment_key, resource_key)]
    return [Deployed(OTHER, file.resource.name, 1, resource_key, file.resource.name)]


def _unchanged(batch: Batch, file: _Checked, known: Row[Any]) -> list[Deployed]:
    """The definitions of a file that is deployed already, if they are still the latest ones."""
    name = file.resource.name
    if file.kind == OTHER:
        return [Deployed(OTHER, name, 1, known.key, name)]
    if file.kind == FORM:
        return [
            Deployed(FORM, row.form_id, row.version, row.key, name)
            for row in stored.forms_in(batch.connection, known.key)
        ]
    if file.kind == REQUIREMENTS:
        return _unchanged_decisions(batch, name, known.key)
    rows = stored.definitions_in(batch.connection, known.key)
    for row in rows:
        latest = versions.PROCESSES.find(batch.connection, row.process_id)
        if latest is None or latest.key != row.key:
            return []
    return [Deployed(PROCESS, row.process_id, row.version, row.key, name, row.name) for row in rows]


def _write_process(batch: Batch, process: ExecutableProcess, name: str, keys: tuple[int, int]) -> Deployed:
    connection, model = batch.connection, process.model
    key = next(batch.keys)
    version = versions.PROCESSES.next(connection, process.id)
    older = stored.definitions_of(connection, process.id)
    stored.add_definition(connection, {
        "key": key, "process_id": process.id, "version": version, "version_tag": model.version_tag,
        "name": model.name or None, "resource_key": keys[1], "resource_name": name, "deployment_key": keys[0],
        "start_form_id": _start_form(process),
    })  # fmt: skip
    batch.definitions.add(key, process)
    batch.rows.clear()
    timers.cancel_starts(connection, older)
    messages.close_starts(connection, process.id)
    _arm_starts(batch, process, key)
    return Deployed(PROCESS, process.id, version, key, name, model.name or None)


def _write_decisions(batch: Batch, file: _Checked, keys: tuple[int, int]) -> list[Deployed]:
    connection, model, name = batch.connection, file.model, file.resource.name
    assert model is not None
    within = Deployed(
        REQUIREMENTS, model.id, versions.REQUIREMENTS.next(connection, model.id), next(batch.keys), name,
        model.name or model.id,
    )  # fmt: skip
    decisions.add_requirements(connection, {
        "key": within.key, "requirements_id": model.id, "version": within.version, "name": within.name,
        "namespace": model.namespace, "resource_key": keys[1], "resource_name": name, "deployment_key": keys[0],
    })  # fmt: skip
    made = [
        Deployed(
            DECISION, decision.id, versions.DECISIONS.next(connection, decision.id), next(batch.keys), name,
            decision.name, within,
        )
        for decision in model.decisions
    ]  # fmt: skip
    if made:
        decisions.add_decisions(connection, [
            {
                "key": item.key, "decision_id": item.id, "version": item.version, "version_tag": decision.version_tag,
                "name": decision.name, "requirements_key": within.key, "deployment_key": keys[0],
            }
            for item, decision in zip(made, model.decisions, strict=True)
        ])  # fmt: skip
    batch.rows.clear()
    return [*made, within]


def _unchanged_decisions(batch: Batch, name: str, resource_key: int) -> list[Deployed]:
    """The decisions of a file that is deployed already, if they are still the latest ones."""
    row = decisions.requirements_in(batch.connection, resource_key)
    if row is None:
        return []
    within = Deployed(REQUIREMENTS, row.requirements_id, row.version, row.key, name, row.name)
    found = decisions.decisions_in(batch.connection, row.key)
    for decision in found:
        latest = versions.DECISIONS.find(batch.connection, decision.decision_id)
        if latest is None or latest.key != decision.key:
            return []
    made = [Deployed(DECISION, one.decision_id, one.version, one.key, name, one.name, within) for one in found]
    return [*made, within]


def _start_form(process: ExecutableProcess) -> str | None:
    forms = [
        element.node.extensions.form.form_id
        for element in process.root.content
        if element.node.tag == "startEvent" and element.node.extensions.form
    ]
    return next((form for form in forms if form), None)


def _arm_starts(batch: Batch, process: ExecutableProcess, key: int) -> None:
    """The timers and message subscriptions that start instances of the new version."""
    timed, subscribed = start_waits(process, key, batch.keys, batch.now)
    timers.schedule_starts(batch.connection, key, timed)
    messages.open_starts(batch.connection, key, process.id, subscribed)
    for timer in timed:
        batch.wake(timer.due_at)


def start_waits(
    process: ExecutableProcess, definition_key: int, keys: Any, now: datetime
) -> tuple[list[Timer], list[Subscription]]:
    """What the start events of a process wait for; raise `InvalidArgument` if that cannot be computed."""
    run = Execution(process, Instance(0, definition_key), keys, now)
    timed: list[Timer] = []
    subscribed: list[Subscription] = []
    for element in process.root.content:
        try:
            armed = element.starts(run)
        except Failure as failure:
            raise InvalidArgument(f"{element.label}: {failure.message}") from None
        timed += [change.timer for change in armed if isinstance(change, TimerScheduled)]
        subscribed += [change.subscription for change in armed if isinstance(change, SubscriptionOpened)]
        subscribed += [_conditional(change.condition) for change in armed if isinstance(change, ConditionOpened)]
    return timed, subscribed


def _conditional(condition: Condition) -> Subscription:
    """A condition that starts the process is asked for from outside."""
    return Subscription(condition.key, 0, condition.element_id, "", kind=SubscriptionKind.CONDITION)


def _write_form(batch: Batch, file: _Checked, deployment_key: int, resource_key: int) -> Deployed:
    key = next(batch.keys)
    version = versions.FORMS.next(batch.connection, file.form_id)
    stored.add_form(batch.connection, {
        "key": key, "form_id": file.form_id, "version": version, "resource_name": file.resource.name,
        "resource_key": resource_key, "deployment_key": deployment_key,
    })  # fmt: skip
    return Deployed(FORM, file.form_id, version, key, file.resource.name)
