"""Writes the files that `preparation.py` has checked, all or none; unchanged files keep their version."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.errors import Problem
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.preparation import FORM, OTHER, PROCESS, REQUIREMENTS, Checked, start_waits
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.store import decisions, messages, timers, versions
from bpmn_engine.store import process_definitions as stored
from bpmn_engine.store.process_definitions import DeployedResource

DECISION = "decision"

_LOCK = "bpmn-engine deployment"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A definition that a deployment has created or found unchanged; `within` is the model that a decision is in."""

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


@dataclass(slots=True)
class Deploy(Request[Deployment]):
    """Deploy files that `Preparation` has checked, all or none."""

    files: tuple[Checked, ...]

    def carry_out(self, batch: Batch) -> Deployment:
        # One deployment at a time, so that nodes that start together agree on versions.
        batch.database.serialize(batch.connection, [_LOCK])
        key = next(batch.keys)
        changed: set[str] = set()
        items = [item for file in self.files for item in _write(batch, file, key, changed)]
        return Deployment(key, tuple(items), tuple(warning for file in self.files for warning in file.warnings))


def _write(batch: Batch, file: Checked, deployment_key: int, changed: set[str]) -> list[Deployed]:
    """Keep a file if it is new or `changed` has the namespace of a model that it imports; adds its own namespace."""
    checksum = hashlib.sha256(file.resource.content).hexdigest()
    known = stored.latest_resource(batch.connection, file.resource.name)
    same = known is not None and known.checksum == checksum
    if file.model is not None and changed & file.model.imports.keys():
        same = False
    if known is not None and same and (unchanged := _unchanged(batch, file, known)):
        return unchanged
    resource_key = next(batch.keys)
    stored.add_resource(
        batch.connection,
        {
            "key": resource_key,
            "deployment_key": deployment_key,
            "name": file.resource.name,
            "kind": file.kind,
            "checksum": checksum,
            "content": file.resource.content,
            "deployed_at": batch.now,
        },
    )
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


def _unchanged(batch: Batch, file: Checked, known: DeployedResource) -> list[Deployed]:
    """The definitions of a file that is deployed already, if they are still the latest ones."""
    name = file.resource.name
    if file.kind == OTHER:
        return [Deployed(OTHER, name, 1, known.key, name)]
    if file.kind == FORM:
        return [
            Deployed(FORM, row.form_id, row.version, row.key, name)
            for row in versions.FORMS.contained(batch.connection, known.key)
        ]
    if file.kind == REQUIREMENTS:
        return _unchanged_decisions(batch, name, known.key)
    rows = versions.PROCESSES.contained(batch.connection, known.key)
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
    stored.add_definition(
        connection,
        {
            "key": key,
            "process_id": process.id,
            "version": version,
            "version_tag": model.version_tag,
            "name": model.name or None,
            "resource_key": keys[1],
            "resource_name": name,
            "deployment_key": keys[0],
            "start_form_id": _start_form(process),
        },
    )
    batch.definitions.add(key, process)
    batch.forget_versions()
    timers.cancel_starts(connection, older)
    messages.close_starts(connection, process.id)
    _arm_starts(batch, process, key)
    return Deployed(PROCESS, process.id, version, key, name, model.name or None)


def _write_decisions(batch: Batch, file: Checked, keys: tuple[int, int]) -> list[Deployed]:
    connection, model, name = batch.connection, file.model, file.resource.name
    assert model is not None
    within = Deployed(
        REQUIREMENTS,
        model.id,
        versions.REQUIREMENTS.next(connection, model.id),
        next(batch.keys),
        name,
        model.name or model.id,
    )
    decisions.add_requirements(
        connection,
        {
            "key": within.key,
            "requirements_id": model.id,
            "version": within.version,
            "name": within.name,
            "namespace": model.namespace,
            "resource_key": keys[1],
            "resource_name": name,
            "deployment_key": keys[0],
        },
    )
    made = [
        Deployed(
            DECISION,
            decision.id,
            versions.DECISIONS.next(connection, decision.id),
            next(batch.keys),
            name,
            decision.name,
            within,
        )
        for decision in model.decisions
    ]
    if made:
        decisions.add_decisions(
            connection,
            [
                {
                    "key": item.key,
                    "decision_id": item.id,
                    "version": item.version,
                    "version_tag": decision.version_tag,
                    "name": decision.name,
                    "requirements_key": within.key,
                    "deployment_key": keys[0],
                }
                for item, decision in zip(made, model.decisions, strict=True)
            ],
        )
    batch.forget_versions()
    return [*made, within]


def _unchanged_decisions(batch: Batch, name: str, resource_key: int) -> list[Deployed]:
    """The decisions of a file that is deployed already, if they are still the latest ones."""
    models = versions.REQUIREMENTS.contained(batch.connection, resource_key)
    if not models:
        return []
    (model,) = models
    within = Deployed(REQUIREMENTS, model.requirements_id, model.version, model.key, name, model.name)
    found = versions.DECISIONS.contained(batch.connection, model.key)
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
        if element.node.is_start and element.node.extensions.form
    ]
    return next((form for form in forms if form), None)


def _arm_starts(batch: Batch, process: ExecutableProcess, key: int) -> None:
    """The timers and message subscriptions that start instances of the new version."""
    timed, subscribed = start_waits(process, key, batch.keys, batch.now)
    timers.schedule_starts(batch.connection, key, timed)
    messages.open_starts(batch.connection, key, process.id, subscribed)
    for timer in timed:
        batch.wake(timer.due_at)


def _write_form(batch: Batch, file: Checked, deployment_key: int, resource_key: int) -> Deployed:
    key = next(batch.keys)
    version = versions.FORMS.next(batch.connection, file.form_id)
    stored.add_form(
        batch.connection,
        {
            "key": key,
            "form_id": file.form_id,
            "version": version,
            "resource_name": file.resource.name,
            "resource_key": resource_key,
            "deployment_key": deployment_key,
        },
    )
    return Deployed(FORM, file.form_id, version, key, file.resource.name)
