"""Repairs the findings of `check.py` while nodes may be running.

1. The findings come from one snapshot. Each is looked for again in the writing transaction, with its instance locked,
   and only what is still wrong is repaired. The revision of the instance goes up, so no node uses its stale copy.
2. Rows that follow from others are put right as rows. What means something (the end of a called instance, an incident,
   a message) is a step of the core, so that everything behind it follows.
3. A repair may lead to another finding, such as the job of a token that was terminated: another round finds it. The
   last round has nothing left to repair.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from bpmn_engine.errors import EngineError
from bpmn_engine.instance.commands import (
    CallTerminated,
    CancelInstance,
    Command,
    CompleteCall,
    RenewWait,
    ReportStuck,
    ResolveIncident,
)
from bpmn_engine.instance.state import Subscription
from bpmn_engine.runtime import effects
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.cache import InstanceCache
from bpmn_engine.runtime.catalog import DefinitionCatalog
from bpmn_engine.runtime.check import KEPT, UNAWAITED, UNSUBSCRIBED, WORKLESS, Lacking, Unsubscribed, all_checks
from bpmn_engine.runtime.clock import Clock
from bpmn_engine.runtime.keys import KeyGenerator
from bpmn_engine.runtime.node import Fenced, NodeLease
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.store import messages as message_rows
from bpmn_engine.store.checks import (
    ABANDONED,
    LOST,
    RELEASED,
    STUCK,
    UNREAD,
    BrokenRow,
    Check,
    Finding,
    Span,
    lock_instances,
    touch_instances,
)
from bpmn_engine.store.checks.calls import AbandonedChild, LostCall
from bpmn_engine.store.checks.messages import UnreadMessage
from bpmn_engine.store.checks.work import ReleasedIncident, StuckJob
from bpmn_engine.store.database import Database
from bpmn_engine.store.queries.resources import scope_variables
from bpmn_engine.store.writer import StaleInstance

log = logging.getLogger("bpmn_engine.repair")

#: Findings that are repaired in one transaction.
_CHUNK = 100
#: How often a transaction is tried that others get in the way of.
_ATTEMPTS = 5
#: A repair ends after so many rounds, whatever is left.
_ROUNDS = 50
_LEASE = timedelta(seconds=60)


@dataclass(slots=True)
class Repaired:
    """The repaired findings, each with what was done, and the findings that are left."""

    repaired: list[tuple[Finding, str]] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)


def repair(database: Database) -> Repaired:
    """Repair every finding that can be repaired."""
    with _Repair(database) as at_work:
        return at_work.run()


class _Repair:
    """A node that repairs instead of running processes."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.settings = database, Clock(), Settings()
        self.node = NodeLease(database, _LEASE, self.clock)
        self.definitions = DefinitionCatalog(KEPT)
        self.checks = all_checks()

    def __enter__(self) -> _Repair:
        self._register()
        return self

    def __exit__(self, *_: object) -> None:
        self.node.leave()

    def _register(self) -> None:
        self.node.register()
        self.keys = KeyGenerator(self.node.id, self.clock)

    def run(self) -> Repaired:
        """Repair in rounds until a round finds nothing more to repair."""
        result = Repaired()
        for _ in range(_ROUNDS):
            before = len(result.repaired)
            result.left = list(self._round(result.repaired))
            if len(result.repaired) == before:
                break
        return result

    def _round(self, repaired: list[tuple[Finding, str]]) -> Iterator[Finding]:
        """Repair the findings of one snapshot; return those that are left."""
        with self.database.read() as snapshot:
            self.database.take_time(snapshot)
            for check in self.checks:
                found = check.find(snapshot)
                if check.repair is None and check.name not in _CORE:
                    yield from found
                    continue
                for chunk in _chunks(found):
                    yield from self._try(check, chunk, repaired)

    def _try(self, check: Check[Any], chunk: list[Finding], repaired: list[tuple[Finding, str]]) -> Iterator[Finding]:
        """Repair findings of one check together, or one by one if that fails."""
        try:
            repaired += self._repair(check, chunk)
        except Exception as error:
            if len(chunk) > 1:
                for one in chunk:
                    yield from self._try(check, [one], repaired)
                return
            if not isinstance(error, EngineError):
                log.warning("%s could not be repaired", chunk[0].text, exc_info=error)
            yield chunk[0].unrepaired(str(error) or type(error).__name__)

    def _repair(self, check: Check[Any], chunk: list[Finding]) -> list[tuple[Finding, str]]:
        for attempt in range(_ATTEMPTS):
            try:
                return self._transaction(check, chunk)
            except Fenced:
                self._register()
            except StaleInstance:
                log.info("Another node was faster (try %s)", attempt + 1)
            except self.database.errors as error:
                if not self.database.may_pass(error):
                    raise
        return self._transaction(check, chunk)

    def _transaction(self, check: Check[Any], chunk: list[Finding]) -> list[tuple[Finding, str]]:
        """Check again with the instances locked, and repair what is still wrong."""
        if self.node.due() and not self.node.renew():
            raise Fenced
        self.keys.refresh()
        wanted = {(finding.row.key, finding.row.process_id) for finding in chunk}
        instances = {finding.row.instance_key for finding in chunk} - {0}
        with self.database.write() as connection:
            self.node.fence(connection, next(self.keys))
            lock_instances(connection, self.database, instances)
            span = Span(tuple(sorted(instances or {0})))
            present = [
                found for found in check.find(connection, span) if (found.row.key, found.row.process_id) in wanted
            ]
            return self._rows(connection, present) if check.repair else self._core(connection, present)

    def _rows(self, connection: Connection, present: list[Finding]) -> list[tuple[Finding, str]]:
        now = self.clock.now()
        done = [(found, found.check.repair(connection, found.row, now)) for found in present if found.check.repair]
        touch_instances(connection, {found.row.instance_key for found in present})
        return done

    def _core(self, connection: Connection, present: list[Finding]) -> list[tuple[Finding, str]]:
        cache = InstanceCache(1)
        now = self.clock.now()
        batch = Batch(connection, self.database, cache, self.definitions, self.keys, now, self.settings)
        done = [(found, _CORE[found.name](batch, found.row)) for found in present]
        effects.carry_out(batch)
        batch.flush()
        ready: dict[str, int] = {}
        for _, job in batch.open_jobs():
            ready[job.type] = ready.get(job.type, 0) + 1
        self.database.notify(connection, ready)
        return done


