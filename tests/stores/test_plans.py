"""Every query has its index: what the engine asks for, and each field of every search as a filter and as a sort.

The plans are those that the databases make for the statements of the real functions. What may be slow stands in `SLOW`
with its reason; what stands there and is fast is a failure too, so that the list stays true.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, create_engine, insert, make_url, select, text

from benchmarks.waiting import fill, key_of, samples
from bpmn_engine.instance.state import Kind
from bpmn_engine.store import connect, idempotency, tables
from bpmn_engine.store import instances as instance_rows
from bpmn_engine.store import jobs as job_rows
from bpmn_engine.store import messages as message_rows
from bpmn_engine.store import timers as timer_rows
from bpmn_engine.store.database import Database
from bpmn_engine.store.queries import Search, search
from bpmn_engine.store.queries import resources as resource_queries
from bpmn_engine.store.queries.resources import SEARCHABLES
from bpmn_engine.store.reader import load_instances
from tests.stores.plans import BIG, MANY, Allowed, slow_parts, statements
from tests.stores.slow import AT_A_MILLION, SLOW

INSTANCES = 4_000
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ONE = key_of(7)
#: The key of the first row that no instance has.
OTHERS = 90_000_000

# the database


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with some thousand instances and their statistics."""
    url = f"sqlite:///{tmp_path_factory.mktemp('plans') / 'engine.db'}"
    if request.param == "postgres":
        url = _new_database(request.getfixturevalue("postgres_server"))
    found = samples(url)
    opened = connect(url)
    with opened.write() as connection:
        _add_what_no_instance_has(connection)
    fill(opened, found, INSTANCES)
    yield opened
    opened.close()


def _new_database(server: str) -> str:
    url = make_url(server).set(drivername="postgresql+psycopg")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        name = f"plans_{uuid.uuid4().hex}"
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


def _add_what_no_instance_has(connection: Connection) -> None:
    """More incidents than instances of such a mix have, decisions that were made, buffered messages."""
    incident = dict(connection.execute(select(tables.incident).limit(1)).one()._mapping)
    ended = {"state": "RESOLVED", "ended_at": NOW}
    _add(
        connection,
        tables.incident,
        incident,
        lambda n: {
            "instance_key": key_of(n),
            "token_key": key_of(n),
            "error_type": f"ERROR_{n % 200}",
            "element_id": f"element{n % 200}",
            "created_at": NOW + timedelta(seconds=n),
            **(ended if n % 500 else {}),
        },
    )
    _add(
        connection,
        tables.decision_instance,
        _DECISION,
        lambda n: {
            "evaluation_key": 10 * n,
            "instance_key": key_of(n),
            "definition_key": n % 300,
            "token_key": key_of(n) + 2,
            "evaluated_at": NOW + timedelta(seconds=n),
        },
    )
    connection.execute(insert(tables.decision_requirements), _REQUIREMENTS)
    _add(
        connection,
        tables.decision_definition,
        _DECISION_DEFINITION,
        lambda n: {"key": n, "decision_id": f"decision{n}"},
    )
    _add(
        connection,
        tables.idempotency,
        {"fingerprint": "", "answer": ""},
        lambda n: {
            "key": str(n),
            "expires_at": NOW + timedelta(seconds=n),
        },
    )
    _add(
        connection,
        tables.message,
        _MESSAGE,
        lambda n: {
            "correlation_key": str(n),
            "message_id": f"id{n}",
            "expires_at": NOW + timedelta(seconds=n),
        },
    )


def _add(connection: Connection, table: Table, row: dict[str, Any], own: Callable[[int], dict[str, Any]]) -> None:
    rows = [{**row, "key": OTHERS + n, **own(n)} for n in range(INSTANCES)]
    connection.execute(insert(table), rows)


_DECISION = {
    "position": 1,
    "root_definition_key": 1,
    "type": "DECISION_TABLE",
    "state": "EVALUATED",
    "failure": None,
    "result": "1",
    "inputs": "[]",
    "rules": "[]",
}
_REQUIREMENTS = {
    "key": 1,
    "requirements_id": "model",
    "version": 1,
    "name": "Model",
    "namespace": "here",
    "resource_key": 1,
    "resource_name": "model.dmn",
    "deployment_key": 1,
}
_DECISION_DEFINITION = {
    "version": 1,
    "version_tag": None,
    "name": "Decision",
    "requirements_key": 1,
    "deployment_key": 1,
}
_MESSAGE = {"name": "paid", "variables": "{}"}


