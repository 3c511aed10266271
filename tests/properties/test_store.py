"""What is written to SQL and read back is equal after every step, whatever the diagram and the order of events."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, func, select

from bpmn_engine.errors import Rejected
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import Instance
from bpmn_engine.interpreter import take_step
from bpmn_engine.parser import parse
from bpmn_engine.store import connect, tables
from bpmn_engine.store.database import Database
from bpmn_engine.store.projection import project
from bpmn_engine.store.reader import load_instances
from bpmn_engine.store.writer import Writer
from tests.play import MORNING
from tests.properties.blocks import JOBS, WAITS, Tree, drawn, trees
from tests.properties.driver import possible

KEYS = count(1)


class Written:
    """An instance that is written and read back after every step; the driver takes it for a played one."""

    def __init__(self, database: Database, data: bytes) -> None:
        self.database, self.process, self.keys = database, parse(data).processes[0], KEYS
        self.instance = Instance(next(self.keys), 1)

    def do(self, command: commands.Command) -> None:
        command.at = MORNING
        writer = Writer(self.database)
        project(writer, self.process, self.instance, take_step(self.process, self.instance, command, self.keys))
        with self.database.write() as connection:
            writer.flush(connection)
        with self.database.read() as connection:
            read = load_instances(self.database, connection, [self.instance.key]).get(self.instance.key)
            if self.instance.ended:
                assert [table.name for table in OPEN if _rows(connection, table, self.instance.key)] == []
        assert read == (None if self.instance.ended else self.instance)


#: What is only there while somebody waits for it.
OPEN = (tables.timer, tables.subscription, tables.condition, tables.loop, tables.loop_run, tables.compensation)


def _rows(connection: Connection, table: Table, key: int) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(table.c.instance_key == key)) or 0


@pytest.fixture(scope="module")
def sqlite_database() -> Iterator[Database]:
    """A temporary database for all cases."""
    database = connect("sqlite://")
    yield database
    database.close()


@given(trees(st.one_of(JOBS, WAITS), events=True), st.lists(st.integers(0, 10_000), max_size=15))
def test_what_is_written_and_read_back_is_equal_after_every_step(
    sqlite_database: Database, tree: Tree, choices: list[int]
) -> None:
    _write(Written(sqlite_database, drawn(tree)), choices)


@pytest.mark.postgres
@settings(max_examples=20)
@given(trees(st.one_of(JOBS, WAITS), events=True), st.lists(st.integers(0, 10_000), max_size=15))
def test_on_postgres_too(postgres_database: Database, tree: Tree, choices: list[int]) -> None:
    _write(Written(postgres_database, drawn(tree)), choices)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """A migrated PostgreSQL database."""
    database = connect(postgres_url)
    yield database
    database.close()


def _write(written: Written, choices: list[int]) -> None:
    written.do(commands.StartInstance())
    for choice in choices:
        choices = possible(written)  # type: ignore[arg-type]  # it has what the driver needs
        if not choices:
            return
        try:
            written.do(choices[choice % len(choices)])
        except Rejected:
            continue
