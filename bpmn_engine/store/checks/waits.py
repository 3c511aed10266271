"""Waits of tokens: each belongs to a live token of a running instance, and ends with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, delete, exists, not_, null, or_, select, update

from bpmn_engine.store import tables
from bpmn_engine.store.checks.check import (
    BrokenRow,
    Check,
    RepairRow,
    Span,
    instance_of,
    live,
    live_token,
    place,
    queried,
    the_instance,
)
from bpmn_engine.store.waits import WAITS as KINDS
from bpmn_engine.store.waits import WaitTable

_INSTANCE = tables.process_instance


@dataclass(frozen=True, slots=True)
class Orphan(BrokenRow):
    """A row whose token has ended or does not exist; `found` is the key of its instance, if that exists."""

    token_key: int
    found: int | None
    ended_at: datetime | None


def _orphans(table: Table, *, history: bool, key: str = "token_key") -> Callable[[Span], Select[Any]]:
    """The query for open rows whose token, or whose instance, has ended or does not exist."""

    def rows(span: Span) -> Select[Any]:
        element = table.c.element_id if "element_id" in table.c else null()
        running = and_(_INSTANCE.c.key.is_not(None), live(_INSTANCE))
        owned = live_token(table.c[key], table.c.instance_key)
        return (
            select(
                table.c.key,
                table.c.instance_key,
                _INSTANCE.c.process_id,
                element.label("element_id"),
                table.c[key].label("token_key"),
                _INSTANCE.c.key.label("found"),
                _INSTANCE.c.ended_at,
            )
            .select_from(table.outerjoin(_INSTANCE, _INSTANCE.c.key == table.c.instance_key))
            .where(table.c.instance_key != 0, or_(not_(running), ~owned), *((live(table),) if history else ()))
            .where(*span.of(table.c.instance_key))
        )

    return rows


def _say(what: str) -> Callable[[Orphan], str]:
    def say(row: Orphan) -> str:
        if row.found is None:
            return f"{what} {row.key}{place(row)} belongs to {the_instance(row)}, which does not exist."
        if row.ended_at is not None:
            return f"{what} {row.key}{place(row)} belongs to {the_instance(row)}, which has ended."
        return f"{instance_of(row)} keeps {_small(what)} {row.key}{place(row)}, whose token {row.token_key} has ended."

    return say


def _small(what: str) -> str:
    return what[0].lower() + what[1:]


def _deleted(table: Table) -> RepairRow[BrokenRow]:
    def repair(connection: Connection, row: BrokenRow, now: datetime) -> str:
        connection.execute(delete(table).where(table.c.key == row.key))
        return "It was deleted."

    return repair


def _closed(table: Table, state: str) -> RepairRow[BrokenRow]:
    def repair(connection: Connection, row: BrokenRow, now: datetime) -> str:
        connection.execute(update(table).where(table.c.key == row.key).values(state=state, ended_at=now))
        return f"It was {state.lower()}."

    return repair


def _open_row(what: str, table: Table, state: str) -> Check[Orphan]:
    """The check of a table that keeps what has ended."""
    return Check(
        f"orphaned {_small(what)}",
        f"{what}s end with their token.",
        queried(Orphan, _orphans(table, history=True)),
        _say(what),
        _closed(table, state),
    )


def _row(what: str, table: Table, key: str = "token_key") -> Check[Orphan]:
    """The check of a table whose rows are deleted when they end."""
    return Check(
        f"orphaned {_small(what)}",
        f"{what}s end with their token.",
        queried(Orphan, _orphans(table, history=False, key=key)),
        _say(what),
        _deleted(table),
    )


@dataclass(frozen=True, slots=True)
class LoopResult(BrokenRow):
    """The result of a run of a loop that is over."""

    loop_key: int


def _loop_runs(span: Span) -> Select[Any]:
    """Results of loops that are over."""
    return (
        select(
            tables.loop_run.c.key,
            tables.loop_run.c.instance_key,
            _INSTANCE.c.process_id,
            null().label("element_id"),
            tables.loop_run.c.loop_key,
        )
        .select_from(tables.loop_run.outerjoin(_INSTANCE, _INSTANCE.c.key == tables.loop_run.c.instance_key))
        .where(~exists(select(tables.loop.c.key).where(tables.loop.c.key == tables.loop_run.c.loop_key)))
        .where(*span.of(tables.loop_run.c.instance_key))
    )


LOOP_RUNS = Check(
    "orphaned loop result",
    "The results of a loop end with it.",
    queried(LoopResult, _loop_runs),
    lambda row: f"{instance_of(row)} keeps the result {row.key} of the loop {row.loop_key}, which has ended.",
    _deleted(tables.loop_run),
)


def _compensations(span: Span) -> Select[Any]:
    """Select compensations whose scope neither lives, nor can be compensated itself, nor is being compensated."""
    note, around, undoing = tables.compensation, tables.compensation.alias("around"), tables.token.alias("undoing")
    nested = exists(
        select(around.c.key).where(around.c.instance_key == note.c.instance_key, around.c.token_key == note.c.scope_key)
    )
    undone = exists(
        select(undoing.c.key).where(
            undoing.c.instance_key == note.c.instance_key, live(undoing), undoing.c.compensates == note.c.scope_key
        )
    )
    running = and_(_INSTANCE.c.key.is_not(None), live(_INSTANCE))
    kept = or_(live_token(note.c.scope_key, note.c.instance_key), nested, undone)
    return (
        select(
            note.c.key,
            note.c.instance_key,
            _INSTANCE.c.process_id,
            note.c.element_id,
            note.c.scope_key.label("token_key"),
            _INSTANCE.c.key.label("found"),
            _INSTANCE.c.ended_at,
        )
        .select_from(note.outerjoin(_INSTANCE, _INSTANCE.c.key == note.c.instance_key))
        .where(or_(not_(running), ~kept), *span.of(note.c.instance_key))
    )


COMPENSATIONS = Check(
    "orphaned compensation",
    "What can be undone is forgotten with the scope in which it has completed.",
    queried(Orphan, _compensations),
    _say("Compensation"),
    _deleted(tables.compensation),
)


@dataclass(frozen=True, slots=True)
class Misplaced(BrokenRow):
    """A row that names another definition than its instance runs, which is `definition_key`."""

    definition_key: int


def _misplaced(table: Table) -> Callable[[Span], Select[Any]]:
    """Rows that name another definition, or another process, than their instance runs."""

    def rows(span: Span) -> Select[Any]:
        wrong = [table.c.definition_key != _INSTANCE.c.definition_key]
        if "process_id" in table.c:
            wrong.append(table.c.process_id != _INSTANCE.c.process_id)
        return (
            select(
                table.c.key,
                table.c.instance_key,
                table.c.element_id,
                _INSTANCE.c.process_id,
                _INSTANCE.c.definition_key,
            )
            .select_from(table.join(_INSTANCE, and_(_INSTANCE.c.key == table.c.instance_key, live(_INSTANCE))))
            .where(or_(*wrong), *span.of(table.c.instance_key))
        )

    return rows


def _moved(table: Table) -> RepairRow[Misplaced]:
    def repair(connection: Connection, row: Misplaced, now: datetime) -> str:
        values: dict[str, int | str | None] = {"definition_key": row.definition_key}
        if "process_id" in table.c:
            values["process_id"] = row.process_id
        connection.execute(update(table).where(table.c.key == row.key).values(values))
        return "It names the definition of its instance now."

    return repair


def _definition_of(what: str, table: Table) -> Check[Misplaced]:
    return Check(
        f"{_small(what)} of another definition",
        f"{what}s name the definition that their instance runs.",
        queried(Misplaced, _misplaced(table)),
        lambda row: (
            f"{instance_of(row)} waits at '{row.element_id}' with {_small(what)} {row.key}, which names "
            "another definition."
        ),
        _moved(table),
    )


def _with_token(of: WaitTable) -> Check[Orphan]:
    return _open_row(of.noun, of.table, of.state) if of.state else _row(of.noun, of.table)


WAITS: tuple[Check[Any], ...] = (
    *map(_with_token, KINDS),
    _row("Loop", tables.loop, "key"),
    LOOP_RUNS,
    COMPENSATIONS,
    _definition_of("Timer", tables.timer),
    _definition_of("Subscription", tables.subscription),
)
