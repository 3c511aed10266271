"""Databases with very many waiting instances: the engine runs one of each kind, and its rows are copied.

A copy gets keys of its own, below those that the engine makes, its own start, and what tells instances apart: order
number, correlation key, business id, customer, due dates, candidates.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Table, select

from bpmn_engine import Engine, Registry, Resource, handler_of
from bpmn_engine.store import tables
from bpmn_engine.store.columns import UtcDateTime
from bpmn_engine.store.database import Database

VERSIONS = 3
BATCH = 5_000
#: Keys between two copies; an instance has fewer rows.
STRIDE = 100
FIRST = datetime(2025, 6, 1, tzinfo=UTC)
_TABLES = (
    tables.process_instance,
    tables.token,
    tables.variable,
    tables.job,
    tables.user_task,
    tables.timer,
    tables.subscription,
    tables.incident,
)
#: The columns that hold keys of the instance's own rows.
_KEYS = frozenset(("key", "instance_key", "scope_key", "token_key", "root_key", "job_key"))


HANDLERS = Registry(handler_of("prepare", lambda order_id: {"prepared": True, "price": order_id * 7 % 1000}))

_TASK = (
    '<bpmn:userTask id="approve" name="Approve"><bpmn:extensionElements><zeebe:userTask/>'
    '<zeebe:assignmentDefinition assignee="somebody" candidateGroups="everybody"/>'
    '<zeebe:taskSchedule dueDate="2030-01-01T00:00:00Z"/></bpmn:extensionElements></bpmn:userTask>'
)
_JOB = (
    '<bpmn:serviceTask id="ship"><bpmn:extensionElements><zeebe:taskDefinition type="ship"/>'
    "</bpmn:extensionElements></bpmn:serviceTask>"
)
_FAILS = (
    '<bpmn:serviceTask id="charge"><bpmn:extensionElements><zeebe:taskDefinition type="fail" retries="1"/>'
    "</bpmn:extensionElements></bpmn:serviceTask>"
)
_MESSAGE = (
    '<bpmn:intermediateCatchEvent id="paid"><bpmn:messageEventDefinition id="md" messageRef="m"/>'
    "</bpmn:intermediateCatchEvent>"
)
_TIMER = (
    '<bpmn:intermediateCatchEvent id="pause"><bpmn:timerEventDefinition id="td">'
    "<bpmn:timeDate>2030-01-01T00:00:00Z</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
)
#: What the instances of each process wait in, with its element's id; how many of a hundred instances are of it.
KINDS = {
    "claim": (_TASK, "approve", 35),
    "order": (_JOB, "ship", 20),
    "payment": (_MESSAGE, "paid", 20),
    "reminder": (_TIMER, "pause", 14),
    "bill": (_FAILS, "charge", 1),
    "done": ("", "", 10),
}


def _diagram(process_id: str, version: int) -> str:
    """Start, a service task that is over at once, the wait, end."""
    wait, wait_id, _ = KINDS[process_id]
    ids = ["start", "prepare", *([wait_id] if wait_id else []), "end"]
    flows = "".join(
        f'<bpmn:sequenceFlow id="f{n}" sourceRef="{source}" targetRef="{target}"/>'
        for n, (source, target) in enumerate(pairwise(ids))
    )
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d"><bpmn:message id="m" name="paid">'
        '<bpmn:extensionElements><zeebe:subscription correlationKey="=string(orderId)"/></bpmn:extensionElements>'
        f'</bpmn:message><bpmn:process id="{process_id}" name="{process_id} {version}" isExecutable="true">'
        f'<bpmn:startEvent id="start"/><bpmn:serviceTask id="prepare"/>{wait}<bpmn:endEvent id="end"/>{flows}'
        "</bpmn:process></bpmn:definitions>"
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of one instance, by table."""

    process_id: str
    rows: dict[str, list[dict[str, Any]]]


def samples(url: str) -> list[Sample]:
    """Run an instance of each version of each process until it waits; the latest version of each process last."""
    keys: list[tuple[str, int]] = []
    with Engine(url, handlers=HANDLERS) as engine:
        for version in range(1, VERSIONS + 1):
            for process_id in KINDS:
                engine.deploy(Resource(f"{process_id}.bpmn", _diagram(process_id, version).encode()))
                variables = {"orderId": 1, "customer": "somebody", "urgent": False}
                keys.append((process_id, engine.start(process_id, variables, business_id="B-1")))
        while engine.jobs(type="prepare", state="CREATED"):
            time.sleep(0.05)
        for job in engine.jobs(type="fail"):
            engine.fail_job(job.key, 0, "the address is not complete")
        return [Sample(process_id, _rows(engine.runtime.database, key)) for process_id, key in keys]