def _chunks(found: Iterable[Finding]) -> Iterator[list[Finding]]:
    rest = iter(found)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


# what the core does


def _tell_caller(batch: Batch, row: LostCall) -> str:
    """Report the end of a called instance to its caller, as `effects` would have done."""
    caller = batch.holding(row.instance_key, row.key)
    if caller is None:
        return "Its caller has continued meanwhile."
    if row.child_state == "COMPLETED":
        variables = scope_variables(batch.connection, row.key, None)
        batch.affect(caller, CompleteCall(call_key=row.key, variables=variables))
        done = "The caller was told that it has completed."
    else:
        batch.affect(caller, CallTerminated(call_key=row.key))
        done = "The caller was told, and has an incident; resolving it calls again."
    effects.carry_out(batch)
    return done


def _cancel(batch: Batch, row: AbandonedChild) -> str:
    child = batch.instance(row.key)
    batch.called_off.add(child.key)
    batch.affect(child, CancelInstance(by_caller=True))
    return "It was cancelled."


def _ask(batch: Batch, row: BrokenRow, command: Command) -> None:
    batch.affect(batch.instance(row.instance_key), command)


def _report_job(batch: Batch, row: StuckJob) -> str:
    if row.state == "FAILED":
        kind, message = "JOB_NO_RETRIES", row.error_message or f"the job of type '{row.type}' has no retries left."
    else:
        reason = f" ({row.error_message})" if row.error_message else ""
        kind, message = "UNHANDLED_ERROR_EVENT", f"no event catches the error '{row.error_code or ''}'{reason}."
    _ask(batch, row, ReportStuck(token_key=row.token_key, job_key=row.key, error_type=kind, message=message))
    return "It has an incident now."


def _agree_with_job(batch: Batch, row: ReleasedIncident) -> str:
    """A job that has retries may run, so the incident is over; else the job waits for an operator."""
    if row.retries >= 1:
        _ask(batch, row, ResolveIncident(incident_key=row.key))
        return "The incident was resolved."
    batch.writer.jobs.update(row.job_key, state="FAILED")
    batch.writer.touch(batch.instance(row.instance_key))
    return "The job counts as failed now."


def _report_lack(batch: Batch, row: Lacking) -> str:
    message = f"it waits without {row.what}. Resolve this incident to begin the element anew."
    _ask(batch, row, ReportStuck(token_key=row.key, error_type="UNKNOWN", message=message))
    return "It has an incident now; resolving it begins the element anew."


def _await(batch: Batch, row: Lacking) -> str:
    _ask(batch, row, RenewWait(token_key=row.key, element_id=row.event_id))
    return f"It waits for '{row.event_id}' again, from now on."


def _subscribe(batch: Batch, row: Unsubscribed) -> str:
    row.subscription.key = next(batch.keys)
    message_rows.open_starts(batch.connection, row.key, row.process_id or "", [row.subscription])
    return "It is subscribed again."


def _hand_over(batch: Batch, row: UnreadMessage) -> str:
    instance = batch.instance(row.instance_key)
    wait = instance.waits.get(row.key)
    if not isinstance(wait, Subscription):
        return "It waits no longer."
    batch.opened_subscriptions.append((instance, wait))
    effects.carry_out(batch)
    return "It was handed over."


_CORE: dict[str, Callable[[Batch, Any], str]] = {
    LOST.name: _tell_caller,
    ABANDONED.name: _cancel,
    STUCK.name: _report_job,
    RELEASED.name: _agree_with_job,
    WORKLESS: _report_lack,
    UNAWAITED: _await,
    UNSUBSCRIBED: _subscribe,
    UNREAD.name: _hand_over,
}