class _Undo(Exception):
    """Nothing that a test does stays."""


@contextmanager
def undone(database: Database) -> Iterator[Connection]:
    """A transaction that is rolled back."""
    with suppress(_Undo), database.write() as connection:
        yield connection
        raise _Undo


# the engine


def _claim(*types: str, suspects: bool | None = None) -> job_rows.Claim:
    return job_rows.Claim(types, "worker", 10, NOW + timedelta(minutes=5), suspects)


Query = Callable[[Connection, Database], object]
QUERIES: dict[str, Query] = {
    "loading an instance": lambda c, d: load_instances(d, c, [ONE]),
    "loading ten instances": lambda c, d: load_instances(d, c, [key_of(n) for n in range(10)]),
    "finding the owners of jobs": lambda c, _: instance_rows.owners(c, Kind.JOB, [ONE + 5]),
    "finding the owners of tasks": lambda c, _: instance_rows.owners(c, "user task", [ONE + 5]),
    "finding unfinished instances": lambda c, _: instance_rows.unfinished_instances(c, 500),
    "finding the instance of a message start": lambda c, _: instance_rows.is_running(c, "payment", "7"),
    "finding who waits for a message": lambda c, _: list(message_rows.waiting_for(c, ("paid", "7"), ())),
    "finding what starts with a message": lambda c, _: message_rows.starts_with(c, "paid"),
    "finding a message's id": lambda c, _: message_rows.is_buffered(c, ("paid", "7"), "id7", NOW),
    "finding buffered messages": lambda c, _: message_rows.buffered_among(c, [("paid", "7"), ("paid", "8")], NOW),
    "finding the next message": lambda c, _: message_rows.next_buffered(c, "payment", ("paid", "7"), NOW),
    "finding the messages that start a process": lambda c, _: message_rows.names_with_messages(c, "payment"),
    "closing start subscriptions": lambda c, _: message_rows.close_starts(c, "payment"),
    "finding who waits for a signal": lambda c, _: message_rows.signal_subscriptions(c, "alarm"),
    "finding conditional starts": lambda c, _: message_rows.conditional_starts(c),
    "dropping expired messages": lambda c, _: message_rows.drop_expired(c, NOW + timedelta(seconds=9)),
    "claiming jobs of a type": lambda c, d: job_rows.claim_jobs(c, d, _claim("ship"), NOW),
    "claiming jobs of three types": lambda c, d: job_rows.claim_jobs(c, d, _claim("ship", "prepare", "fail"), NOW),
    "claiming suspect jobs": lambda c, d: job_rows.claim_jobs(c, d, _claim("ship", suspects=True), NOW),
    "claiming jobs but suspects": lambda c, d: job_rows.claim_jobs(c, d, _claim("ship", suspects=False), NOW),
    "finding a kept answer": lambda c, _: idempotency.answered(c, "7", NOW),
    "dropping expired answers": lambda c, _: idempotency.drop_expired(c, NOW),
    "finding types with ready jobs": lambda c, _: job_rows.ready_types(c, ["ship", "pack"], NOW),
    "finding when a job will be ready": lambda c, _: job_rows.next_ready(c, ["ship", "pack"], NOW),
    "releasing a worker's jobs": lambda c, _: job_rows.release_jobs(c, "worker", NOW),
    "ending a dead worker's locks": lambda c, _: job_rows.lapse_jobs_of(c, "worker", NOW),
    "finding due timers": lambda c, d: timer_rows.due_timers(c, d, NOW + timedelta(days=9000), 50),
    "finding due timers of others": lambda c, d: timer_rows.due_timers(c, d, NOW + timedelta(days=9000), 50, [1]),
    "finding the next due timer": lambda c, _: timer_rows.next_due(c),
    "dropping start timers": lambda c, _: timer_rows.cancel_starts(c, [1, 2]),
    "reading the variables of a scope": lambda c, _: resource_queries.scope_variables(c, ONE),
    "finding the scopes around a token": lambda c, _: resource_queries.scope_chain(c, ONE + 3),
}


#: What these find belongs to few instances or scopes, or is the first of some queues.
SORTED = frozenset(
    (
        "loading an instance",
        "loading ten instances",
        "finding who waits for a message",
        "claiming jobs of three types",
        "finding due timers of others",
        "reading the variables of a scope",
    )
)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_of_the_engine_reads_its_rows_through_an_index(database: Database, name: str) -> None:
    with undone(database) as connection:
        made = statements(connection, lambda: QUERIES[name](connection, database))

        assert made != []
        allowed = Allowed(sorting=name in SORTED, reading=name == "finding the next due timer")
        assert slow_parts(connection, made, allowed) == []


