"""The resources of searches and the fields of each: keys are integers, moments aware."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Label, Table, Text, and_, case, cast, func, literal, select

from bpmn_engine.store import tables
from bpmn_engine.store.json import loads
from bpmn_engine.store.queries import conditions
from bpmn_engine.store.queries.operators import Condition
from bpmn_engine.store.queries.rows import (
    DecisionDefinitionRow,
    DecisionInstanceRow,
    DecisionRequirementsRow,
    ElementInstanceRow,
    IncidentRow,
    JobRow,
    ProcessDefinitionRow,
    ProcessInstanceRow,
    UserTaskRow,
    VariableRow,
)
from bpmn_engine.store.queries.searchable import Searchable

R = TypeVar("R")

_i, _d = tables.process_instance.c, tables.process_definition.c

#: The fields that every row of an instance has of it.
_INSTANCE: tuple[Label[Any], ...] = (
    _i.process_id.label("process_id"),
    _i.definition_key.label("definition_key"),
    _i.root_key.label("root_key"),
    _i.business_id.label("business_id"),
    _i.tags.label("tags"),
    _d.version.label("version"),
    _d.version_tag.label("version_tag"),
    _d.name.label("process_name"),
)


def _own(table: Table, *replaced: str) -> tuple[Label[Any], ...]:
    """The columns of a table as fields."""
    return tuple(column.label(column.name) for column in table.c if column.name not in replaced)


def _of_instance(
    name: str, row: Callable[..., R], table: Table, *more: Label[Any], filters: Mapping[str, Condition] | None = None
) -> Searchable[R]:
    """A search over a table whose rows belong to instances, with fields of the instance."""
    instance = table.c.instance_key
    own = _own(table, *(label.name for label in more))
    with_instance = table.join(tables.process_instance, instance == _i.key)
    tokens = {
        name: conditions.of_scope(table.c[name], instance) for name in ("token_key", "scope_key") if name in table.c
    }
    return Searchable(
        name,
        row,
        (*own, *_INSTANCE, *more),
        table.c.key,
        (table, with_instance, with_instance.join(tables.process_definition, _i.definition_key == _d.key)),
        {**tokens, "root_key": conditions.of_root(_i.root_key, instance), **(filters or {})},
    )


def _instances() -> Searchable[ProcessInstanceRow]:
    incident, stuck = conditions.has_incident(_i.key, tables.incident.c.instance_key)
    columns = (
        *_own(tables.process_instance, "depth", "start_key", "revision", "unfinished"),
        _d.version.label("version"),
        _d.version_tag.label("version_tag"),
        _d.name.label("process_name"),
        incident.label("has_incident"),
    )
    filters = {
        "variables": conditions.variables(_i.key, _i.key),
        "tags": conditions.listed(_i.tags),
        "element_id": conditions.at_element(_i.key),
        "error_message": conditions.with_error(_i.key),
        "has_incident": stuck,
        "root_key": conditions.of_root(_i.root_key, _i.key),
    }
    joined = tables.process_instance.join(tables.process_definition, _i.definition_key == _d.key)
    return Searchable(
        "process instance", ProcessInstanceRow, columns, _i.key, (tables.process_instance, joined), filters
    )


def _tokens() -> Searchable[ElementInstanceRow]:
    token, incident = tables.token.c, tables.incident.c
    first = select(func.min(incident.key)).where(incident.token_key == token.key, incident.ended_at.is_(None))
    state = case((token.state.in_(("ACTIVATING", "COMPLETING")), "ACTIVE"), else_=token.state)
    is_stuck, stuck = conditions.has_incident(token.key, incident.token_key)
    resource = _of_instance(
        "element instance",
        ElementInstanceRow,
        tables.token,
        state.label("state"),
        first.scalar_subquery().label("incident_key"),
        is_stuck.label("has_incident"),
        filters={"has_incident": stuck, "incident_key": conditions.of_incident(first.scalar_subquery(), token.key)},
    )
    return replace(resource, shown=token.state.not_in(("WAITING", "CONSUMED")))


def _definitions() -> Searchable[ProcessDefinitionRow]:
    other = tables.process_definition.alias("newer")
    newest = select(func.max(other.c.version)).where(other.c.process_id == _d.process_id)
    latest = case((_d.version == newest.scalar_subquery(), True), else_=False)
    columns = (
        *_own(tables.process_definition),
        latest.label("is_latest"),
        _d.start_form_id.is_not(None).label("has_start_form"),
        literal("ACTIVE").label("state"),
    )
    return Searchable("process definition", ProcessDefinitionRow, columns, _d.key, (tables.process_definition,))


def _requirements() -> Searchable[DecisionRequirementsRow]:
    return Searchable(
        "decision requirements",
        DecisionRequirementsRow,
        _own(tables.decision_requirements),
        tables.decision_requirements.c.key,
        (tables.decision_requirements,),
    )


def _decisions() -> Searchable[DecisionDefinitionRow]:
    d, r = tables.decision_definition.c, tables.decision_requirements.c
    other = tables.decision_definition.alias("newer")
    newest = select(func.max(other.c.version)).where(other.c.decision_id == d.decision_id)
    columns = (
        *_own(tables.decision_definition),
        r.requirements_id.label("requirements_id"),
        r.name.label("requirements_name"),
        r.version.label("requirements_version"),
        r.resource_name.label("resource_name"),
        case((d.version == newest.scalar_subquery(), True), else_=False).label("is_latest"),
    )
    joined = tables.decision_definition.join(tables.decision_requirements, d.requirements_key == r.key)
    return Searchable(
        "decision definition", DecisionDefinitionRow, columns, d.key, (tables.decision_definition, joined)
    )


def _decision_instances() -> Searchable[DecisionInstanceRow]:
    made, d = tables.decision_instance.c, tables.decision_definition.c
    id_ = cast(made.evaluation_key, Text) + "-" + cast(made.position, Text)
    columns = (
        *_own(tables.decision_instance),
        d.decision_id.label("decision_id"),
        d.name.label("decision_name"),
        d.version.label("version"),
        d.requirements_key.label("requirements_key"),
        _i.definition_key.label("process_definition_key"),
        _i.root_key.label("root_key"),
        _i.business_id.label("business_id"),
        id_.label("instance_id"),
    )
    with_decision = tables.decision_instance.join(tables.decision_definition, made.definition_key == d.key)
    with_instance = with_decision.outerjoin(tables.process_instance, made.instance_key == _i.key)
    filters = {
        "instance_id": conditions.of_evaluation(id_, made.evaluation_key),
        "token_key": conditions.of_scope(made.token_key, made.instance_key),
        "root_key": conditions.of_root(_i.root_key, made.instance_key),
    }
    sources = (tables.decision_instance, with_decision, with_instance)
    return Searchable("decision instance", DecisionInstanceRow, columns, made.key, sources, filters)


def _jobs() -> Searchable[JobRow]:
    job = tables.job.c
    return _of_instance(
        "job",
        JobRow,
        tables.job,
        func.upper(func.coalesce(job.event, "unspecified"), type_=Text()).label("listener_event_type"),
        and_(job.state == "CREATED", job.error_message.is_not(None)).label("failed_before"),
        filters={"state": conditions.job_state(job.state)},
    )


def _tasks() -> Searchable[UserTaskRow]:
    task = tables.user_task.c
    return _of_instance(
        "user task",
        UserTaskRow,
        tables.user_task,
        filters={
            "candidate_user": conditions.listed(task.candidate_users),
            "candidate_group": conditions.listed(task.candidate_groups),
            "tags": conditions.listed(_i.tags),
            "instance_variables": conditions.variables(task.instance_key, task.instance_key),
            "local_variables": conditions.variables(task.token_key, task.instance_key),
        },
    )


DECISION_REQUIREMENTS = _requirements()
DECISION_DEFINITIONS = _decisions()
DECISION_INSTANCES = _decision_instances()
PROCESS_DEFINITIONS = _definitions()
PROCESS_INSTANCES = _instances()
ELEMENT_INSTANCES = _tokens()
VARIABLES = _of_instance(
    "variable", VariableRow, tables.variable, filters={"value": conditions.begins(tables.variable.c.value)}
)
JOBS = _jobs()
USER_TASKS = _tasks()
INCIDENTS = _of_instance(
    "incident", IncidentRow, tables.incident, filters={"message": conditions.begins(tables.incident.c.message)}
)

#: Everything that can be searched for, by its name.
SEARCHABLES: dict[str, Searchable[Any]] = {
    searchable.name: searchable
    for searchable in (
        DECISION_REQUIREMENTS,
        DECISION_DEFINITIONS,
        DECISION_INSTANCES,
        PROCESS_DEFINITIONS,
        PROCESS_INSTANCES,
        ELEMENT_INSTANCES,
        VARIABLES,
        JOBS,
        USER_TASKS,
        INCIDENTS,
    )
}


def scope_variables(connection: Connection, scope_key: int, names: list[str] | None = None) -> dict[str, Any]:
    """The variables at one scope, live or ended."""
    v = tables.variable.c
    token = select(tables.token.c.instance_key).where(tables.token.c.key == scope_key).scalar_subquery()
    found = select(v.name, v.value).where(v.instance_key == token, v.scope_key == scope_key).order_by(v.key)
    if names:
        found = found.where(v.name.in_(names))
    return {row.name: loads(row.value) for row in connection.execute(found)}


def scope_chain(connection: Connection, token_key: int) -> list[int]:
    """The keys of an element instance and the scopes around it, innermost first."""
    chain: list[int] = []
    token = tables.token.c
    key: int | None = token_key
    while key:
        chain.append(key)
        key = connection.scalar(select(token.scope_key).where(token.key == key))
    return chain
