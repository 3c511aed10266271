"""What a database does to answer a statement, and what of it grows with the tables.

1. To find what a filter asks for, a big table is not read from end to end, neither is an index of all its rows.
2. What is found is not sorted, unless it is little. Without a filter, rows come in the order of an index.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event

#: The tables that grow with the number of instances, and what our statements call some of them.
BIG = frozenset(
    (
        "process_instance",
        "token",
        "variable",
        "job",
        "user_task",
        "timer",
        "subscription",
        "incident",
        "message",
        "decision_instance",
        "idempotency",
        "family",
        "scope",
    )
)
#: Indexes of few rows, which may be read from end to end.
LITTLE = frozenset(
    (
        "incident_open",
        "incident_token",
        "process_instance_unfinished",
        "subscription_start",
        "job_rare",
        "job_suspect",
    )
)
#: So many rows may be sorted for a page, in a table of a few thousand.
MANY = 200

Statement = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What statements may do: read all rows in order, sort all they find, sort those with equal values of a field."""

    reading: bool = False
    sorting: bool = False
    sorting_ties: bool = True


def statements(connection: Connection, run: Callable[[], object]) -> list[Statement]:
    """The statements that a function executes."""
    made: list[Statement] = []

    def note(*arguments: Any) -> None:
        made.append((arguments[2], arguments[3]))

    event.listen(connection, "before_cursor_execute", note)
    try:
        run()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return made


def slow_parts(connection: Connection, made: list[Statement], allowed: Allowed) -> list[str]:
    """What of these statements' plans grows with the tables."""
    parts = _sqlite if connection.dialect.name == "sqlite" else _postgres
    return [part for statement, values in made for part in parts(connection, statement, values, allowed)]


def _sqlite(connection: Connection, statement: str, values: Any, allowed: Allowed) -> Iterator[str]:
    of_page = re.search(r"\.\"?key\"? IN \(SELECT .* LIMIT ", statement, re.DOTALL) is not None
    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values):
        scan = re.match(r"SCAN (\w+)(?: USING(?: COVERING)? INDEX (\w+))?", row.detail)
        if scan and scan[1] in BIG and scan[2] not in LITTLE and not allowed.reading:
            yield row.detail
        if row.detail.startswith("USE TEMP B-TREE") and row.parent == 0 and of_page:
            continue  # the rows of the page, which have been chosen by then
        if row.detail == "USE TEMP B-TREE FOR ORDER BY" and not allowed.sorting:
            yield row.detail
        if re.match("USE TEMP B-TREE FOR (RIGHT|LAST)", row.detail) and not allowed.sorting_ties:
            yield row.detail


def _postgres(connection: Connection, statement: str, values: Any, allowed: Allowed) -> Iterator[str]:
    found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar()
    (plan,) = found if isinstance(found, list) else json.loads(str(found))
    for node in _nodes(plan["Plan"]):
        kind = node["Node Type"]
        if _reads_all(node) and not allowed.reading:
            yield f"{kind} {node.get('Index Name', '')} of {node['Relation Name']}: {node['Filter']}"
        if kind == "Sort" and node["Plan Rows"] > MANY and not allowed.sorting:
            yield f"Sort of {node['Plan Rows']} rows by {node['Sort Key']}"
        if kind == "Incremental Sort" and node["Plan Rows"] > MANY and not allowed.sorting_ties:
            yield f"Sort within equal {node['Presorted Key']}"


def _reads_all(node: dict[str, Any]) -> bool:
    """Whether a node goes through all rows to leave out some."""
    conditional = "Index Cond" in node or "Recheck Cond" in node or node.get("Index Name") in LITTLE
    return node.get("Relation Name") in BIG and "Filter" in node and not conditional


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