# searches

LATE = {"$gt": "2100-01-01T00:00:00Z"}
#: What is searched for, by field; rare, so that it does not pay to read everything.
VALUES: dict[str, Any] = {
    "started_at": LATE,
    "ended_at": LATE,
    "created_at": LATE,
    "due_at": LATE,
    "follow_up_at": LATE,
    "evaluated_at": LATE,
    "available_at": LATE,
    "has_incident": True,
    "failed_before": True,
    "suspended": True,
    "interrupting": True,
    "variables": [{"name": "orderId", "value": "7"}],
    "instance_variables": [{"name": "orderId", "value": "7"}],
    "local_variables": [{"name": "orderId", "value": "7"}],
    "instance_id": "10-1",
    "business_id": "B-7",
    "instance_key": ONE,
    "root_key": ONE,
    "parent_key": ONE,
    "scope_key": ONE,
    "token_key": ONE + 3,
    "key": ONE + 3,
    "incident_key": OTHERS + 500,
    "value": "7",
    "error_message": "no",
}
#: Fields of which a value stands in few rows, which may be sorted.
FEW = frozenset(
    (
        "instance_key",
        "root_key",
        "parent_key",
        "parent_token_key",
        "scope_key",
        "token_key",
        "incident_key",
        "job_key",
        "key",
        "business_id",
        "value",
        "variables",
        "instance_variables",
        "local_variables",
        "instance_id",
        "evaluation_key",
    )
)


def _fields(resource: str) -> Iterator[tuple[str, str]]:
    found = SEARCHABLES[resource]
    for name in dict.fromkeys((*found.fields, *found.conditions)):
        yield name, "filter"
        if name in found.fields:
            yield from ((name, "sort"), (name, "sort down"))


SEARCHES = [
    (resource, name, use)
    for resource, found in SEARCHABLES.items()
    if found.sources[0].name in BIG  # type: ignore[attr-defined]  # it is a table
    for name, use in _fields(resource)
]


def _value(resource: str, name: str) -> Any:
    if name in VALUES:
        return VALUES[name]
    column = SEARCHABLES[resource].fields.get(name)
    return -5 if column is not None and column.type.python_type is int else "nothing like it"


def _plan(connection: Connection, resource: str, name: str, use: str) -> list[str]:
    """What is slow of a search."""
    found = SEARCHABLES[resource]
    if use == "filter":
        wanted, allowed = Search({name: _value(resource, name)}), Allowed(sorting=name in FEW)
    else:
        wanted = Search(sort=((name, use == "sort down"),))
        allowed = Allowed(reading=True, sorting_ties=_is_distinct(name) and _ties(connection, resource, wanted) <= MANY)
    return slow_parts(connection, statements(connection, lambda: search(connection, found, wanted)), allowed)


def _is_distinct(name: str) -> bool:
    """Whether few rows have the same value of a field, apart from those that have none."""
    return name in FEW or name.endswith("_at") or name == "assignee"


def _ties(connection: Connection, resource: str, wanted: Search) -> int:
    """How many rows have the same value as the first one."""
    ((name, _),) = wanted.sort
    first = getattr(search(connection, SEARCHABLES[resource], wanted).items[0], name)
    if isinstance(first, datetime):
        first = first.isoformat()
    same = {name: {"$exists": False} if first is None else first}
    return search(connection, SEARCHABLES[resource], Search(same)).total


@pytest.mark.parametrize(("resource", "name", "use"), SEARCHES)
def test_a_search_reads_its_first_page_through_an_index(database: Database, resource: str, name: str, use: str) -> None:
    with undone(database) as connection:
        slow = _plan(connection, resource, name, use)

    reason = SLOW.get((resource, name, use), "")
    on = connection.dialect.name
    if on == "postgresql" and (resource, name, use) in AT_A_MILLION:
        return  # with so few rows it is chance which plan it makes
    expected = bool(reason) and (not reason.startswith("on ") or reason.startswith(f"on {on}"))
    assert bool(slow) == expected, f"{slow or 'fast'}; listed: {reason or 'no'}"


def test_nothing_is_listed_as_slow_that_cannot_be_searched_for() -> None:
    assert SLOW.keys() - set(SEARCHES) == set()