def _rows(database: Database, instance_key: int) -> dict[str, list[dict[str, Any]]]:
    with database.read() as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(_of(table, instance_key))]
            for table in _TABLES
        }


def _of(table: Table, instance_key: int) -> Any:
    owner = table.c.key if table is tables.process_instance else table.c.instance_key
    return select(table).where(owner == instance_key).order_by(table.c.key)


def fill(database: Database, found: list[Sample], count: int) -> None:
    """Write as many copies."""
    chosen = _turns(found)
    copiers = {id(sample): _copiers(database, sample) for sample in found}
    for begin in range(0, count, BATCH):
        rows: dict[str, list[tuple[Any, ...]]] = {table.name: [] for table in _TABLES}
        for number in range(begin, min(begin + BATCH, count)):
            for name, copier in copiers[id(chosen[number % len(chosen)])]:
                rows[name].append(copier(number))
        with database.write() as connection:
            database.take_time(connection)
            for table in _TABLES:
                columns = [column.name for column in table.c]
                if rows[table.name]:
                    database.insert(connection, table, columns, rows[table.name])
    with database.write() as connection:
        database.take_time(connection)
        database.analyze(connection)


def _turns(found: list[Sample]) -> list[Sample]:
    """Which sample each instance is a copy of; the versions of a process take turns."""
    versions: dict[str, list[Sample]] = {}
    for sample in found:
        versions.setdefault(sample.process_id, []).append(sample)
    turns = [
        (place / share, versions[process_id][place % VERSIONS])
        for process_id, (_, _, share) in KINDS.items()
        for place in range(share * VERSIONS)
    ]
    return [sample for _, sample in sorted(turns, key=lambda turn: turn[0])]


def key_of(number: int) -> int:
    """The key of a copy."""
    return (number + 1) * STRIDE


def _copiers(database: Database, sample: Sample) -> list[tuple[str, Callable[[int], tuple[Any, ...]]]]:
    own = sorted({row["key"] for rows in sample.rows.values() for row in rows})
    assert len(own) < STRIDE
    places = {key: place for place, key in enumerate(own)}  # the instance's own key is the lowest
    return [(table.name, _copier(database, table, row, places)) for table in _TABLES for row in sample.rows[table.name]]


def _copier(database: Database, table: Table, row: dict[str, Any], places: dict[int, int]) -> Any:
    columns = [column.name for column in table.c]
    moments = [n for n, column in enumerate(table.c) if isinstance(column.type, UtcDateTime)]
    plain = [row[name] for name in columns]
    keys = [(n, places[row[name]]) for n, name in enumerate(columns) if name in _KEYS and row[name] in places]
    own = [(columns.index(name), make) for name, make in _own(table.name, row)]
    shifted = [n for n in moments if plain[n] is not None and columns[n] != "due_at"]
    started = min((plain[n] for n in shifted), default=FIRST)

    def copy(number: int) -> tuple[Any, ...]:
        values, base = plain.copy(), key_of(number)
        for n, place in keys:
            values[n] = base + place
        begun = FIRST + timedelta(milliseconds=10_000 * number)
        for n in shifted:
            values[n] = begun + (plain[n] - started)
        for n, make in own:
            values[n] = make(number)
        for n in moments:
            values[n] = database.moment(values[n])
        return tuple(values)

    return copy


def _own(table: str, row: dict[str, Any]) -> Iterator[tuple[str, Callable[[int], Any]]]:
    """What tells an instance apart from others."""
    if table == "variable" and row["name"] in _VALUES:
        yield "value", _VALUES[row["name"]]
    else:
        yield from _OWN.get(table, {}).items()


def due(number: int) -> datetime:
    """When something of an instance is due."""
    return datetime(2031, 1, 1, tzinfo=UTC) + timedelta(seconds=number * 7919 % 50_000_000)


_VALUES: dict[str, Callable[[int], str]] = {
    "orderId": str,
    "customer": lambda number: f'"customer {number % 5000}"',
    "price": lambda number: str(number % 997),
}
_OWN: dict[str, dict[str, Callable[[int], Any]]] = {
    "process_instance": {"business_id": lambda number: f"B-{number}"},
    "subscription": {"correlation_key": str},
    "timer": {"due_at": due},
    "user_task": {
        "due_at": due,
        "assignee": lambda number: f"person{number % 4000}" if number % 3 else None,
        "candidate_groups": lambda number: f'["group{number % 300}"]',
        "priority": lambda number: number % 101,
    },
}
