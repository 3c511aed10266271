"""A lower floor: the same least writes into four narrow tables of their own, with an index where a worker must look.

No engine that can be searched and shared by several nodes gets by with them, but they show what the drivers can do. An
order has four transitions, its start and three times "job done, what next"; as many instances share a commit as in the
engine's batches, and keys are as long as the engine's.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

_TABLES = (
    "CREATE TABLE instance (key BIGINT PRIMARY KEY, definition_key BIGINT, state TEXT, started_at TEXT, ended_at TEXT, "
    "revision INT)",
    "CREATE TABLE token (key BIGINT PRIMARY KEY, instance_key BIGINT, element_id TEXT, state TEXT, started_at TEXT)",
    "CREATE TABLE job (key BIGINT PRIMARY KEY, instance_key BIGINT, token_key BIGINT, type TEXT, state TEXT, "
    "retries INT, worker TEXT, available_at TEXT)",
    "CREATE TABLE variable (key BIGINT PRIMARY KEY, instance_key BIGINT, name TEXT, value TEXT)",
    "CREATE INDEX token_instance ON token (instance_key)",
    "CREATE INDEX job_ready ON job (type, key) WHERE state = 'CREATED'",
    "CREATE INDEX variable_instance ON variable (instance_key)",
)
_TYPES = ("check", "pay", "ship", "end")
_NOW = "2026-01-31 09:00:00.000000+00:00"
_FIRST_KEY = 249_759_189_528_473_601

Write = tuple[str, tuple[str, ...], list[tuple[Any, ...]]]


def writes(numbers: range, transition: int) -> list[Write]:
    """(table, columns, rows) of one transition; rows that only have a key and new values are updates."""
    keys = [_FIRST_KEY + 16 * number for number in numbers]
    job = ("key", "instance_key", "token_key", "type", "state", "retries", "worker", "available_at")
    variable = ("key", "instance_key", "name", "value")
    created = [(key + 2 + transition, key, key + 1, _TYPES[transition], "CREATED", 3, "engine:1", _NOW) for key in keys]
    if transition == 0:
        instance = ("key", "definition_key", "state", "started_at", "ended_at", "revision")
        token = ("key", "instance_key", "element_id", "state", "started_at")
        return [
            ("instance", instance, [(key, 1, "ACTIVE", _NOW, None, 0) for key in keys]),
            ("token", token, [(key + 1, key, "check", "ACTIVE", _NOW) for key in keys]),
            ("variable", variable, [(key + 8, key, "orderId", "1") for key in keys]),
            ("job", job, created),
        ]
    name = _TYPES[transition]
    moved: list[Write] = [
        ("job", ("state",), [("COMPLETED", key + 1 + transition) for key in keys]),
        ("token", ("element_id",), [(name, key + 1) for key in keys]),
    ]
    if transition == 3:
        return [*moved, ("instance", ("state", "revision", "ended_at"), [("COMPLETED", 3, _NOW, key) for key in keys])]
    return [
        *moved,
        ("instance", ("revision",), [(transition, key) for key in keys]),
        ("variable", variable, [(key + 8 + transition, key, f"result{transition}", "true") for key in keys]),
        ("job", job, created),
    ]


def sqlite(folder: Path, count: int, batch: int) -> float:
    """Instances a second on SQLite (WAL, synchronous=FULL)."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    for statement in _TABLES:
        connection.execute(statement.replace("BIGINT PRIMARY", "INTEGER PRIMARY"))
    began = time.perf_counter()
    for first in range(0, count, batch):
        for transition in range(4):
            connection.execute("BEGIN IMMEDIATE")
            for table, columns, rows in writes(range(first, min(first + batch, count)), transition):
                connection.executemany(_sqlite_statement(table, columns), rows)
            connection.execute("COMMIT")
    rate = count / (time.perf_counter() - began)
    connection.close()
    return rate


def _sqlite_statement(table: str, columns: tuple[str, ...]) -> str:
    if columns[0] == "key":
        return f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})"
    return f"UPDATE {table} SET {', '.join(f'{column} = ?' for column in columns)} WHERE key = ?"


def postgres(url: str, count: int, batch: int) -> float:
    """Instances a second on PostgreSQL, one statement with array parameters for each kind of write."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA floor")
        connection.execute("SET search_path TO floor")
        for statement in _TABLES:
            connection.execute(statement)
        began = time.perf_counter()
        for first in range(0, count, batch):
            for transition in range(4):
                with connection.transaction():
                    for table, columns, rows in writes(range(first, min(first + batch, count)), transition):
                        arrays = [list(values) for values in zip(*rows, strict=True)]
                        connection.execute(_postgres_statement(table, columns), arrays)
        return count / (time.perf_counter() - began)


_NUMBERS = {"key", "instance_key", "token_key", "definition_key", "revision", "retries"}


def _postgres_statement(table: str, columns: tuple[str, ...]) -> str:
    names = columns if columns[0] == "key" else (*columns, "key")
    arrays = ", ".join(f"%s::{'bigint' if name in _NUMBERS else 'text'}[]" for name in names)
    if columns[0] == "key":
        return f"INSERT INTO {table} SELECT * FROM unnest({arrays})"
    sets = ", ".join(f"{column} = v.{column}" for column in columns)
    return f"UPDATE {table} AS t SET {sets} FROM unnest({arrays}) AS v({', '.join(names)}) WHERE t.key = v.key"
