"""A database of commit f082348 is brought up to date, and what waited in it goes on; on both databases.

`make.py` says how the file was made, `expected.py` what is in it.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, DateTime, MetaData, Table, create_engine
from sqlalchemy.engine import Engine as Connections

from bpmn_engine import Engine, EngineError, Registry, Resource
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Kind
from bpmn_engine.runtime.check import check
from bpmn_engine.store.connect import migrate
from bpmn_engine.store.queries import Search
from bpmn_engine.store.queries.resources import DECISION_INSTANCES, PROCESS_DEFINITIONS
from tests.asking import command, complete_task
from tests.cli.test_cli import bpmn
from tests.runtime.test_engine import eventually
from tests.soundness import assert_sound
from tests.upgrade.expected import ENDED, LOST, LOST_CALLS, RUNNING, Row, Step

FILE = Path(__file__).parent / "f082348.db.gz"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: When every timer that is to fire has fallen due, and no lock or message has run out.
MUCH_LATER = datetime(2100, 6, 1, tzinfo=UTC)
#: Seconds to wait for what the engine does by itself.
PATIENCE = 15.0


# the old database


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """The old SQLite file."""
    path = tmp_path / "old.db"
    path.write_bytes(gzip.decompress(FILE.read_bytes()))
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old_url(request: pytest.FixtureRequest, old_file: Path) -> str:
    """The URL of the old database; on PostgreSQL the same rows in tables as they were then."""
    if request.param == "sqlite":
        return f"sqlite:///{old_file}"
    url: str = request.getfixturevalue("empty_postgres_url")
    connections = create_engine(url)
    _make_old_tables(connections)
    _copy_rows(old_file, connections)
    connections.dispose()
    return url


def _make_old_tables(connections: Connections) -> None:
    with connections.begin() as connection:
        migrate(connection, "0001")


def _copy_rows(old_file: Path, connections: Connections) -> None:
    """Fill the tables as they are in the database, not as `store.tables` has them today."""
    old = sqlite3.connect(old_file)
    old.row_factory = sqlite3.Row
    tables = MetaData()
    tables.reflect(connections)
    with connections.begin() as connection:
        for table in tables.sorted_tables:
            rows = [_converted(table, row) for row in old.execute(f'SELECT * FROM "{table.name}"')]
            if rows and table.name != "alembic_version":
                connection.execute(table.insert(), rows)
    old.close()


def _converted(table: Table, row: sqlite3.Row) -> dict[str, Any]:
    return {column.name: _value(column, row[column.name]) for column in table.columns}


def _value(column: Column[Any], value: Any) -> Any:
    """SQLite has microseconds since 1970 for moments, and 0 and 1 for truth."""
    if value is None:
        return None
    if isinstance(column.type, DateTime):
        return EPOCH + timedelta(microseconds=value)
    return bool(value) if isinstance(column.type, Boolean) else value


# what is done to an instance


def of(engine: Engine, row: Row) -> dict[str, Any]:
    """What finds all that belongs to a row: its business id, or its process id if an event has started it."""
    named = {"business_id": row.id}
    return named if engine.instances(**named) else {"process_id": row.id}


def instances(engine: Engine, row: Row) -> list[Any]:
    """The instances of a row, oldest first."""
    return engine.instances(**of(engine, row))


def some(find: Callable[[], list[Any]]) -> Any:
    """The first of what is found, once there is something."""
    return eventually(find, PATIENCE)[0]


def activated(engine: Engine, step: Step) -> int:
    """A job, activated as a worker does."""
    key: int = some(lambda: engine.activate_jobs(step.name, worker="test", limit=1)).key
    return key


def do_job(engine: Engine, row: Row, step: Step) -> None:
    engine.complete_job(activated(engine, step), step.variables)


def do_held_job(engine: Engine, row: Row, step: Step) -> None:
    assert engine.activate_jobs(step.name) == []
    engine.complete_job(engine.jobs(type=step.name)[0].key)


def throw_error(engine: Engine, row: Row, step: Step) -> None:
    engine.throw_error(activated(engine, step), step.key)


def do_task(engine: Engine, row: Row, step: Step) -> None:
    task = some(lambda: engine.tasks(state="CREATED", element_id=step.name, **of(engine, row)))
    complete_task(engine, task.key, step.variables)


def publish(engine: Engine, row: Row, step: Step) -> None:
    """Until somebody waits for it."""
    now = timedelta()
    eventually(lambda: engine.publish(step.name, step.key, step.variables, time_to_live=now).instance_keys, PATIENCE)


def broadcast(engine: Engine, row: Row, step: Step) -> None:
    engine.signal(step.name)


def write(engine: Engine, row: Row, step: Step) -> None:
    engine.set_variables(instances(engine, row)[0].key, step.variables)


def resolve(engine: Engine, row: Row, step: Step) -> None:
    incident = some(lambda: engine.incidents(state="ACTIVE", **of(engine, row)))
    if incident.job_key:
        engine.set_retries(incident.job_key, 1)
    engine.resolve(incident.key)


def resume(engine: Engine, row: Row, step: Step) -> None:
    engine.resume(instances(engine, row)[0].key)


def begin(engine: Engine, row: Row, step: Step) -> None:
    (scope,) = engine.elements(instances(engine, row)[0].key, element_id=step.name, state="ACTIVE")
    command(
        engine,
        Kind.ELEMENT_INSTANCE,
        scope.key,
        commands.ActivateAdHoc(token_key=scope.key, elements=((step.key, {}),)),
    )


def go_to_later(engine: Engine, row: Row, step: Step) -> None:
    engine.clock.pin(MUCH_LATER)


VERBS: dict[str, Callable[[Engine, Row, Step], None]] = {
    "job": do_job,
    "held": do_held_job,
    "throw": throw_error,
    "task": do_task,
    "publish": publish,
    "signal": broadcast,
    "write": write,
    "resolve": resolve,
    "resume": resume,
    "begin": begin,
    "later": go_to_later,
}


# how it ends


def carried(engine: Engine, row: Row) -> Any:
    """How an instance ends when its steps are done; what went wrong, if it cannot be carried there."""
    try:
        for step in row.steps:
            VERBS[step.verb](engine, row, step)
        eventually(lambda: all(instance.ended_at for instance in instances(engine, row)), PATIENCE)
    except (AssertionError, EngineError) as error:
        return repr(error), seen(engine, row)
    return seen(engine, row)


def seen(engine: Engine, row: Row) -> Any:
    """The instances of a row as an operator sees them."""
    found = instances(engine, row)
    elements = [element for instance in found for element in engine.elements(instance.key, state="COMPLETED")]
    variables = engine.variables(found[0].key) if found else {}
    return (
        tuple(instance.state for instance in found),
        Counter(element.element_id for element in elements if element.type != "process"),
        {name: variables.get(name) for name in row.variables},
    )


def wanted(row: Row) -> Any:
    """What `seen` must give."""
    return row.states, Counter(row.elements.split()), dict(row.variables)


def different(engine: Engine, rows: Iterable[Row], end: Callable[[Engine, Row], Any]) -> dict[str, Any]:
    """The rows that do not end as they must: how they end, and how they should."""
    ends = ((row, end(engine, row)) for row in rows)
    return {row.id: (found, wanted(row)) for row, found in ends if found != wanted(row)}


@pytest.fixture
def upgraded(old_url: str) -> Iterator[Engine]:
    """An engine of today on the old database."""
    with Engine(old_url, handlers=Registry()) as engine:
        yield engine


def test_every_instance_goes_on_where_it_waited(upgraded: Engine) -> None:
    assert different(upgraded, RUNNING, carried) == {}
    assert {finding.name for finding in check(upgraded.runtime.database)} == {"lost call"}


def test_what_had_ended_is_still_told(upgraded: Engine) -> None:
    assert different(upgraded, ENDED, seen) == {}
    assert [row.decision_id for row in upgraded.search(DECISION_INSTANCES).items] == ["risk", "risk"]
    assert [row.business_id for row in upgraded.incidents(state="RESOLVED")] == ["stuck-resolved"]


def test_what_was_deployed_is_used_and_not_deployed_again(upgraded: Engine) -> None:
    (old,) = upgraded.search(PROCESS_DEFINITIONS, Search({"process_id": "decision"})).items

    again = upgraded.deploy(Resource(old.resource_name, upgraded.source(old.key)))
    new = upgraded.start("decision", {"age": 30})

    assert [item.key for item in again.items] == [old.key]
    assert upgraded.variables(new)["risk"] == "low"
    assert upgraded.form(form_id="review") is not None


# calls that were lost


def up_to_date(url: str) -> str:
    """The old database with the schema of today."""
    assert bpmn("db", "upgrade", "--database", url).returncode == 0
    return url


def checked(url: str, *options: str) -> tuple[int, Any]:
    """The exit code and the findings of a check."""
    result = bpmn("db", "check", "--json", *options, "--database", url)
    return result.returncode, json.loads(result.stdout)


def test_the_file_holds_calls_that_were_lost(old_file: Path) -> None:
    with closing(sqlite3.connect(old_file)) as connection:
        lost = [business_id for (business_id,) in connection.execute(LOST_CALLS)]

    assert sorted(lost) == sorted(row.id for row in LOST)


def test_a_check_names_the_parents_of_lost_calls_and_nothing_else_and_changes_nothing(old_url: str) -> None:
    up_to_date(old_url)

    first, second = checked(old_url), checked(old_url)

    code, report = first
    (lost,) = report["found"]
    assert (code, lost["check"], lost["count"]) == (1, "lost call", len(LOST))
    assert {item["elementId"] for item in lost["findings"]} == {"c", "m"}
    assert all("was never told" in item["text"] for item in lost["findings"])
    assert second == first


def test_a_repair_lets_the_parents_of_lost_calls_go_on(old_url: str) -> None:
    up_to_date(old_url)

    code, report = checked(old_url, "--repair")

    assert (code, report["found"]) == (0, [])
    assert [kind["count"] for kind in report["repaired"]] == [len(LOST)]
    assert checked(old_url) == (0, {"found": [], "repaired": []})
    with Engine(old_url, handlers=Registry()) as engine:
        assert different(engine, LOST, carried) == {}
    assert_sound(old_url)
