"""The store: one suite over SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, inspect, text

from bpmn_engine import StoreUnavailable
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Instance, Job, Subscription, Timer, UserTask
from bpmn_engine.interpreter import take_step
from bpmn_engine.parser import parse
from bpmn_engine.store import connect
from bpmn_engine.store.connect import migrate
from bpmn_engine.store.database import Database
from bpmn_engine.store.jobs import Claim, claim_jobs, release_jobs
from bpmn_engine.store.json import dumps, loads
from bpmn_engine.store.projection import project
from bpmn_engine.store.reader import load_instances
from bpmn_engine.store.tables import metadata
from bpmn_engine.store.timers import due_timers, next_due
from bpmn_engine.store.writer import StaleInstance, Writer
from tests.diagrams import (
    boundary,
    condition_event,
    diagram,
    exclusive,
    mappings,
    message,
    message_event,
    parallel,
    service,
    sub,
    timer,
    user,
)
from tests.play import MORNING

BUSY = diagram(
    "start -> fork; fork -> a -> join; fork -> u -> join; fork -> s -> join; join -> end; late -> end_late; more -> end_more",
    parallel("fork"),
    parallel("join"),
    service("a", mappings({"x": "=total / 3"})),
    user("u"),
    sub("s", "start_s -> b -> end_s", service("b")),
    boundary("late", "a", timer("cycle", "R3/PT1H"), interrupting=False),
    boundary("more", "s", message_event("note"), interrupting=False),
    shared=message("note", "=total"),
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database."""
    opened = connect(database_url)
    yield opened
    opened.close()


class Written:
    """An instance that is written after every step."""

    def __init__(self, database: Database, data: bytes) -> None:
        self.database, self.process, self.keys = database, parse(data).processes[0], count(2)
        self.instance = Instance(1, 1)

    def do(self, command: commands.Command) -> None:
        command.at = MORNING
        writer = Writer(self.database)
        project(writer, self.process, self.instance, take_step(self.process, self.instance, command, self.keys))
        with self.database.write() as connection:
            writer.flush(connection)

    def read(self) -> Instance | None:
        with self.database.read() as connection:
            return load_instances(self.database, connection, [1]).get(1)

    def key(self, element_id: str, kind: type) -> int:
        return next(w.key for w in self.instance.waits.values() if w.element_id == element_id and isinstance(w, kind))


def test_what_is_written_and_read_back_is_equal_after_every_step(database: Database) -> None:
    written = Written(database, BUSY)
    written.do(
        commands.StartInstance(
            variables={"total": Decimal("10.50"), "list": [1, {"a": None}], "text": "ü\n"}, tags=("t",)
        )
    )
    assert written.read() == written.instance

    for command in (
        commands.FailJob(job_key=written.key("a", Job), retries=0, message="no", variables={"local": True}),
        commands.UpdateUserTask(task_key=written.key("u", UserTask), changes={"priority": 7, "due_at": MORNING}),
        commands.TriggerTimer(timer_key=written.key("late", Timer)),
        commands.CorrelateMessage(subscription_key=written.key("more", Subscription), variables={"n": 1}),
        commands.CompleteUserTask(task_key=written.key("u", UserTask), variables={"total": 11}),
        commands.CompleteJob(job_key=written.key("b", Job)),
    ):
        written.do(command)
        assert written.read() == written.instance


def test_an_ended_instance_is_not_loaded(database: Database) -> None:
    written = Written(database, BUSY)
    written.do(commands.StartInstance(variables={"total": 3}))
    written.do(commands.CancelInstance())

    assert written.read() is None


def test_the_agenda_survives_a_restart(database: Database) -> None:
    data = diagram("start -> m -> g; g -> m : =true; g -> end : default", exclusive("m"), exclusive("g"))
    written = Written(database, data)
    command = commands.StartInstance(at=MORNING)
    writer = Writer(database)
    project(
        writer,
        written.process,
        written.instance,
        take_step(written.process, written.instance, command, written.keys, budget=10),
    )
    with database.write() as connection:
        writer.flush(connection)

    read = written.read()

    assert read is not None
    assert list(read.ready) == list(written.instance.ready) != []


def test_a_write_on_a_stale_revision_is_refused(database: Database) -> None:
    written = Written(database, BUSY)
    written.do(commands.StartInstance(variables={"total": 3}))
    stale = Written(database, BUSY)
    stale.instance = written.read() or written.instance
    stale.keys = count(1000)
    written.do(commands.SetVariables(variables={"x": 1}))

    with pytest.raises(StaleInstance):
        stale.do(commands.SetVariables(variables={"x": 2}))


