"""Searches: SQLite and PostgreSQL give one answer, for every operator of every filter, every sort and every page."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Boolean, Connection, Table, insert

from bpmn_engine import Engine, Resource
from bpmn_engine.errors import InvalidArgument
from bpmn_engine.store import connect, tables
from bpmn_engine.store.database import Database
from bpmn_engine.store.queries import Search, Searchable, search
from bpmn_engine.store.queries.resources import PROCESS_INSTANCES, SEARCHABLES, USER_TASKS
from tests.diagrams import diagram, user

ROWS = 14
MORNING = datetime(2026, 6, 1, 8, tzinfo=UTC)
TEXTS = ["ann", "Ann", "Bob", "bob", "a-b", "ab", "a b", "Ära", "zoë", "", "50%", "a_b", "a!b", "ann"]
LISTS = ['["Legal"]', '["legal","ops"]', "[]", '["a\\"b"]', '["50%",","]']
#: Columns whose values have to fit to others.
OWN: dict[str, list[Any]] = {
    "tags": LISTS,
    "candidate_users": LISTS,
    "candidate_groups": LISTS,
    "state": ["CREATED", "ACTIVE", "COMPLETED", "ACTIVATING", "FAILED"],
    "headers": ["{}"],
    "variables": ["{}"],
    "value": ['"ann"', '"Ann"', "1", "10", "2", "null", "true", '"50%"'],
    "error_message": ["no", None, "No"],
    "message": ["no", "NO", "No such thing"],
}
#: Tables with a field that is unique: its values are numbers.
UNIQUE = frozenset(("process_id", "decision_id", "form_id", "requirements_id"))


def _cell(table: Table, name: str, row: int) -> Any:
    column = table.c[name]
    kind = column.type
    if name == "key" or (name in ("instance_key", "scope_key", "token_key", "definition_key", "requirements_key")):
        return row
    if name in OWN and not (column.nullable and row % 5 == 4):
        return OWN[name][row % len(OWN[name])]
    if column.nullable and row % 3 == 2:
        return None
    if name == "version":
        return row
    if isinstance(kind, Boolean):
        return row % 2 == 0
    if kind.python_type is datetime:
        return MORNING + timedelta(minutes=row // 2)
    if kind.python_type is int:
        return row // 2
    return b"" if kind.python_type is bytes else TEXTS[row % len(TEXTS)]


def _fill(connection: Connection) -> None:
    """Rows with letters of both cases, signs of patterns, equal values and nulls in every table."""
    for table in tables.metadata.sorted_tables:
        if table.name in ("node", "idempotency"):
            continue
        rows = [{column.name: _cell(table, column.name, row) for column in table.c} for row in range(1, ROWS + 1)]
        connection.execute(insert(table), rows)


Both = tuple[Connection, Connection]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Both]:
    """The same rows on SQLite and on PostgreSQL."""
    from tests.conftest import _database

    server = request.getfixturevalue("postgres_server")
    with _database(server) as url:
        opened = (connect(f"sqlite:///{tmp_path_factory.mktemp('both') / 'engine.db'}"), connect(url))
        for database in opened:
            with database.write() as connection:
                _fill(connection)
        with opened[0].read() as sqlite, opened[1].read() as postgres:
            yield sqlite, postgres
        for database in opened:
            database.close()


def _answers(both: Both, resource: Searchable[Any], wanted: Search) -> list[Any]:
    """The keys that each database finds, or its refusal."""
    found: list[Any] = []
    for connection in both:
        try:
            found.append([row.key for row in search(connection, resource, wanted).items])
        except InvalidArgument as refusal:
            found.append(str(refusal))
    return found


def _operands(resource: Searchable[Any], both: Both, name: str) -> list[Any]:
    """Values of a field as a caller sends them."""
    if name not in resource.fields:
        return {
            "element_id": TEXTS[:6],
            "error_message": ["no", "NO"],
        }.get(name, ["Legal", "legal", 'a"b', ","])
    values = [getattr(row, name) for row in search(both[0], resource, Search()).items]
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return list(dict.fromkeys(value for value in plain if value is not None)) or ["x"]


def _filters(operands: list[Any]) -> Iterator[Any]:
    """Every operator, with values that rows have, a pattern for each part of them, and values that do not fit."""
    first, last = operands[0], operands[-1]
    for value in operands[:3]:
        for name in ("$eq", "$neq", "$gt", "$gte", "$lt", "$lte"):
            yield {name: value}
        yield value
        if isinstance(value, str):
            yield from (
                {"$like": pattern} for pattern in (value, f"{value[:1]}*", f"*{value[-1:].upper()}", "?nn", "*_*")
            )
    yield from ({"$exists": True}, {"$exists": False}, {"$in": []}, {"$notIn": []}, {"$eq": None}, {})
    yield from ({"$in": [first, last]}, {"$notIn": [first, last]}, {"$neq": first, "$in": [first, last]})
    yield from ({"$like": "*"}, {"$like": "\\*"}, {"$like": "50%"}, {"$like": 5}, {"$in": 5}, {"$exists": "x"})
    yield from (True, 5, "5", 2**63, "\0", "\ud83d", 1.5, [], ["x"], {"$eq": {}}, {"$eq": []}, {"$nothing": 1})


FILTERS = [(name, field) for name, found in SEARCHABLES.items() for field in {**found.fields, **found.conditions}]
VARIABLES = ("variables", "instance_variables", "local_variables")


@pytest.mark.postgres
@pytest.mark.parametrize(("resource", "name"), FILTERS)
def test_every_filter_finds_the_same_on_both_databases(both: Both, resource: str, name: str) -> None:
    searchable = SEARCHABLES[resource]
    wanted = list(_filters(['"ann"', '"Ann"', "1"] if name in VARIABLES else _operands(searchable, both, name)))
    if name in VARIABLES:
        wanted = [[{"name": text, "value": value}] for text in ("Ann", "ann") for value in wanted] + wanted

    for value in wanted:
        sqlite, postgres = _answers(both, searchable, Search({name: value}))
        assert sqlite == postgres, value


SORTS = [(name, field) for name, found in SEARCHABLES.items() for field in found.fields]


@pytest.mark.postgres
@pytest.mark.parametrize(("resource", "name"), SORTS)
def test_every_sort_is_the_same_on_both_databases_and_pages_join_to_it(both: Both, resource: str, name: str) -> None:
    searchable = SEARCHABLES[resource]
    second = "key" if name != "key" else next(iter(searchable.optional), "key")
    for sort in ([(name, False)], [(name, True), (second, True)], [(second, False), (name, True)]):
        whole, other = _answers(both, searchable, Search(sort=sort))
        assert whole == other, sort
        for connection in both:
            assert _forwards(connection, searchable, sort) == whole
            assert _backwards(connection, searchable, sort) == whole


def _forwards(connection: Connection, searchable: Searchable[Any], sort: list[tuple[str, bool]]) -> list[int]:
    """The keys of all pages, each behind the one before it."""
    keys: list[int] = []
    page = search(connection, searchable, Search(sort=sort, limit=5))
    while page.items:
        keys += [row.key for row in page.items]
        page = search(connection, searchable, Search(sort=sort, limit=5, after=page.last_cursor))
    return keys


def _backwards(connection: Connection, searchable: Searchable[Any], sort: list[tuple[str, bool]]) -> list[int]:
    """The keys of all pages, from the last row to the first."""
    whole = search(connection, searchable, Search(sort=sort))
    keys, cursor = [row.key for row in whole.items[-1:]], whole.last_cursor
    while (page := search(connection, searchable, Search(sort=sort, limit=5, before=cursor))).items:
        keys, cursor = [*(row.key for row in page.items), *keys], page.first_cursor
    return keys


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"assignee": {"$like": "a*"}}, {"a-b", "a b", "a!b", "ann"}),
        ({"assignee": {"$like": "A*"}}, {"Ann"}),
        ({"assignee": {"$in": []}, "key": {"$lte": 1}}, {"Ann"}),
    ],
)
def test_letters_case_counts_in_patterns(both: Both, wanted: dict[str, Any], expected: set[str]) -> None:
    for connection in both:
        assert {row.assignee for row in search(connection, USER_TASKS, Search(wanted)).items} == expected


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("Legal", {'["Legal"]'}),
        ({"$like": "leg*"}, {'["legal","ops"]'}),
        ({"$in": ["Legal", "ops"]}, {'["Legal"]', '["legal","ops"]'}),
        ({"$notIn": ["Legal", "ops"]}, {"[]", '["a\\"b"]', '["50%",","]'}),
        ({"$neq": ","}, {'["Legal"]', '["legal","ops"]', "[]", '["a\\"b"]'}),
        ({"$exists": False}, {"[]"}),
        (["ops", "legal"], {'["legal","ops"]'}),
    ],
)
def test_a_filter_of_a_list_looks_at_each_of_its_items(both: Both, wanted: Any, expected: set[str]) -> None:
    for connection in both:
        found = search(connection, USER_TASKS, Search({"candidate_group": wanted})).items
        assert {row.candidate_groups for row in found} == expected


@pytest.mark.parametrize(
    "wanted",
    [
        {"$or": [{"state": "ACTIVE"}] * 20_000},
        {"key": {"$in": list(range(100_000))}},
        {"$or": 5},
        {"$or": [5]},
        {"$or": {"state": "x"}},
        {"variables": "x"},
        {"variables": ["x"]},
        {"variables": [{"value": "x"}]},
        {"key": 2**64},
        {"key": "9" * 400},
        {"key": True},
        {"key": "\0"},
        {"process_id": "\0"},
        {"process_id": "\ud83d"},
        {"state": {"$in": [{}]}},
        {"has_incident": "yes"},
        {"started_at": "99999999-01-01"},
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(database: Database, wanted: dict[str, Any]) -> None:
    with database.read() as connection, pytest.raises(InvalidArgument) as refused:
        search(connection, SEARCHABLES["process instance"], Search(wanted))

    assert len(str(refused.value)) < 500


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database."""
    opened = connect(database_url)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "cursor",
    ["?", "", "W0luZmluaXR5XQ==", "WzFd", "WyJwcm9jZXNzIGluc3RhbmNlIiwgSW5maW5pdHld", "W" * 4000, "W1tbWw=="],
)
def test_a_cursor_of_another_search_is_refused(database: Database, cursor: str) -> None:
    with database.read() as connection:
        for wanted in (Search(after=cursor), Search(before=cursor)):
            with pytest.raises(InvalidArgument, match="is not a cursor of this search"):
                search(connection, SEARCHABLES["process instance"], wanted)


@pytest.mark.parametrize("sort", [(), [("started_at", False)], [("started_at", True)], [("business_id", True)]])
def test_paging_skips_and_repeats_nothing_while_others_cancel_and_start(
    any_engine: Engine, sort: list[tuple[str, bool]]
) -> None:
    any_engine.deploy(Resource("p.bpmn", diagram("start -> u -> end", user("u"))))
    keys = [any_engine.start("p", business_id=f"b{n % 7}" if n % 5 else None) for n in range(60)]
    doomed, pages = iter(keys[::2]), []

    with ThreadPoolExecutor(1) as others:
        work = others.submit(lambda: [(any_engine.cancel(key), any_engine.start("p")) for key in doomed])
        wanted = Search({"state": "ACTIVE"}, sort, limit=4)
        while (page := any_engine.search(PROCESS_INSTANCES, wanted)).items and len(pages) < 60:
            pages.append([row.key for row in page.items])
            wanted = Search({"state": "ACTIVE"}, sort, limit=4, after=page.last_cursor)
        work.result(60)

    seen = [key for page in pages for key in page]
    assert len(seen) == len(set(seen))
    assert set(keys[1::2]) <= set(seen)
