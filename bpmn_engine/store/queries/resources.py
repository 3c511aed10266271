"""What can be searched for, and the fields of each: names in our words, keys as integers, moments aware."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Label, Table, Text, and_, case, cast, exists, func, literal, select

from bpmn_engine.store import tables as t
from bpmn_engine.store.json import dumps, loads
from bpmn_engine.store.queries.search import Condition, Resource, operator

_i, _d = t.process_instance.c, t.process_definition.c

#: What every row about an instance says of it.
_INSTANCE: tuple[Label[Any], ...] = (
    _d.process_id.label("process_id"),
    _i.definition_key.label("definition_key"),
    _i.root_key.label("root_key"),
    _i.business_id.label("business_id"),
    _i.tags.label("tags"),
    _d.version.label("version"),
    _d.version_tag.label("version_tag"),
    _d.name.label("process_name"),
)


def _columns(*labels: ColumnElement[Any]) -> dict[str, ColumnElement[Any]]:
    """Fields by their names in the result."""
    return {str(getattr(label, "name", "")): getattr(label, "element", label) for label in labels}


def _of_instance(table: Table, *more: Label[Any], conditions: Mapping[str, Condition] | None = None) -> Resource:
    """Rows of a table that belong to instances, with what they say about the instance."""
    replaced = {label.name for label in more}
    own = [column.label(column.name) for column in table.c if column.name not in replaced]
    columns = (*own, *_INSTANCE, *more)
    joined = table.join(t.process_instance, table.c.instance_key == _i.key).join(
        t.process_definition, _i.definition_key == _d.key
    )
    return Resource(select(*columns).select_from(joined), table.c.key, _columns(*columns), conditions or {})


def _has_incident(**same: ColumnElement[Any]) -> ColumnElement[bool]:
    incident = t.incident.c
    return exists().where(incident.ended_at.is_(None), *(incident[name] == value for name, value in same.items()))


def _variables(scope: ColumnElement[Any]) -> Condition:
    """`[{name, value}]`: values are compared as JSON text."""

    def condition(wanted: Any) -> ColumnElement[bool]:
        v = t.variable.c
        return and_(True, *(
            exists().where(v.scope_key == scope, v.name == item["name"], _matches(v.value, item.get("value")))
            for item in wanted
        ))  # fmt: skip

    return condition


def _matches(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    if isinstance(value, Mapping):
        return and_(True, *(operator(column, name, operand) for name, operand in value.items()))
    return column == (value if isinstance(value, str) else dumps(value))


def _listed(column: ColumnElement[Any]) -> Condition:
    """Whether a list, kept as JSON text, has an item that equals (or matches) a value."""

    def condition(wanted: Any) -> ColumnElement[bool]:
        values = wanted if isinstance(wanted, list) else [wanted]
        return and_(True, *(_lists(column, value) for value in values))

    return condition


def _lists(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    if isinstance(value, Mapping):
        parts = [
            column.contains(dumps(operand), autoescape=True)
            for operands in value.values()
            for operand in (operands if isinstance(operands, list) else [operands])
        ]
        return parts[0] if len(parts) == 1 else func.coalesce(*parts)
    return column.contains(dumps(value), autoescape=True)


def _instances() -> Resource:
    incident = _has_incident(instance_key=_i.key)
    columns = (
        *(_i[name].label(name) for name in (
            "key", "definition_key", "parent_key", "parent_token_key", "root_key", "state", "business_id",
            "tags", "started_at", "ended_at",
        )),
        _d.process_id.label("process_id"), _d.version.label("version"), _d.version_tag.label("version_tag"),
        _d.name.label("process_name"), incident.label("has_incident"),
    )  # fmt: skip
    joined = t.process_instance.join(t.process_definition, _i.definition_key == _d.key)
    token, message = t.token.c, t.incident.c

    def at_element(wanted: Any) -> ColumnElement[bool]:
        return exists().where(
            token.instance_key == _i.key, token.ended_at.is_(None), _matches(token.element_id, wanted)
        )

    def with_error(wanted: Any) -> ColumnElement[bool]:
        return exists().where(
            message.instance_key == _i.key, message.ended_at.is_(None), _matches(message.message, wanted)
        )

    conditions = {
        "variables": _variables(_i.key), "tags": _listed(_i.tags), "element_id": at_element,
        "error_message": with_error,
    }  # fmt: skip
    return Resource(select(*columns).select_from(joined), _i.key, _columns(*columns), conditions)


def _tokens() -> Resource:
    token = t.token.c
    stuck = select(func.min(t.incident.c.key)).where(
        t.incident.c.token_key == token.key, t.incident.c.ended_at.is_(None)
    )
    incident = stuck.scalar_subquery()
    state = case((token.state.in_(("ACTIVATING", "COMPLETING")), "ACTIVE"), else_=token.state)
    stuck_now = _has_incident(token_key=token.key)
    resource = _of_instance(
        t.token, state.label("state"), incident.label("incident_key"), stuck_now.label("has_incident")
    )
    shown = token.state.not_in(("WAITING", "CONSUMED"))
    return Resource(resource.statement.where(shown), resource.key, resource.fields, resource.conditions)


def _definitions() -> Resource:
    other = t.process_definition.alias("newer")
    newest = select(func.max(other.c.version)).where(other.c.process_id == _d.process_id)
    latest = case((_d.version == newest.scalar_subquery(), True), else_=False)
    columns = (
        *(column.label(column.name) for column in t.process_definition.c),
        latest.label("is_latest"), _d.start_form_id.is_not(None).label("has_start_form"),
        literal("ACTIVE").label("state"),
    )  # fmt: skip
    return Resource(select(*columns).select_from(t.process_definition), _d.key, _columns(*columns))


def _requirements() -> Resource:
    r = t.decision_requirements.c
    columns = tuple(column.label(column.name) for column in t.decision_requirements.c)
    return Resource(select(*columns), r.key, _columns(*columns))


def _decisions() -> Resource:
    d, r = t.decision_definition.c, t.decision_requirements.c
    other = t.decision_definition.alias("newer")
    newest = select(func.max(other.c.version)).where(other.c.decision_id == d.decision_id)
    columns = (
        *(column.label(column.name) for column in t.decision_definition.c),
        r.requirements_id.label("requirements_id"), r.name.label("requirements_name"),
        r.version.label("requirements_version"), r.resource_name.label("resource_name"),
        case((d.version == newest.scalar_subquery(), True), else_=False).label("is_latest"),
    )  # fmt: skip
    joined = t.decision_definition.join(t.decision_requirements, d.requirements_key == r.key)
    return Resource(select(*columns).select_from(joined), d.key, _columns(*columns))


def _decision_instances() -> Resource:
    made, d = t.decision_instance.c, t.decision_definition.c
    columns = (
        *(column.label(column.name) for column in t.decision_instance.c),
        d.decision_id.label("decision_id"), d.name.label("decision_name"), d.version.label("version"),
        d.requirements_key.label("requirements_key"), _i.definition_key.label("process_definition_key"),
        _i.root_key.label("root_key"), _i.business_id.label("business_id"),
        (cast(made.evaluation_key, Text) + "-" + cast(made.position, Text)).label("instance_id"),
    )  # fmt: skip
    joined = t.decision_instance.join(t.decision_definition, made.definition_key == d.key).outerjoin(
        t.process_instance, made.instance_key == _i.key
    )
    return Resource(select(*columns).select_from(joined), made.key, _columns(*columns))


RESOURCES: dict[str, Resource] = {
    "decision requirements": _requirements(),
    "decision definition": _decisions(),
    "decision instance": _decision_instances(),
    "process definition": _definitions(),
    "process instance": _instances(),
    "element instance": _tokens(),
    "variable": _of_instance(t.variable),
    "job": _of_instance(
        t.job,
        func.upper(func.coalesce(t.job.c.event, "unspecified")).label("listener_event_type"),
        and_(t.job.c.state == "CREATED", t.job.c.error_message.is_not(None)).label("failed_before"),
    ),
    "user task": _of_instance(
        t.user_task,
        conditions={
            "candidate_user": _listed(t.user_task.c.candidate_users),
            "candidate_group": _listed(t.user_task.c.candidate_groups),
            "tags": _listed(_i.tags),
            "instance_variables": _variables(t.user_task.c.instance_key),
            "local_variables": _variables(t.user_task.c.token_key),
        },
    ),
    "incident": _of_instance(t.incident),
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
