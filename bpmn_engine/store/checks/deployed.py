"""Definitions, the events that start their instances, and the variables of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, delete, exists, literal, null, or_, select

from bpmn_engine.store import tables
from bpmn_engine.store.checks.check import BrokenRow, Check, RepairRow, Span, instance_of, live, queried

_INSTANCE = tables.process_instance


def _delete(table: Table) -> RepairRow[BrokenRow]:
    def repair(connection: Connection, row: BrokenRow, now: datetime) -> str:
        connection.execute(delete(table).where(table.c.key == row.key))
        return "It was deleted."

    return repair


# starts


def _stale(table: Table) -> Callable[[Span], Select[Any]]:
    """Starts of definitions that do not exist or are not the latest version."""

    def rows(span: Span) -> Select[Any]:
        definition, newer = tables.process_definition.alias(), tables.process_definition.alias()
        replaced = exists(
            select(newer.c.key).where(
                newer.c.process_id == definition.c.process_id, newer.c.version > definition.c.version
            )
        )
        return (
            select(table.c.key, table.c.instance_key, definition.c.process_id, table.c.element_id)
            .select_from(table.outerjoin(definition, definition.c.key == table.c.definition_key))
            .where(table.c.instance_key == 0, or_(definition.c.key.is_(None), replaced))
            .where(*span.of(table.c.instance_key))
        )

    return rows


def _start(what: str, table: Table) -> Check[BrokenRow]:
    def say(row: BrokenRow) -> str:
        if row.process_id is None:
            return f"The start {what} {row.key} at '{row.element_id}' is of a definition that does not exist."
        return f"The start {what} {row.key} at '{row.element_id}' starts an old version of '{row.process_id}'."

    name, promise = f"start {what} of an old version", f"Only the latest version of a process has start {what}s."
    return Check(name, promise, queried(BrokenRow, _stale(table)), say, _delete(table))


# files


@dataclass(frozen=True, slots=True)
class Sourceless(BrokenRow):
    """A version of a definition without its file; its `process_id` is the id of whatever it defines."""

    version: int


def _sourceless(table: Table, name: str, source: Table, key: str) -> Callable[[Span], Select[Any]]:
    def rows(span: Span) -> Select[Any]:
        there = exists(select(source.c.key).where(source.c.key == table.c[key]))
        found = select(
            table.c.key,
            literal(0).label("instance_key"),
            table.c[name].label("process_id"),
            null().label("element_id"),
            table.c.version,
        )
        return found.where(~there)

    return rows


def _file(
    what: str, table: Table, name: str, source: Table = tables.resource, key: str = "resource_key"
) -> Check[Sourceless]:
    return Check(
        f"{what} without its file",
        f"The file of each {what} is kept.",
        queried(Sourceless, _sourceless(table, name, source, key)),
        lambda row: f"The {what} '{row.process_id}' (version {row.version}, key {row.key}) has no file any more.",
        remedy="Restore the file from a backup.",
    )


@dataclass(frozen=True, slots=True)
class UndefinedInstance(BrokenRow):
    """An instance of a definition that does not exist."""

    definition_key: int


def _undefined(span: Span) -> Select[Any]:
    definition = tables.process_definition
    there = exists(select(definition.c.key).where(definition.c.key == _INSTANCE.c.definition_key))
    return select(
        _INSTANCE.c.key,
        _INSTANCE.c.key.label("instance_key"),
        _INSTANCE.c.process_id,
        null().label("element_id"),
        _INSTANCE.c.definition_key,
    ).where(live(_INSTANCE), ~there, *span.of(_INSTANCE.c.key))


UNDEFINED = Check(
    "instance without a definition",
    "The definition that an instance runs is kept.",
    queried(UndefinedInstance, _undefined),
    lambda row: f"{instance_of(row)} runs the definition {row.definition_key}, which does not exist.",
    remedy="Restore the definition from a backup; nothing can be done with the instance until then.",
)


# variables


@dataclass(frozen=True, slots=True)
class UnscopedVariable(BrokenRow):
    """A variable of a scope that never existed."""

    name: str
    scope_key: int


def _unscoped(span: Span) -> Select[Any]:
    variable, scope = tables.variable, tables.token.alias()
    known = exists(
        select(scope.c.key).where(scope.c.key == variable.c.scope_key, scope.c.instance_key == variable.c.instance_key)
    )
    return (
        select(
            variable.c.key,
            variable.c.instance_key,
            _INSTANCE.c.process_id,
            null().label("element_id"),
            variable.c.name,
            variable.c.scope_key,
        )
        .select_from(variable.outerjoin(_INSTANCE, _INSTANCE.c.key == variable.c.instance_key))
        .where(~known, *span.of(variable.c.instance_key))
    )


UNSCOPED = Check(
    "variable without a scope",
    "A variable belongs to a scope of its instance.",
    queried(UnscopedVariable, _unscoped),
    lambda row: (
        f"{instance_of(row)} has a variable '{row.name}' ({row.key}) in a scope {row.scope_key} that never existed."
    ),
    _delete(tables.variable),
)


@dataclass(frozen=True, slots=True)
class DoubledVariable(BrokenRow):
    """A variable that a newer one of its name hides."""

    name: str


def _doubled(span: Span) -> Select[Any]:
    """Variables of running instances that a newer one of the same name and scope hides."""
    variable, newer = tables.variable, tables.variable.alias("newer")
    same = (
        newer.c.instance_key == variable.c.instance_key,
        newer.c.scope_key == variable.c.scope_key,
        newer.c.name == variable.c.name,
        newer.c.key > variable.c.key,
    )
    running = and_(_INSTANCE.c.key == variable.c.instance_key, live(_INSTANCE))
    return (
        select(
            variable.c.key, variable.c.instance_key, _INSTANCE.c.process_id, null().label("element_id"), variable.c.name
        )
        .select_from(variable.join(_INSTANCE, running))
        .where(exists(select(newer.c.key).where(*same)), *span.of(variable.c.instance_key))
    )


DOUBLED = Check(
    "variable twice in one scope",
    "A scope has one variable of a name.",
    queried(DoubledVariable, _doubled),
    lambda row: f"{instance_of(row)} has two variables '{row.name}' in one scope; the older one ({row.key}) is hidden.",
    _delete(tables.variable),
)


DEPLOYED = (
    _start("timer", tables.timer),
    _start("subscription", tables.subscription),
    _file("process", tables.process_definition, "process_id"),
    _file("form", tables.form, "form_id"),
    _file("decision model", tables.decision_requirements, "requirements_id"),
    _file("decision", tables.decision_definition, "decision_id", tables.decision_requirements, "requirements_key"),
    UNDEFINED,
    UNSCOPED,
    DOUBLED,
)
