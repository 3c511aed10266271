"""From rows to instances: what the loop loads before it takes a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, select

from bpmn_engine.instance.changes import add_compensation, add_token, add_wait, is_ready
from bpmn_engine.instance.state import (
    Call,
    Compensation,
    Condition,
    Incident,
    Instance,
    InstanceState,
    Job,
    JobKind,
    JobState,
    Loop,
    Subscription,
    SubscriptionKind,
    Timer,
    Token,
    TokenState,
    Transition,
    UserTask,
    Wait,
)
from bpmn_engine.store import tables as t
from bpmn_engine.store.json import loads


def load_instances(connection: Connection, keys: Iterable[int]) -> dict[int, Instance]:
    """The live instances with these keys; ended ones are absent."""
    wanted = list(keys)
    found = select(t.process_instance).where(
        t.process_instance.c.key.in_(wanted), t.process_instance.c.ended_at.is_(None)
    )
    instances = {row.key: _instance(row) for row in connection.execute(found)}
    if not instances:
        return {}
    live = list(instances)
    for row in _rows(connection, t.token, live, ended=True):
        add_token(instances[row.instance_key], _token(row))
    for table, make, has_end in _WAITS:
        for row in _rows(connection, table, live, ended=has_end):
            add_wait(instances[row.instance_key], make(row))
    for row in connection.execute(_called(live)):
        token = instances[row.parent_key].tokens[row.parent_token_key]
        add_wait(instances[row.parent_key], Call(row.key, token.key, token.element_id))
    _load_loops(connection, instances, live)
    for row in connection.execute(_live_variables(live)):
        _put_variable(instances[row.instance_key], row)
    for instance in instances.values():
        _rebuild(instance)
    return instances


def _load_loops(connection: Connection, instances: Mapping[int, Instance], live: list[int]) -> None:
    """Loops, their finished runs, and what can be undone."""
    for row in _rows(connection, t.loop, live, ended=False):
        items = None if row.items is None else loads(row.items)
        instances[row.instance_key].loops[row.key] = Loop(row.key, row.total, items)
    for row in _rows(connection, t.loop_run, live, ended=False):
        _put_run(instances[row.instance_key].loops[row.loop_key], row)
    for row in _rows(connection, t.compensation, live, ended=False):
        add_compensation(instances[row.instance_key], _compensation(row))


def _rows(connection: Connection, table: Table, keys: list[int], *, ended: bool) -> Iterable[Row[Any]]:
    statement = select(table).where(table.c.instance_key.in_(keys)).order_by(table.c.key)
    return connection.execute(statement.where(table.c.ended_at.is_(None)) if ended else statement)


def _instance(row: Row[Any]) -> Instance:
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


def _token(row: Row[Any]) -> Token:
    return Token(
        row.key, row.element_id, row.scope_key, TokenState(row.state), row.flow_id, row.loop_counter, row.compensates,
        row.listeners,
    )  # fmt: skip


def _called(keys: list[int]) -> Select[Any]:
    """The running instances that call activities of these wait for."""
    i = t.process_instance.c
    return (
        select(i.key, i.parent_key, i.parent_token_key)
        .join(t.token, and_(t.token.c.key == i.parent_token_key, t.token.c.ended_at.is_(None)))
        .where(i.parent_key.in_(keys), i.ended_at.is_(None))
        .order_by(i.key)
    )


def _put_run(loop: Loop, row: Row[Any]) -> None:
    loop.started = max(loop.started, row.counter)
    if row.completed:
        loop.results[row.counter] = loads(row.result)
    else:
        loop.terminated += 1


def _compensation(row: Row[Any]) -> Compensation:
    return Compensation(row.key, row.scope_key, row.token_key, row.element_id, row.loop_counter, loads(row.variables))


def _live_variables(keys: list[int]) -> Select[Any]:
    """Variables of scopes that have ended are history."""
    scope = and_(t.token.c.key == t.variable.c.scope_key, t.token.c.ended_at.is_(None))
    return select(t.variable).join(t.token, scope).where(t.token.c.instance_key.in_(keys)).order_by(t.variable.c.key)


def _put_variable(instance: Instance, row: Row[Any]) -> None:
    instance.variables.setdefault(row.scope_key, {})[row.name] = loads(row.value)
    instance.variable_keys.setdefault(row.scope_key, {})[row.name] = row.key


def _rebuild(instance: Instance) -> None:
    """What follows from the tokens: the agenda, and how many runs of a loop have begun."""
    for token in instance.tokens.values():
        if is_ready(instance, token):
            instance.ready[token.key] = None
        loop = instance.loops.get(token.scope_key)
        if loop is not None and token.loop_counter is not None:
            loop.started = max(loop.started, token.loop_counter)


def _job(row: Row[Any]) -> Job:
    headers = loads(row.headers)
    return Job(
        row.key, row.token_key, row.element_id, row.type, row.retries, headers, JobState(row.state), JobKind(row.kind),
        row.event,
    )  # fmt: skip


def _user_task(row: Row[Any]) -> UserTask:
    return UserTask(
        row.key, row.token_key, row.element_id, row.assignee, tuple(loads(row.candidate_users)),
        tuple(loads(row.candidate_groups)), row.due_at, row.follow_up_at, row.priority, row.form_id, row.form_key,
        row.external_form, _transition(row.transition), row.denied,
    )  # fmt: skip


def _transition(text: str | None) -> Transition | None:
    if text is None:
        return None
    event, changes, variables, listeners = loads(text)
    for name in ("due_at", "follow_up_at"):
        if changes.get(name):
            changes[name] = datetime.fromisoformat(changes[name])
    for name in ("candidate_users", "candidate_groups"):
        if name in changes:
            changes[name] = tuple(changes[name])
    return Transition(event, changes, variables, listeners)


def _timer(row: Row[Any]) -> Timer:
    return Timer(row.key, row.token_key, row.element_id, row.due_at, row.schedule, row.remaining)


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        row.key, row.token_key, row.element_id, row.name, row.correlation_key, row.interrupting,
        SubscriptionKind(row.kind),
    )  # fmt: skip


def _condition(row: Row[Any]) -> Condition:
    return Condition(row.key, row.token_key, row.element_id, row.position, row.holds)


def _incident(row: Row[Any]) -> Incident:
    return Incident(row.key, row.token_key, row.element_id, row.error_type, row.message, row.job_key)


_WAITS: tuple[tuple[Table, Callable[[Row[Any]], Wait], bool], ...] = (
    (t.job, _job, True),
    (t.user_task, _user_task, True),
    (t.timer, _timer, False),
    (t.subscription, _subscription, False),
    (t.condition, _condition, False),
    (t.incident, _incident, True),
)
