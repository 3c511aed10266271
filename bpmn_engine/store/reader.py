"""Reads instances from their rows: the loop loads them before it takes a step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Select, Table, and_, select

from bpmn_engine.instance.changes import add_compensation, add_token, add_wait, is_ready
from bpmn_engine.instance.state import (
    Compensation,
    Instance,
    InstanceState,
    LoopState,
    Token,
    TokenState,
    Wait,
)
from bpmn_engine.store import tables
from bpmn_engine.store.database import Database
from bpmn_engine.store.json import loads
from bpmn_engine.store.rows import columns, fetch
from bpmn_engine.store.waits import WAITS
from bpmn_engine.store.writer import StaleInstance

R = TypeVar("R")

#: The number of attempts to read instances that other nodes change in the meantime.
_ATTEMPTS = 5


class LiveInstance(NamedTuple):
    """A running instance."""

    key: int
    definition_key: int
    state: str
    revision: int
    business_id: str | None
    tags: str
    start_key: str | None
    parent_key: int | None
    parent_token_key: int | None
    root_key: int
    depth: int


class LiveToken(NamedTuple):
    """A token that has not ended."""

    key: int
    instance_key: int
    element_id: str
    scope_key: int
    state: str
    flow_id: str | None
    loop_counter: int | None
    compensates: int | None
    listeners: int


class LiveVariable(NamedTuple):
    """A variable of a live scope."""

    key: int
    instance_key: int
    scope_key: int
    name: str
    value: str


class LiveLoop(NamedTuple):
    """A running multi-instance activity or loop."""

    key: int
    instance_key: int
    total: int
    items: str | None


class EndedIteration(NamedTuple):
    """An iteration of a running loop that has ended."""

    instance_key: int
    loop_key: int
    counter: int
    completed: bool
    result: str


class LiveCompensation(NamedTuple):
    """A completed activity that can be compensated."""

    key: int
    instance_key: int
    scope_key: int
    token_key: int
    element_id: str
    loop_counter: int | None
    variables: str


def load_instances(database: Database, connection: Connection, keys: Iterable[int]) -> dict[int, Instance]:
    """Load the live instances with these keys, each as one transaction has left it; ended ones are absent.

    Raise `StaleInstance` if other nodes keep changing them while they are read.
    """
    wanted = list(keys)
    for _ in range(_ATTEMPTS):
        rows = _read(connection, wanted)
        live = [row.key for row in rows.instances]
        if database.writes_see_one_snapshot or not live:
            return _build(rows)
        present = database.revisions(connection, live)
        if all(present.get(row.key) == row.revision for row in rows.instances):
            return _build(rows)
    raise StaleInstance


class _Read(NamedTuple):
    """The rows of some instances, by table."""

    instances: list[LiveInstance]
    tokens: list[LiveToken]
    waits: list[tuple[int, Wait]]
    loops: list[LiveLoop]
    iterations: list[EndedIteration]
    compensations: list[LiveCompensation]
    variables: list[LiveVariable]


def _read(connection: Connection, keys: list[int]) -> _Read:
    table = tables.process_instance
    found = select(*columns(LiveInstance, table)).where(table.c.key.in_(keys), table.c.ended_at.is_(None))
    instances = fetch(connection, LiveInstance, found)
    live = [row.key for row in instances]
    if not live:
        return _Read([], [], [], [], [], [], [])
    return _Read(
        instances,
        _rows(connection, LiveToken, tables.token, live),
        [(row.instance_key, of.read(row)) for of in WAITS for row in _rows(connection, of.row, of.table, live)],
        _rows(connection, LiveLoop, tables.loop, live),
        _rows(connection, EndedIteration, tables.loop_run, live),
        _rows(connection, LiveCompensation, tables.compensation, live),
        fetch(connection, LiveVariable, _live_variables(live)),
    )


def _build(rows: _Read) -> dict[int, Instance]:
    instances = {row.key: _instance(row) for row in rows.instances}
    for token in rows.tokens:
        add_token(instances[token.instance_key], _token(token))
    for instance_key, wait in rows.waits:
        add_wait(instances[instance_key], wait)
    for loop in rows.loops:
        items = None if loop.items is None else loads(loop.items)
        instances[loop.instance_key].loops[loop.key] = LoopState(loop.key, loop.total, items)
    for iteration in rows.iterations:
        _put_iteration(instances[iteration.instance_key].loops[iteration.loop_key], iteration)
    for compensation in rows.compensations:
        add_compensation(instances[compensation.instance_key], _compensation(compensation))
    for variable in rows.variables:
        _put_variable(instances[variable.instance_key], variable)
    for instance in instances.values():
        _rebuild(instance)
    return instances


def _rows(connection: Connection, row: type[R], table: Table, keys: list[int]) -> list[R]:
    """Read the rows of a table that belong to instances and have not ended."""
    found = select(*columns(row, table)).where(table.c.instance_key.in_(keys)).order_by(table.c.key)
    return fetch(connection, row, found.where(table.c.ended_at.is_(None)) if "ended_at" in table.c else found)


def _instance(row: LiveInstance) -> Instance:
    return Instance(
        row.key,
        row.definition_key,
        InstanceState(row.state),
        revision=row.revision,
        business_id=row.business_id,
        tags=tuple(loads(row.tags)),
        start_key=row.start_key,
        parent_key=row.parent_key,
        parent_token_key=row.parent_token_key,
        root_key=row.root_key,
        depth=row.depth,
    )


def _token(row: LiveToken) -> Token:
    return Token(
        row.key,
        row.element_id,
        row.scope_key,
        TokenState(row.state),
        row.flow_id,
        row.loop_counter,
        row.compensates,
        row.listeners,
    )


def _put_iteration(loop: LoopState, row: EndedIteration) -> None:
    loop.started = max(loop.started, row.counter)
    if row.completed:
        loop.results[row.counter] = loads(row.result)
    else:
        loop.terminated += 1


def _compensation(row: LiveCompensation) -> Compensation:
    return Compensation(row.key, row.scope_key, row.token_key, row.element_id, row.loop_counter, loads(row.variables))


def _live_variables(keys: list[int]) -> Select[Any]:
    """Select the variables of live tokens; those of scopes that have ended are history."""
    scope = and_(
        tables.token.c.instance_key == tables.variable.c.instance_key,
        tables.token.c.key == tables.variable.c.scope_key,
        tables.token.c.ended_at.is_(None),
    )
    mine = (tables.token.c.instance_key.in_(keys), tables.variable.c.instance_key.in_(keys))
    return (
        select(*columns(LiveVariable, tables.variable))
        .join(tables.token, scope)
        .where(*mine)
        .order_by(tables.variable.c.key)
    )


def _put_variable(instance: Instance, row: LiveVariable) -> None:
    instance.variables.setdefault(row.scope_key, {})[row.name] = loads(row.value)
    instance.variable_keys.setdefault(row.scope_key, {})[row.name] = row.key


def _rebuild(instance: Instance) -> None:
    """Derive from the tokens the agenda and the number of iterations of each loop that have started."""
    for token in instance.tokens.values():
        if is_ready(instance, token):
            instance.ready[token.key] = None
        loop = instance.loops.get(token.scope_key)
        if loop is not None and token.loop_counter is not None:
            loop.started = max(loop.started, token.loop_counter)
