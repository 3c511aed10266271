"""Special filters, and the detours by which some filters reach an index.

A detour is a condition that follows from the filter and names rows by a column that has an index; the filter itself
still decides. It exists only where a filter names the values that it lets through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Text,
    TextClause,
    and_,
    case,
    exists,
    literal,
    literal_column,
    not_,
    or_,
    select,
    text,
)

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.store import tables
from bpmn_engine.store.columns import Items
from bpmn_engine.store.json import dumps
from bpmn_engine.store.queries import operators
from bpmn_engine.store.queries.operators import Condition, compared, named, operator

_incident, _token, _variable = tables.incident.c, tables.token.c, tables.variable.c
#: Other rows of tables that a search may be about.
_scope, _family = tables.token.alias("scope").c, tables.process_instance.alias("family").c

#: The rows that a detour leads to, for the values that a filter names.
Detour = Callable[[list[Any]], ColumnElement[bool] | TextClause]


def by_detour(column: ColumnElement[Any], detour: Detour) -> Condition:
    """A filter on a column without an index."""

    def condition(wanted: Any) -> ColumnElement[bool]:
        plain, values = compared(column, wanted), named(wanted)
        return plain if values is None else and_(plain, detour(values))

    return condition


def of_scope(column: ColumnElement[Any], instance: ColumnElement[Any]) -> Condition:
    """A filter on the key of a token: its instance has an index."""

    def detour(keys: list[Any]) -> ColumnElement[bool]:
        return instance.in_(select(_scope.instance_key).where(operator(_scope.key, "$in", keys)))

    return by_detour(column, detour)


def of_root(column: ColumnElement[Any], instance: ColumnElement[Any]) -> Condition:
    """A filter on the instance that the others were called by: that itself, and those that are called at all."""

    def detour(keys: list[Any]) -> ColumnElement[bool]:
        called = and_(operator(_family.root_key, "$in", keys), text("family.root_key <> family.key"))
        return instance.in_(select(_family.key).where(or_(operator(_family.key, "$in", keys), called)))

    return by_detour(column, detour)


def job_state(column: ColumnElement[Any]) -> Condition:
    """A filter on the states of jobs: few are not open and not completed."""

    def detour(states: list[Any]) -> ColumnElement[bool] | TextClause:
        return and_(True) if {"CREATED", "COMPLETED"} & set(states) else text(f"job.{tables.RARE_JOB}")

    return by_detour(column, detour)


def of_incident(column: ColumnElement[Any], token: ColumnElement[Any]) -> Condition:
    """A filter on the incident of a token."""

    def detour(keys: list[Any]) -> ColumnElement[bool]:
        return token.in_(select(_incident.token_key).where(operator(_incident.key, "$in", keys)))

    return by_detour(column, detour)


def of_evaluation(column: ColumnElement[Any], evaluation: ColumnElement[Any]) -> Condition:
    """A filter on `evaluation-position`."""

    def detour(ids: list[Any]) -> ColumnElement[bool]:
        keys = (str(id_).partition("-")[0] for id_ in ids)
        return evaluation.in_([int(key) for key in keys if operators.is_integer(key)])

    return by_detour(column, detour)


def has_incident(own: ColumnElement[Any], of: ColumnElement[Any]) -> tuple[ColumnElement[bool], Condition]:
    """Whether there is an open incident that names a row; as a field, and as a filter."""
    stuck = exists().where(_incident.ended_at.is_(None), of == own)

    def condition(wanted: Any) -> ColumnElement[bool]:
        if named(wanted) == [True]:
            return own.in_(select(of).where(_incident.ended_at.is_(None)))
        return compared(stuck, wanted)

    return stuck, condition


def with_error(instance: ColumnElement[Any]) -> Condition:
    """Whether an instance has an open incident with a message."""

    def condition(wanted: Any) -> ColumnElement[bool]:
        stuck = (_incident.ended_at.is_(None), _is_text(_incident.message, wanted))
        return instance.in_(select(_incident.instance_key).where(*stuck))

    return condition


def at_element(instance: ColumnElement[Any]) -> Condition:
    """Whether a token of an instance is in an element now."""

    def condition(wanted: Any) -> ColumnElement[bool]:
        there = (_token.ended_at.is_(None), matches(_token.element_id, wanted))
        if named(wanted) is not None:
            return instance.in_(select(_token.instance_key).where(*there))
        return exists().where(_token.instance_key == instance, *there)

    return condition


def variables(scope: ColumnElement[Any], instance: ColumnElement[Any]) -> Condition:
    """`[{name, value}]`: values are compared as JSON text."""

    def condition(wanted: Any) -> ColumnElement[bool]:
        if not isinstance(wanted, list) or not all(isinstance(item, Mapping) for item in wanted):
            raise InvalidArgument("Variables are filtered by a list of objects with name and value.")
        return and_(True, *(_variable_is(scope, instance, item.get("name"), item.get("value")) for item in wanted))

    return condition


def _variable_is(scope: ColumnElement[Any], instance: ColumnElement[Any], name: Any, value: Any) -> ColumnElement[bool]:
    v, name = _variable, operators.text(name)
    here = exists().where(v.instance_key == instance, v.scope_key == scope, v.name == name, matches(v.value, value))
    if not named(value):
        return here
    return and_(instance.in_(select(v.instance_key).where(v.name == name, _is_text(v.value, value))), here)


def begins(column: ColumnElement[Any]) -> Condition:
    """A filter on a text of which the index has the beginning."""

    def condition(wanted: Any) -> ColumnElement[bool]:
        compared(column, wanted)  # refuses what is not a text
        return _is_text(column, wanted)

    return condition


def _is_text(column: ColumnElement[Any], wanted: Any) -> ColumnElement[bool]:
    """As `matches`, by the index of the text's beginning if the filter names texts.

    SQLite puts a text that it knows from `=` into the expression that is indexed, and does not find the index then; a
    range it leaves alone.
    """
    values = named(wanted)
    if not values:
        return matches(column, wanted)
    texts = [_text(value) for value in values]
    same = column.between(texts[0], texts[0]) if len(texts) == 1 else column.in_(texts)
    return and_(tables.beginning(column).in_([text[:100] for text in texts]), same, _more(column, wanted))


def _more(column: ColumnElement[Any], wanted: Any) -> ColumnElement[bool]:
    """The operators of a filter that names texts, without the one that names them."""
    if not isinstance(wanted, Mapping):
        return and_(True)
    names = "$eq" if wanted.get("$eq") is not None else "$in"
    return matches(column, {name: operand for name, operand in wanted.items() if name != names})


def matches(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    """Whether a text equals a value, or matches operators; a value that is not a text is compared as JSON."""
    if isinstance(value, Mapping):
        return and_(True, *(operator(column, name, operand) for name, operand in value.items()))
    return column == _text(value)


def _text(value: Any) -> str:
    return operators.text(value if isinstance(value, str) else dumps(value))


def listed(column: ColumnElement[Any]) -> Condition:
    """Whether a list, kept as JSON text, has an item that equals (or matches) each of some values."""

    def condition(wanted: Any) -> ColumnElement[bool]:
        values = wanted if isinstance(wanted, list) else [wanted]
        return and_(True, *(_lists(column, value) for value in values))

    return condition


#: Operators that say what no item may be, and what one would be otherwise.
_NONE_OF = {"$neq": "$eq", "$notIn": "$in"}


def _lists(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    if not isinstance(value, Mapping):
        return _has(column, "$eq", value)
    return and_(True, *(_lists_by(column, name, operand) for name, operand in value.items()))


def _lists_by(column: ColumnElement[Any], name: str, operand: Any) -> ColumnElement[bool]:
    if name == "$exists":
        some = column != "[]"
        return and_(True, operator(case((some, literal("")), else_=None), name, operand))
    if name in _NONE_OF:
        return and_(True) if operand in (None, []) else not_(_has(column, _NONE_OF[name], operand))
    return _has(column, name, operand)


def _has(column: ColumnElement[Any], name: str, operand: Any) -> ColumnElement[bool]:
    if operand is None or (name == "$in" and operand == []):
        return and_(True)
    item = Items(column).table_valued(Column("value", Text), name="item")
    return select(literal_column("1")).select_from(item).where(operator(item.c.value, name, operand)).exists()
