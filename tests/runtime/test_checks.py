"""Each promise of the rows is broken once, found, and repaired; on both databases."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from bpmn_engine import Engine, Job, Registry, handler_of
from bpmn_engine.runtime.check import all_checks, check
from bpmn_engine.runtime.repair import repair
from bpmn_engine.runtime.requests.instances import CreateProcessInstance
from bpmn_engine.store import connect, tables
from bpmn_engine.store.database import Database
from bpmn_engine.store.queries.resources import PROCESS_INSTANCES
from tests.crash.scenarios import SCENARIOS
from tests.runtime.checked import CASES, Case, at, drop, end, make, of, put
from tests.runtime.test_engine import eventually
from tests.servers import ROOT


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def another(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Copies the database that `make` has made."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("checked")
        make(f"sqlite:///{folder / 'made.db'}")
        yield lambda name: _file(folder / "made.db", folder / name)
    else:
        yield from _templates(request.getfixturevalue("postgres_server"))


def _file(made: Path, target: Path) -> str:
    copyfile(made, target)
    return f"sqlite:///{target}"


def _templates(server: str) -> Iterator[Callable[[str], str]]:
    """PostgreSQL copies a database faster than an engine makes one."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    admin = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    made, one = (f"checked_{uuid.uuid4().hex}" for _ in range(2))

    def run(statement: str) -> None:
        with admin.connect() as connection:
            connection.execute(text(statement))

    def address(name: str) -> str:
        return url.set(database=name).render_as_string(hide_password=False)

    def fresh(_: str) -> str:
        run(f"DROP DATABASE IF EXISTS {one} WITH (FORCE)")
        run(f"CREATE DATABASE {one} TEMPLATE {made}")
        return address(one)

    run(f"CREATE DATABASE {made}")
    make(address(made))
    yield fresh
    for name in (made, one):
        run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def url(another: Callable[[str], str], request: pytest.FixtureRequest) -> str:
    """A database of the test's own, in which nothing is wrong."""
    return another(f"{abs(hash(request.node.name))}.db")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """The same, open."""
    opened = connect(url)
    yield opened
    opened.close()


def names(database: Database) -> set[str]:
    """The checks that find something."""
    return {finding.name for finding in check(database)}


def test_a_database_in_which_everything_waits_for_something_is_sound(database: Database) -> None:
    assert check(database) == []


def test_every_check_is_tried_here() -> None:
    assert {one.name for one in all_checks()} == {case.check for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.check}: {case.text}")
def test_what_is_broken_is_found_and_mended(database: Database, case: Case) -> None:
    with database.write() as connection:
        case.breaking(connection)

    found = check(database)
    result = repair(database)

    assert {finding.name for finding in found} == {case.check}
    assert any(case.text in finding.text for finding in found), [finding.text for finding in found]
    if case.is_mended:
        assert any(case.done in done for _, done in result.repaired), result.repaired
        assert check(database) == result.left == []
    else:
        assert all(finding.remedy for finding in result.left)
        assert names(database) == {case.check}


def test_a_check_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        end(connection, "errand")

    assert names(database) == names(database) == {"lost call"}


def test_the_caller_gets_the_variables_of_a_called_instance_whose_end_was_lost(url: str, database: Database) -> None:
    with Engine(url, handlers=Registry()) as engine:
        engine.set_variables(engine.instances(process_id="errand")[0].key, {"price": 12.5})
    with database.write() as connection:
        end(connection, "errand")

    repair(database)

    with Engine(url, handlers=Registry()) as engine:
        (caller,) = engine.instances(process_id="parent")
        engine.complete(engine.tasks(element_id="after")[0].key)
        assert engine.variables(caller.key) == {"price": 12.5}
        assert engine.find(PROCESS_INSTANCES, caller.key).state == "COMPLETED"


@pytest.mark.parametrize(
    ("table", "element_id", "process_id"), [(tables.user_task, "approve", "review"), (tables.job, "pack", "pack")]
)
def test_an_activity_that_has_lost_its_work_begins_anew_when_its_incident_is_resolved(
    url: str, database: Database, table: Any, element_id: str, process_id: str
) -> None:
    with database.write() as connection:
        drop(connection, table, at(connection, table, element_id).key)
    repair(database)

    with Engine(url, handlers=Registry()) as engine:
        (incident,) = engine.incidents(element_id=element_id, state="ACTIVE")
        engine.resolve(incident.key)
        found = engine.tasks(element_id=element_id) if table is tables.user_task else engine.jobs(element_id=element_id)
        assert [row.state for row in found] == ["CREATED"]
    assert check(database) == []


def test_an_engine_that_has_an_instance_in_memory_notices_the_repair(url: str, database: Database) -> None:
    with Engine(url, handlers=Registry()) as engine:
        (caller,) = engine.instances(process_id="parent")
        engine.set_variables(caller.key, {"x": 1})
        with database.write() as connection:
            end(connection, "errand")

        repair(database)

        engine.complete(engine.tasks(element_id="after")[0].key)
        assert engine.find(PROCESS_INSTANCES, caller.key).state == "COMPLETED"


def test_an_instance_that_was_halted_goes_on_when_an_engine_comes(url: str, database: Database) -> None:
    with database.write() as connection:
        put(connection, tables.token, at(connection, tables.token, "approve").key, state="COMPLETING")
        review = of(connection, "review").key

    repair(database)

    with Engine(url, handlers=Registry()) as engine:
        eventually(lambda: engine.find(PROCESS_INSTANCES, review).ended_at)
    assert check(database) == []


def test_what_cannot_be_mended_does_not_keep_the_rest_from_being_mended(database: Database) -> None:
    with database.write() as connection:
        end(connection, "errand")
        put(connection, tables.process_instance, of(connection, "parent").key, definition_key=7)
        drop(connection, tables.user_task, at(connection, tables.user_task, "approve").key)

    result = repair(database)

    assert {finding.name for finding, _ in result.repaired} == {"activity without its work"}
    assert {finding.name for finding in result.left} == {"lost call", "instance without a definition"}
    assert any("could not be repaired" in finding.remedy for finding in result.left)


def test_the_page_lists_every_check_with_its_promise() -> None:
    page = (ROOT / "docs" / "check.md").read_text()

    assert [one.name for one in all_checks() if f"| {one.name} | {one.promise} |" not in page] == []


def test_a_check_and_a_repair_beside_a_running_engine_see_nothing_half_done(database_url: str) -> None:
    def work(job: Job) -> dict[str, int]:
        return {job.type: job.instance_key}

    trip = SCENARIOS["trip"]
    with Engine(database_url, handlers=Registry(*(handler_of(kind, work) for kind in trip.handlers))) as engine:
        engine.deploy(*trip.resources)
        for future in [
            engine.runtime.submit(CreateProcessInstance(trip.process_id, variables={"n": number}))
            for number in range(40)
        ]:
            future.result(30)

        deadline = time.monotonic() + 30
        while engine.instances(state="ACTIVE") and time.monotonic() < deadline:
            assert [finding.text for finding in check(engine.runtime.database)] == []
            assert repair(engine.runtime.database).repaired == []

        assert engine.instances(state="ACTIVE") == engine.incidents() == []
