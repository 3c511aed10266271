"""The floor: the least that must be written for an order to survive a crash at any moment, straight through the driver.

It goes into the engine's own tables, with their columns and indexes, by the statements that the store uses, without
an engine: no diagram, no expressions, no handlers, no history, no element that is passed through. An order has four
transitions, its start and three times "job done, what next". Each writes the instance with its revision, the token's
place, the job for the worker, and the variable that came. As many instances share a commit as in the engine's batches.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table

from bpmn_engine.store import connect, tables
from bpmn_engine.store.database import Database

_TYPES = ("check", "pay", "ship")
_FIRST_KEY = 249_759_189_528_473_601

Rows = list[tuple[Any, ...]]


def orders(url: str, count: int, batch: int) -> float:
    """Instances a second."""
    database = connect(url)
    began = time.perf_counter()
    for first in range(0, count, batch):
        keys = [_FIRST_KEY + 16 * number for number in range(first, min(first + batch, count))]
        for transition in range(4):
            with database.write() as connection:
                _write(database, connection, keys, transition)
    rate = count / (time.perf_counter() - began)
    database.close()
    return rate


def _write(database: Database, connection: Connection, keys: list[int], transition: int) -> None:
    now = database.moment(datetime.now(UTC))

    def insert(table: Table, rows: list[dict[str, Any]]) -> None:
        database.insert(connection, table, list(rows[0]), [tuple(row.values()) for row in rows])

    def update(table: Table, columns: tuple[str, ...], rows: Rows) -> None:
        database.update(connection, table, columns, rows)

    if transition == 0:
        insert(tables.process_instance, [_instance(key, now) for key in keys])
        insert(tables.token, [_token(key, now) for key in keys])
    else:
        update(tables.job, ("state", "ended_at"), [("COMPLETED", now, key + 1 + transition) for key in keys])
    if transition == 3:
        update(tables.token, ("state", "ended_at"), [("COMPLETED", now, key + 1) for key in keys])
        database.touch(connection, [("COMPLETED", now, False, 3, key, 2) for key in keys])
        return
    if transition > 0:
        update(tables.token, ("element_id",), [(_TYPES[transition], key + 1) for key in keys])
        database.touch(connection, [("ACTIVE", None, False, transition, key, transition - 1) for key in keys])
    insert(tables.variable, [_variable(key, transition) for key in keys])
    insert(tables.job, [_job(key, transition, now) for key in keys])


def _instance(key: int, now: Any) -> dict[str, Any]:
    return {
        "key": key,
        "definition_key": 1,
        "process_id": "order",
        "parent_key": None,
        "parent_token_key": None,
        "root_key": key,
        "state": "ACTIVE",
        "business_id": None,
        "tags": "[]",
        "start_key": None,
        "depth": 0,
        "started_at": now,
        "ended_at": None,
        "revision": 0,
        "unfinished": False,
    }


def _token(key: int, now: Any) -> dict[str, Any]:
    return {
        "key": key + 1,
        "instance_key": key,
        "element_id": "check",
        "type": "serviceTask",
        "scope_key": key,
        "flow_id": "f1",
        "loop_counter": None,
        "compensates": None,
        "listeners": 0,
        "state": "ACTIVE",
        "started_at": now,
        "ended_at": None,
    }


def _variable(key: int, transition: int) -> dict[str, Any]:
    name = ("orderId", "available", "paymentId")[transition]
    return {"key": key + 8 + transition, "instance_key": key, "scope_key": key, "name": name, "value": "true"}


def _job(key: int, transition: int, now: Any) -> dict[str, Any]:
    return {
        "key": key + 2 + transition,
        "instance_key": key,
        "token_key": key + 1,
        "element_id": _TYPES[transition],
        "type": _TYPES[transition],
        "kind": "BPMN_ELEMENT",
        "event": None,
        "state": "CREATED",
        "suspended": False,
        "retries": 3,
        "headers": "{}",
        "worker": "engine:1",
        "available_at": now,
        "created_at": now,
        "ended_at": None,
        "error_code": None,
        "error_message": None,
    }
