"""What can be searched for, and the fields of each: names in our words, keys as integers, moments aware."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Label, Table, Text, and_, case, cast, func, literal, select

from bpmn_engine.store import tables as t
from bpmn_engine.store.json import loads
from bpmn_engine.store.queries import conditions as c
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
from bpmn_engine.store.queries.search import Condition, Searchable

R = TypeVar("R")

_i, _d = t.process_instance.c, t.process_definition.c

#: What every row about an instance says of it.
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
    name: str, row: Callable[..., R], table: Table, *more: Label[Any], conditions: Mapping[str, Condition] | None = None
) -> Searchable[R]:
    """Rows of a table that belong to instances, with what they say about the instance."""
    instance = table.c.instance_key
    own = _own(table, *(label.name for label in more))
    with_instance = table.join(t.process_instance, instance == _i.key)
    tokens = {name: c.of_scope(table.c[name], instance) for name in ("token_key", "scope_key") if name in table.c}
    return Searchable(
        name,
        row,
        (*own, *_INSTANCE, *more),
        table.c.key,
        (table, with_instance, with_instance.join(t.process_definition, _i.definition_key == _d.key)),
        {**tokens, "root_key": c.of_root(_i.root_key, instance), **(conditions or {})},
    )


def _instances() -> Searchable[ProcessInstanceRow]:
    incident, stuck = c.has_incident(_i.key, t.incident.c.instance_key)
    columns = (
        *_own(t.process_instance, "depth", "start_key", "revision", "pending"),
        _d.version.label("version"),
        _d.version_tag.label("version_tag"),
        _d.name.label("process_name"),
        incident.label("has_incident"),
    )
    conditions = {
        "variables": c.variables(_i.key, _i.key),
        "tags": c.listed(_i.tags),
        "element_id": c.at_element(_i.key),
        "error_message": c.with_error(_i.key),
        "has_incident": stuck,
        "root_key": c.of_root(_i.root_key, _i.key),
    }
    joined = t.process_instance.join(t.process_definition, _i.definition_key == _d.key)
    return Searchable("process instance", ProcessInstanceRow, columns, _i.key, (t.process_instance, joined), conditions)


def _tokens() -> Searchable[ElementInstanceRow]:
    token, incident = t.token.c, t.incident.c
    first = select(func.min(incident.key)).where(incident.token_key == token.key, incident.ended_at.is_(None))
    state = case((token.state.in_(("ACTIVATING", "COMPLETING")), "ACTIVE"), else_=token.state)
    is_stuck, stuck = c.has_incident(token.key, incident.token_key)
    resource = _of_instance(
        "element instance",
        ElementInstanceRow,
        t.token,
        state.label("state"),
        first.scalar_subquery().label("incident_key"),
        is_stuck.label("has_incident"),
        conditions={"has_incident": stuck, "incident_key": c.of_incident(first.scalar_subquery(), token.key)},
    )
    return replace(resource, shown=token.state.not_in(("WAITING", "CONSUMED")))


def _definitions() -> Searchable[ProcessDefinitionRow]:
    other = t.process_definition.alias("newer")
    newest = select(func.max(other.c.version)).where(other.c.process_id == _d.process_id)
    latest = case((_d.version == newest.scalar_subquery(), True), else_=False)
    columns = (
        *_own(t.process_definition),
        latest.label("is_latest"),
        _d.start_form_id.is_not(None).label("has_start_form"),
        literal("ACTIVE").label("state"),
    )
    return Searchable("process definition", ProcessDefinitionRow, columns, _d.key, (t.process_definition,))


def _requirements() -> Searchable[DecisionRequirementsRow]:
    return Searchable(
        "decision requirements",
        DecisionRequirementsRow,
        _own(t.decision_requirements),
        t.decision_requirements.c.key,
        (t.decision_requirements,),
    )


def _decisions() -> Searchable[DecisionDefinitionRow]:
    d, r = t.decision_definition.c, t.decision_requirements.c
    other = t.decision_definition.alias("newer")
    newest = select(func.max(other.c.version)).where(other.c.decision_id == d.decision_id)
    columns = (
        *_own(t.decision_definition),
        r.requirements_id.label("requirements_id"),
        r.name.label("requirements_name"),
        r.version.label("requirements_version"),
        r.resource_name.label("resource_name"),
        case((d.version == newest.scalar_subquery(), True), else_=False).label("is_latest"),
    )
    joined = t.decision_definition.join(t.decision_requirements, d.requirements_key == r.key)
    return Searchable("decision definition", DecisionDefinitionRow, columns, d.key, (t.decision_definition, joined))


def _decision_instances() -> Searchable[DecisionInstanceRow]:
    made, d = t.decision_instance.c, t.decision_definition.c
    id_ = cast(made.evaluation_key, Text) + "-" + cast(made.position, Text)
    columns = (
        *_own(t.decision_instance),
        d.decision_id.label("decision_id"),
        d.name.label("decision_name"),
        d.version.label("version"),
        d.requirements_key.label("requirements_key"),
        _i.definition_key.label("process_definition_key"),
        _i.root_key.label("root_key"),
        _i.business_id.label("business_id"),
        id_.label("instance_id"),
    )
    with_decision = t.decision_instance.join(t.decision_definition, made.definition_key == d.key)
    with_instance = with_decision.outerjoin(t.process_instance, made.instance_key == _i.key)
    conditions = {
        "instance_id": c.of_evaluation(id_, made.evaluation_key),
        "token_key": c.of_scope(made.token_key, made.instance_key),
        "root_key": c.of_root(_i.root_key, made.instance_key),
    }
    sources = (t.decision_instance, with_decision, with_instance)
    return Searchable("decision instance", DecisionInstanceRow, columns, made.key, sources, conditions)


def _jobs() -> Searchable[JobRow]:
    job = t.job.c
    return _of_instance(
        "job",
        JobRow,
        t.job,
        func.upper(func.coalesce(job.event, "unspecified")).label("listener_event_type"),
        and_(job.state == "CREATED", job.error_message.is_not(None)).label("failed_before"),
        conditions={"state": c.job_state(job.state)},
    )


def _tasks() -> Searchable[UserTaskRow]:
    task = t.user_task.c
    return _of_instance(
        "user task",
        UserTaskRow,
        t.user_task,
        conditions={
            "candidate_user": c.listed(task.candidate_users),
            "candidate_group": c.listed(task.candidate_groups),
            "tags": c.listed(_i.tags),
            "instance_variables": c.variables(task.instance_key, task.instance_key),
            "local_variables": c.variables(task.token_key, task.instance_key),
        },
    )


DECISION_REQUIREMENTS = _requirements()
DECISION_DEFINITIONS = _decisions()
DECISION_INSTANCES = _decision_instances()
PROCESS_DEFINITIONS = _definitions()
PROCESS_INSTANCES = _instances()
ELEMENT_INSTANCES = _tokens()
VARIABLES = _of_instance("variable", VariableRow, t.variable, conditions={"value": c.begins(t.variable.c.value)})
JOBS = _jobs()
USER_TASKS = _tasks()
INCIDENTS = _of_instance("incident", IncidentRow, t.incident, conditions={"message": c.begins(t.incident.c.message)})

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
    """The variables at one scope, whether it is live or not."""
    v = t.variable.c
    token = select(t.token.c.instance_key).where(t.token.c.key == scope_key).scalar_subquery()
    found = select(v.name, v.value).where(v.instance_key == token, v.scope_key == scope_key).order_by(v.key)
    if names:
        found = found.where(v.name.in_(names))
    return {row.name: loads(row.value) for row in connection.execute(found)}


def scope_chain(connection: Connection, token_key: int) -> list[int]:
    """The keys of an element instance and the scopes around it, innermost first."""
    chain: list[int] = []
    token = t.token.c
    key: int | None = token_key
    while key:
        chain.append(key)
        key = connection.scalar(select(token.scope_key).where(token.key == key))
    return chain
