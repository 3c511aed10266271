"""From rows to instances: what the loop loads before it takes a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, select

from bpmn_engine.instance.changes import add_token, add_wait, is_ready
from bpmn_engine.instance.state import (
    Incident,
    Instance,
    InstanceState,
    Job,
    JobState,
    Subscription,
    Timer,
    Token,
    TokenState,
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
        state = TokenState(row.state)
        add_token(instances[row.instance_key], Token(row.key, row.element_id, row.scope_key, state, row.flow_id))
    for table, make, has_end in _WAITS:
        for row in _rows(connection, table, live, ended=has_end):
            add_wait(instances[row.instance_key], make(row))
    for row in connection.execute(_live_variables(live)):
        _put_variable(instances[row.instance_key], row)
    for instance in instances.values():
        _rebuild_agenda(instance)
    return instances


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
    )


def _live_variables(keys: list[int]) -> Select[Any]:
    """Variables of scopes that have ended are history."""
    scope = and_(t.token.c.key == t.variable.c.scope_key, t.token.c.ended_at.is_(None))
    return select(t.variable).join(t.token, scope).where(t.token.c.instance_key.in_(keys)).order_by(t.variable.c.key)


def _put_variable(instance: Instance, row: Row[Any]) -> None:
    instance.variables.setdefault(row.scope_key, {})[row.name] = loads(row.value)
    instance.variable_keys.setdefault(row.scope_key, {})[row.name] = row.key


def _rebuild_agenda(instance: Instance) -> None:
    stuck = {wait.token_key for wait in instance.waits.values() if isinstance(wait, Incident)}
    for token in instance.tokens.values():
        if is_ready(token) and token.key not in stuck:
            instance.ready[token.key] = None


def _job(row: Row[Any]) -> Job:
    headers = loads(row.headers)
    return Job(row.key, row.token_key, row.element_id, row.type, row.retries, headers, JobState(row.state))


def _user_task(row: Row[Any]) -> UserTask:
    return UserTask(
        row.key, row.token_key, row.element_id, row.assignee, tuple(loads(row.candidate_users)),
        tuple(loads(row.candidate_groups)), row.due_at, row.follow_up_at, row.priority, row.form_id, row.form_key,
        row.external_form,
    )  # fmt: skip


def _timer(row: Row[Any]) -> Timer:
    return Timer(row.key, row.token_key, row.element_id, row.due_at, row.schedule, row.remaining)


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(row.key, row.token_key, row.element_id, row.message_name, row.correlation_key, row.interrupting)


def _incident(row: Row[Any]) -> Incident:
    return Incident(row.key, row.token_key, row.element_id, row.error_type, row.message, row.job_key)


_WAITS: tuple[tuple[Table, Callable[[Row[Any]], Wait], bool], ...] = (
    (t.job, _job, True),
    (t.user_task, _user_task, True),
    (t.timer, _timer, False),
    (t.subscription, _subscription, False),
    (t.incident, _incident, True),
)
