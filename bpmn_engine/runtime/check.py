"""Checks the rows of a database: against each other, and against the diagrams that they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection

from bpmn_engine.elements import Element, ExecutableProcess
from bpmn_engine.elements.event_definitions import EVENT_DEFINITIONS
from bpmn_engine.errors import EngineError
from bpmn_engine.instance.state import Kind, Subscription
from bpmn_engine.runtime.catalog import DefinitionCatalog
from bpmn_engine.runtime.needs import needs_of
from bpmn_engine.runtime.preparation import start_waits
from bpmn_engine.store import messages as message_rows
from bpmn_engine.store.checks import ALL, CHECKS, BrokenRow, Check, Finding, Span
from bpmn_engine.store.checks import missing as missing_rows
from bpmn_engine.store.checks.check import instance_of
from bpmn_engine.store.checks.missing import Need, TokenGroup
from bpmn_engine.store.database import Database
from bpmn_engine.store.waits import WAITS

#: The rows that name an element, and what a sentence calls such a row.
_NAMING = {
    Kind.ELEMENT_INSTANCE: "a token",
    **{of.kind: f"{'an' if of.kind is Kind.INCIDENT else 'a'} {of.kind}" for of in WAITS},
    Kind.COMPENSATION: "a compensation",
}
#: The rows that a token may lack, of its events and of its own, and what a sentence calls them.
_EVENTS = {kind.catch_wait: str(kind.catch_wait) for kind in EVENT_DEFINITIONS.values() if kind.catch_wait is not None}
_LACKED = {
    **{of.kind: f"a {of.kind}" for of in WAITS if of.kind not in (Kind.INCIDENT, *_EVENTS)},
    Kind.CALL: "a called instance",
}
_EMPTY = {Kind.ELEMENT_INSTANCE: "nothing goes on there", Kind.LOOP: "how far its loop has come is lost"}
#: Compiled definitions that are kept in memory.
KEPT = 200


def check(database: Database) -> list[Finding]:
    """All findings, from one snapshot."""
    with database.read() as connection:
        database.take_time(connection)
        return list(findings(connection))


def findings(connection: Connection) -> Iterator[Finding]:
    """Yield the findings one by one."""
    for one in all_checks():
        yield from one.find(connection)


def all_checks() -> tuple[Check[Any], ...]:
    """The checks of the rows, then those of the rows against their diagrams."""
    return (*CHECKS, *Diagrams(DefinitionCatalog(KEPT)).checks())


@dataclass(frozen=True, slots=True)
class Lacking(BrokenRow):
    """A row that the diagram shows to be wrong, and `what` is missing or wrong about it, or about one of its events."""

    what: str
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Unsubscribed(BrokenRow):
    """A definition without a subscription that should start it."""

    subscription: Subscription


class Diagrams:
    """Checks that need compiled definitions; one that cannot be compiled is reported, and its rows are skipped."""

    def __init__(self, definitions: DefinitionCatalog) -> None:
        self.definitions = definitions
        self.broken: set[int] = set()

    def checks(self) -> tuple[Check[Any], ...]:
        """All checks against diagrams."""
        return (
            Check(
                UNREADABLE,
                "A process that is in use can be run.",
                self._unreadable,
                lambda row: f"The definition {row.key} of '{row.process_id}' cannot be run any more: {row.what}",
                remedy="Run it with the version of the engine that has deployed it, and let its instances end or "
                "migrate them there.",
            ),
            Check(
                "unknown element",
                "What runs stands at an element of its definition.",
                self._unknown,
                lambda row: (
                    f"{instance_of(row)} has {row.what} ({row.key}) at '{row.element_id}', which its "
                    "definition does not have."
                ),
                remedy="Restore the file of its definition from a backup; nothing can be done with the instance "
                "until then.",
            ),
            Check(
                WORKLESS,
                "An activity that waits for work to be done has that work.",
                self._workless,
                lambda row: (
                    f"{instance_of(row)} waits at '{row.element_id}' without {row.what}, so nobody can bring it on."
                ),
            ),
            Check(
                "empty scope",
                "A scope or loop that is active has something to do inside.",
                self._empty,
                lambda row: f"{instance_of(row)} is active at '{row.element_id}' (token {row.key}), but {row.what}.",
                remedy="Modify the instance: activate an element there, or terminate that token; or cancel it.",
            ),
            Check(
                UNAWAITED,
                "An active element waits for its events.",
                self._unawaited,
                lambda row: (
                    f"{instance_of(row)} is active at '{row.element_id}', but the {row.what} of "
                    f"'{row.event_id}' is missing, so that event cannot come."
                ),
            ),
            Check(
                UNSUBSCRIBED,
                "The latest version of a process can be started by its events.",
                self._unsubscribed,
                lambda row: (
                    f"The process '{row.process_id}' is not started by '{row.element_id}': its subscription is missing."
                ),
            ),
        )

    def _process(self, connection: Connection, key: int) -> ExecutableProcess | None:
        if key in self.broken:
            return None
        try:
            return self.definitions.process(connection, key)
        except (EngineError, KeyError):
            self.broken.add(key)
            return None

    def _unreadable(self, connection: Connection, span: Span) -> Iterator[Lacking]:
        for key in missing_rows.used_definitions(connection, span):
            try:
                self.definitions.process(connection, key)
            except (EngineError, KeyError) as error:
                process_id = missing_rows.readable(connection, key)
                if process_id is not None:
                    yield Lacking(key, 0, process_id, None, _reason(error))

    def _unknown(self, connection: Connection, span: Span) -> Iterator[Lacking]:
        for table, what in _NAMING.items():
            for definition_key, element_id in missing_rows.named_elements(connection, table, span):
                process = self._process(connection, definition_key)
                if process is None or element_id in process.elements:
                    continue
                for row in missing_rows.rows_at(connection, table, definition_key, element_id, span):
                    yield Lacking(row.key, row.instance_key, row.process_id, element_id, what)

    # active tokens that lack something

    def _workless(self, connection: Connection, span: Span) -> Iterator[Lacking]:
        return self._lacking(connection, span, _LACKED)

    def _empty(self, connection: Connection, span: Span) -> Iterator[Lacking]:
        return self._lacking(connection, span, _EMPTY)

    def _unawaited(self, connection: Connection, span: Span) -> Iterator[Lacking]:
        return self._lacking(connection, span, _EVENTS)

    def _lacking(self, connection: Connection, span: Span, kinds: Mapping[Kind, str]) -> Iterator[Lacking]:
        for definition_key, element_id in missing_rows.active_elements(connection, span):
            process = self._process(connection, definition_key)
            element = process.elements.get(element_id) if process else None
            for group, need in _needs(definition_key, element, kinds):
                for row in missing_rows.tokens_without(connection, group, need, span):
                    what, event_id = kinds[need.kind], need.event_id or ""
                    yield Lacking(row.key, row.instance_key, row.process_id, row.element_id, what, event_id)

    # starts

    def _unsubscribed(self, connection: Connection, span: Span) -> Iterator[Unsubscribed]:
        """Start subscriptions never end as long as their version is the latest."""
        for row in missing_rows.latest_definitions(connection):
            process = self._process(connection, row.key)
            if process is None:
                continue
            open_now = message_rows.starts_of(connection, row.key)
            for wanted in _starts(process, row.key):
                if (wanted.element_id, wanted.kind.value, wanted.name) not in open_now:
                    yield Unsubscribed(row.key, 0, row.process_id, wanted.element_id, wanted)


UNREADABLE, WORKLESS = "unreadable definition", "activity without its work"
UNAWAITED, UNSUBSCRIBED = "event that cannot come", "process that cannot be started"


def _needs(
    definition_key: int, element: Element | None, kinds: Mapping[Kind, str]
) -> Iterator[tuple[TokenGroup, Need]]:
    """Yield the tokens that need rows of these kinds: in an element, or in a loop's body and in its iterations."""
    if element is None:
        return
    activity = element.activity
    parts = ((element, None),) if activity is None else ((element, False), (activity, True))
    for part, run in parts:
        for need in needs_of(part):
            if need.kind in kinds:
                yield TokenGroup(definition_key, element.id, run), need


def _starts(process: ExecutableProcess, key: int) -> list[Subscription]:
    try:
        return start_waits(process, key, count(1), datetime.now(UTC))[1]
    except EngineError:  # it cannot be computed now; then it could not be deployed, either
        return []


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, EngineError) else f"it has no process {error}."


__all__ = ["ALL", "Diagrams", "Finding", "all_checks", "check", "findings"]