def make_by_migrations(connection: Connection) -> None:
    """Drop the tables and make them again, by one migration after the other."""
    metadata.drop_all(connection)
    connection.execute(text("DROP TABLE alembic_version"))
    migrate(connection)


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")  # SQLite does not tell the indexes of expressions
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.parametrize("by_migrations", [True, False])
def test_the_migrations_and_a_new_database_have_exactly_the_tables(database: Database, *, by_migrations: bool) -> None:
    if by_migrations:
        with database.write() as connection:
            make_by_migrations(connection)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def partial_indexes(connection: Connection) -> dict[str, str]:
    """The conditions of partial indexes by their names, as the database has them."""
    found = [index for table in metadata.tables for index in inspect(connection).get_indexes(table)]
    where = f"{connection.dialect.name}_where"
    conditions = {index["name"]: index.get("dialect_options", {}).get(where) for index in found}
    return {str(name): str(condition) for name, condition in conditions.items() if condition is not None}


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_the_partial_indexes_of_a_migrated_database_have_the_conditions_of_a_new_one(database: Database) -> None:
    with database.write() as connection:
        new = partial_indexes(connection)
        make_by_migrations(connection)

        assert partial_indexes(connection) == new
        assert "suspended" in new["job_ready"]


def test_a_job_is_claimed_once_and_again_after_its_deadline(database: Database) -> None:
    written = Written(database, BUSY)
    written.do(commands.StartInstance(variables={"total": 3}))

    def claim(at: Any, worker: str) -> list[str]:
        with database.write() as connection:
            wanted = Claim(("a", "b"), worker, 10, at + timedelta(minutes=1))
            return [row.type for row in claim_jobs(connection, database, wanted, at)]

    assert claim(MORNING, "one") == ["a", "b"]
    assert claim(MORNING + timedelta(seconds=59), "two") == []
    assert claim(MORNING + timedelta(seconds=61), "two") == ["a", "b"]

    with database.write() as connection:
        release_jobs(connection, "two", MORNING + timedelta(seconds=62))
    assert claim(MORNING + timedelta(seconds=62), "three") == ["a", "b"]


def test_finds_the_timers_that_are_due(database: Database) -> None:
    written = Written(database, BUSY)
    written.do(commands.StartInstance(variables={"total": 3}))

    with database.write() as connection:
        assert next_due(connection) == MORNING + timedelta(hours=1)
        assert due_timers(connection, database, MORNING, 10) == []
        assert len(due_timers(connection, database, MORNING + timedelta(hours=1), 10)) == 1


def test_an_old_schema_is_refused_with_a_remedy(database: Database, database_url: str) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    with pytest.raises(StoreUnavailable, match="bpmn db upgrade"):
        connect(database_url, upgrade=False)


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_used_is_named(url: str) -> None:
    with pytest.raises(StoreUnavailable):
        connect(url)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_json_keeps_every_digit(value: Any) -> None:
    assert loads(dumps(value)) == value


def test_what_a_condition_gave_last_is_read_back(database: Database) -> None:
    late = boundary("late", "u", condition_event("=x > 1"), interrupting=False)
    written = Written(database, diagram("start -> u -> end; late -> b -> end_b", user("u"), service("b"), late))
    written.do(commands.StartInstance())
    written.do(commands.SetVariables(variables={"x": 2}))

    assert written.read() == written.instance


def test_an_instance_that_others_change_while_it_is_read_is_read_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Written(database, BUSY)
    written.do(commands.StartInstance(variables={"total": 3}))
    known, asked = database.revisions, []

    def moving(connection: Any, keys: Any) -> dict[int, int]:
        asked.append(keys)
        return dict.fromkeys(keys, -1) if len(asked) < 3 else known(connection, keys)

    monkeypatch.setattr(database, "revisions", moving)
    monkeypatch.setattr(type(database), "writes_see_one_snapshot", False)
    read = written.read()

    assert read is not None
    assert read.tokens.keys() == written.instance.tokens.keys()
    assert len(asked) == 3


def test_an_instance_that_others_change_again_and_again_is_stale(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Written(database, BUSY)
    written.do(commands.StartInstance(variables={"total": 3}))
    monkeypatch.setattr(database, "revisions", lambda connection, keys: {})
    monkeypatch.setattr(type(database), "writes_see_one_snapshot", False)

    with pytest.raises(StaleInstance):
        written.read()


def test_a_new_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    opened = connect(f"sqlite:///{tmp_path / 'engine.db'}")
    with opened.write() as connection:
        connection.execute(text("UPDATE node SET pid = 1"))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    opened.close()

    assert set(modes.values()) == {0o600}, modes
