"""Tokens that wait without a row of what they wait for. The caller knows the needs of each element."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import starmap
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, func, select

from bpmn_engine.instance.state import Kind
from bpmn_engine.store import tables
from bpmn_engine.store.checks.check import BrokenRow, Span, live
from bpmn_engine.store.rows import columns, fetch
from bpmn_engine.store.versions import ProcessVersion
from bpmn_engine.store.waits import WAITS

_INSTANCE = tables.process_instance


@dataclass(frozen=True, slots=True)
class Need:
    """The rows that an active token must have: so many of a kind, those of an event if it names one.

    While a token of one of the elements `unless` is inside, nothing is needed.
    """

    kind: Kind
    event_id: str | None = None
    count: int = 1
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenGroup:
    """Tokens in one element of one definition; `run` tells the iterations of a loop (True) from its body (False)."""

    definition_key: int
    element_id: str
    run: bool | None = None


_TABLES: dict[Kind, Table] = {
    **{of.kind: of.table for of in WAITS},
    Kind.COMPENSATION: tables.compensation,
    Kind.LOOP: tables.loop,
    Kind.ELEMENT_INSTANCE: tables.token,
}
_KEYS = {Kind.LOOP: "key", Kind.ELEMENT_INSTANCE: "scope_key"}
#: The same tables as what a token has.
_HAD = {kind: table.alias() for kind, table in _TABLES.items()}
_INCIDENT, _CALLED, _INSIDE = tables.incident.alias(), tables.process_instance.alias(), tables.token.alias()


def used_definitions(connection: Connection, span: Span) -> list[int]:
    """The definitions that running instances use, and the latest version of each process."""
    used = select(_INSTANCE.c.definition_key).where(live(_INSTANCE), *span.of(_INSTANCE.c.key)).distinct()
    found = set(connection.scalars(used))
    if span.keys is None:
        found.update(row.key for row in latest_definitions(connection))
    return sorted(found)


def latest_definitions(connection: Connection) -> list[ProcessVersion]:
    """The latest version of each process."""
    definition, newer = tables.process_definition, tables.process_definition.alias()
    replaced = exists(
        select(newer.c.key).where(newer.c.process_id == definition.c.process_id, newer.c.version > definition.c.version)
    )
    found = select(*columns(ProcessVersion, definition)).where(~replaced).order_by(definition.c.key)
    return fetch(connection, ProcessVersion, found)


def readable(connection: Connection, definition_key: int) -> str | None:
    """The id of a process whose definition and file are there."""
    definition = tables.process_definition
    joined = definition.join(tables.resource, tables.resource.c.key == definition.c.resource_key)
    found = select(definition.c.process_id).select_from(joined).where(definition.c.key == definition_key)
    process_id: str | None = connection.scalar(found)
    return process_id


def active_elements(connection: Connection, span: Span) -> list[tuple[int, str]]:
    """The elements in which tokens are active, by definition."""
    active = _running(tables.token, span).where(live(tables.token), tables.token.c.state == "ACTIVE")
    return _pairs(connection, active, tables.token)


def named_elements(connection: Connection, kind: Kind, span: Span) -> list[tuple[int, str]]:
    """The elements that the live rows of a table name, by definition."""
    table = _TABLES[kind]
    rows = _running(table, span)
    return _pairs(connection, rows.where(live(table)) if "ended_at" in table.c else rows, table)


def _running(table: Table, span: Span) -> Select[Any]:
    running = and_(_INSTANCE.c.key == table.c.instance_key, live(_INSTANCE))
    return (
        select(_INSTANCE.c.definition_key, table.c.element_id)
        .select_from(table.join(_INSTANCE, running))
        .where(*span.of(table.c.instance_key))
    )


def _pairs(connection: Connection, rows: Select[Any], table: Table) -> list[tuple[int, str]]:
    by = (_INSTANCE.c.definition_key, table.c.element_id)
    found = rows.group_by(*by).order_by(*by)
    return [(row.definition_key, row.element_id) for row in connection.execute(found)]


def rows_at(
    connection: Connection, kind: Kind, definition_key: int, element_id: str, span: Span
) -> Iterator[BrokenRow]:
    """The live rows of a table at one element."""
    table = _TABLES[kind]
    running = and_(_INSTANCE.c.key == table.c.instance_key, live(_INSTANCE))
    found = select(table.c.key, table.c.instance_key, _INSTANCE.c.process_id, table.c.element_id).select_from(
        table.join(_INSTANCE, running)
    )
    mine = (_INSTANCE.c.definition_key == definition_key, table.c.element_id == element_id)
    ended = (live(table),) if "ended_at" in table.c else ()
    yield from starmap(BrokenRow, connection.execute(found.where(*mine, *ended, *span.of(table.c.instance_key))))


def tokens_without(connection: Connection, group: TokenGroup, need: Need, span: Span) -> Iterator[BrokenRow]:
    """The active tokens of a group that lack what they need, and have no incident that says so."""
    token = tables.token
    running = and_(_INSTANCE.c.key == token.c.instance_key, live(_INSTANCE))
    found = select(
        token.c.key,
        token.c.instance_key,
        _INSTANCE.c.process_id,
        token.c.element_id,
    ).select_from(token.join(_INSTANCE, running))
    at = [
        _INSTANCE.c.definition_key == group.definition_key,
        token.c.element_id == group.element_id,
        live(token),
        token.c.state == "ACTIVE",
        token.c.compensates.is_(None),
        ~_stuck(token),
    ]
    if group.run is not None:
        at.append(token.c.loop_counter.is_not(None) if group.run else token.c.loop_counter.is_(None))
    if need.unless:
        at.append(~_inside(token, need.unless))
    statement = found.where(*at, _lacks(token, need), *span.of(token.c.instance_key))
    found_rows = connection.execute(statement, execution_options={"stream_results": True, "yield_per": 500})
    yield from starmap(BrokenRow, found_rows)


def _stuck(token: Any) -> ColumnElement[bool]:
    incident = _INCIDENT
    mine = (incident.c.instance_key == token.c.instance_key, live(incident), incident.c.token_key == token.c.key)
    return exists(select(incident.c.key).where(*mine))


def _inside(token: Any, elements: Iterable[str]) -> ColumnElement[bool]:
    child = _INSIDE
    mine = (child.c.instance_key == token.c.instance_key, live(child), child.c.scope_key == token.c.key)
    return exists(select(child.c.key).where(*mine, child.c.element_id.in_(list(elements))))


def _lacks(token: Any, need: Need) -> ColumnElement[bool]:
    table = _HAD[need.kind]
    mine = [table.c.instance_key == token.c.instance_key, table.c[_KEYS.get(need.kind, "token_key")] == token.c.key]
    if "ended_at" in table.c:
        mine.append(live(table))
    if need.event_id is not None:
        mine.append(table.c.element_id == need.event_id)
    if need.kind is Kind.CALL:
        return ~exists(select(table.c.key).where(*mine)) & ~_calls(token)
    if need.count == 1:
        return ~exists(select(table.c.key).where(*mine))
    counted = select(func.count()).select_from(table).where(*mine).scalar_subquery()
    return counted < need.count


def _calls(token: Any) -> ColumnElement[bool]:
    """Whether an instance that the token has called still runs; then it is a forgotten call."""
    child = _CALLED
    mine = (child.c.parent_key == token.c.instance_key, child.c.parent_token_key == token.c.key, live(child))
    return exists(select(child.c.key).where(*mine))
