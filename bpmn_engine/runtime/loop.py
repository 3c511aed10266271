"""The batching loop: the one thread that writes.

1. While a transaction commits, requests queue up; the next one takes all that wait, up to the batch size.
2. A caller that gets an answer has its effect on disk.
3. One failing request does not spoil its batch: a rejected one has changed nothing; an unexpected failure rolls the
   transaction back and every request runs again in one of its own.
4. A batch that meets an instance which another node has changed runs again on fresh state.
5. When nothing is asked, the loop sleeps until the next timer is due, or for the poll interval as a safety net. Jobs
   that are left for others are told to the other nodes (LISTEN/NOTIFY on PostgreSQL).
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from bpmn_engine.errors import EngineError, InvalidArgument, InvalidModel, NotFound, Rejected, StoreUnavailable
from bpmn_engine.runtime import activation, correlation, decisions, deployment, effects, migration, scheduler, signals
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.cache import InstanceCache
from bpmn_engine.runtime.clock import Clock
from bpmn_engine.runtime.definitions import Definitions
from bpmn_engine.runtime.keys import KeyGenerator
from bpmn_engine.runtime.node import Node
from bpmn_engine.runtime.publisher import Publisher
from bpmn_engine.runtime.requests import (
    Activate,
    ActivatedJob,
    Ask,
    Broadcast,
    Create,
    Deploy,
    Due,
    EvaluateConditions,
    ExtendJob,
    GoOn,
    Migrate,
    Publish,
    RecordDecision,
    Release,
    Renew,
    Request,
)
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.runtime.starting import create
from bpmn_engine.store import instances as instance_rows
from bpmn_engine.store import jobs as job_rows
from bpmn_engine.store.dialect import Database
from bpmn_engine.store.writer import StaleInstance

log = logging.getLogger("bpmn_engine.loop")

Outcome = tuple[Batch, list[tuple[Request, Any]], list[ActivatedJob]]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_RETRY_PAUSE = 0.5


class Loop:
    """Takes requests from any thread and carries them out in its own."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, handlers: activation.Handlers) -> None:
        self.database, self.settings, self.clock, self.handlers = database, settings, clock, handlers
        self.cache = InstanceCache(settings.cache_size)
        self.definitions = Definitions()
        self.publisher = Publisher()
        self.node = Node(database, settings.node_lease)
        self._queue: deque[Request] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._look_now = True
        self._look_at = _LONG_AGO
        self._looked_at = _LONG_AGO
        self._left_lying = False
        self._thread: threading.Thread | None = None
        clock.on_jump(self.look)

    # from other threads

    def start(self) -> None:
        """Register this node and begin to work."""
        self.node.register(self.clock.now())
        self.keys = KeyGenerator(self.node.id)
        self._thread = threading.Thread(target=self._run, name="bpmn-loop", daemon=True)
        self._thread.start()
        self._stop_listening = self.database.listen(self._heard)

    def submit(self, request: Request) -> None:
        """Queue a request; its `reply` is called when its effect is on disk."""
        if self._stopping:
            _reply(request, None, StoreUnavailable("The engine has stopped."))
            return
        self._queue.append(request)
        if not self._wake.is_set():
            self._wake.set()

    def _heard(self, job_type: str) -> None:
        """Another node has made jobs of this type ready."""
        if job_type in self.handlers.types():
            self.look()
        self.publisher.jobs_ready([job_type])

    def look(self) -> None:
        """Look for due timers and free jobs now; asked while a look is under way, it looks again."""
        self._look_now = True
        self._wake.set()

    def stop(self) -> None:
        """Finish what is queued, then sign off."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self._stop_listening()
        self.node.leave(self.clock.now())

    # the loop's thread

    def _run(self) -> None:
        while not (self._stopping and not self._queue):
            if not self._queue:
                self._wake.wait(self._pause())
            self._wake.clear()
            try:
                self._turn()
            except self.database.errors:
                log.exception("The database failed; trying again")
                threading.Event().wait(_RETRY_PAUSE)

    def _pause(self) -> float:
        """Seconds to sleep when nothing is asked."""
        poll = self.settings.poll.total_seconds()
        if self.clock.pinned:
            return poll
        return min(max((self._look_at - self.clock.now()).total_seconds(), 0.0), poll)

    def _turn(self) -> None:
        if self.node.due():
            self._renew_lease()
        requests = self._take()
        now = self.clock.now()
        asked, self._look_now = self._look_now, False
        look = asked or now >= self._look_at or now - self._looked_at >= self.settings.poll
        if requests or look:
            self._carry_out(requests, look=look)

    def _renew_lease(self) -> None:
        """Raise if the database cannot be reached; the next turn tries again."""
        if not self.node.renew(self.clock.now()):
            log.warning("This node was taken for dead; it goes on under a new id")
            self.node.register(self.clock.now())
            self.keys = KeyGenerator(self.node.id)
            self.cache.clear()

    def _take(self) -> list[Request]:
        queue = self._queue
        return [queue.popleft() for _ in range(min(len(queue), self.settings.batch_size))]

    def _carry_out(self, requests: list[Request], *, look: bool) -> None:
        try:
            outcome = self._transaction(requests, look=look)
        except StaleInstance:
            self._queue.extendleft(reversed(requests))
            self._look_at = _LONG_AGO if look else self._look_at
            self._wake.set()
        except self.database.value_errors as error:
            self._isolate(requests, InvalidArgument(f"A value cannot be stored: {error}"), look=look)
        except self.database.errors as error:
            self._isolate(requests, StoreUnavailable(f"The database failed: {error}"), look=look)
        except Exception as error:  # noqa: BLE001 - the one guard: what it is must reach its caller and only him
            self._isolate(requests, error, look=look)
        else:
            self._tell(*outcome)

    def _isolate(self, requests: list[Request], error: Exception, *, look: bool) -> None:
        """Run everything on its own, so that what fails is the only thing that does."""
        if len(requests) == 1 and not look:
            if not isinstance(error, EngineError):
                log.error("A request failed: %s", requests[0], exc_info=error)
            _reply(requests[0], None, error)
            return
        for request in requests:
            self._carry_out([request], look=False)
        for request in self._due_one_by_one() if look else ():
            self._carry_out([request], look=False)

    def _due_one_by_one(self) -> list[Request]:
        """What was to be done by itself; the next look is not before the poll."""
        self._looked_at = self.clock.now()
        self._look_at = self._looked_at + self.settings.poll
        with self.database.write() as connection:
            batch = self._batch(connection, self._looked_at)
            return scheduler.due_one_by_one(batch)

    def _transaction(self, requests: list[Request], *, look: bool) -> Outcome:
        """Carry out requests and commit; what is to be told is told afterwards."""
        self.keys.refresh()
        answers: list[tuple[Request, Any]] = []
        batch: Batch | None = None
        try:
            with self.database.write() as connection:
                batch = self._batch(connection, self.clock.now())
                batch.looked = look
                more = scheduler.run_due(batch) if look else False
                answers = self._answers(batch, requests)
                effects.carry_out(batch)
                handed = self._hand_out(batch, look=look)
                batch.flush()
                taken = {job.key for job in handed}
                self.database.notify(connection, {job.type for _, job in batch.open_jobs() if job.key not in taken})
                if look:
                    self._plan(batch, more=more)
        except BaseException:
            if batch is not None:
                batch.discard()
            raise
        batch.keep()
        return batch, answers, handed

    def _batch(self, connection: Connection, now: datetime) -> Batch:
        batch = Batch(connection, self.database, self.cache, self.definitions, self.keys, now)
        batch.message_time_to_live = self.settings.message_time_to_live
        return batch

    def _answers(self, batch: Batch, requests: list[Request]) -> list[tuple[Request, Any]]:
        """Carry out each request; a rejection is an answer too."""
        owners = self._owners(batch, requests)
        answers: list[tuple[Request, Any]] = []
        for request in requests:
            try:
                answer: Any = None
                if isinstance(request, Ask):
                    self._ask(batch, request, owners)
                else:
                    answer = _HANDLERS[type(request)](self, batch, request)
            except (Rejected, InvalidModel) as rejection:
                answer = rejection
            answers.append((request, answer))
        return answers

    def _owners(self, batch: Batch, requests: list[Request]) -> dict[tuple[str, int], int]:
        """Whose instance each command is for; loads all of them."""
        by_kind: dict[str, list[int]] = {}
        for request in requests:
            if isinstance(request, Ask):
                by_kind.setdefault(request.kind, []).append(request.key)
        found: dict[tuple[str, int], int] = {("instance", key): key for key in by_kind.pop("instance", [])}
        for kind, keys in by_kind.items():
            for key, owner in instance_rows.owners(batch.connection, kind, keys).items():
                found[kind, key] = owner
        batch.load(found.values())
        return found

    def _ask(self, batch: Batch, request: Ask, owners: dict[tuple[str, int], int]) -> None:
        owner = owners.get((request.kind, request.key))
        instance = batch.loaded.get(owner) if owner is not None else None
        if instance is None or instance.ended:
            raise NotFound(f"There is no running {request.kind} with key {request.key}; it may have ended.")
        try:
            batch.step(instance, request.command)
        except Rejected:
            if not batch.verify((instance.key,)):
                raise
            batch.step(batch.instance(instance.key), request.command)

    def _hand_out(self, batch: Batch, *, look: bool) -> list[ActivatedJob]:
        """Claim jobs for the handlers of this node: those just created, and now and then those left lying."""
        types = self.handlers.types()
        if not types or self._stopping:
            return []
        deadline = batch.now + self.settings.handler_timeout
        worker, moment = self.node.worker, self.database.moment(deadline)
        room = self.handlers.room()
        handed: list[ActivatedJob] = []
        for instance, job in batch.open_jobs():
            if job.type not in types:
                continue
            if len(handed) >= room:
                self._left_lying = True
                break
            batch.writer.jobs.update(job.key, worker=worker, available_at=moment)
            handed.append(batch.activated(instance, job, worker, deadline))
        limit = min(room - len(handed), self.settings.batch_size)
        free = look or batch.freed_jobs
        if (free and limit > 0) or (self._left_lying and limit == self.settings.batch_size):
            claimed = activation.activate(batch, Activate(tuple(types), worker, limit, self.settings.handler_timeout))
            self._left_lying = len(claimed) == limit
            handed += claimed
        return handed

    def _plan(self, batch: Batch, *, more: bool) -> None:
        """When to look again."""
        self._looked_at = batch.now
        moments = [batch.now + self.settings.poll, scheduler.next_moment(batch)]
        if types := self.handlers.types():
            moments.append(job_rows.next_ready(batch.connection, types, batch.now))
        self._look_at = _LONG_AGO if more else min(moment for moment in moments if moment)

    def _tell(self, batch: Batch, answers: list[tuple[Request, Any]], handed: list[ActivatedJob]) -> None:
        """After the commit: wake up, answer, hand out."""
        if batch.wake_at is not None:
            self._look_at = min(self._look_at, batch.wake_at)
        for job in handed:
            self.handlers.take(job)
        for request, answer in answers:
            if isinstance(answer, BaseException):
                _reply(request, None, answer)
            elif isinstance(request, Create) and request.wait:
                _reply(request, answer._replace(ended=self.publisher.end_of(answer.instance_key)), None)
            else:
                _reply(request, answer, None)
        for instance in batch.ended:
            self.publisher.ended(instance.key, instance.state.value)
        mine = self.handlers.types()
        self.publisher.jobs_ready(job.type for _, job in batch.jobs.values() if job.type not in mine)
        if batch.looked:
            self.publisher.look_again()
        if batch.pending and not self._stopping:  # what is left over at a stop, the next start takes up
            self._queue.extend(map(GoOn, batch.pending))
            self._wake.set()


def _reply(request: Request, answer: Any, error: BaseException | None) -> None:
    if request.reply is not None:
        request.reply(answer, error)


_HANDLERS: dict[type[Request], Callable[[Loop, Batch, Any], Any]] = {
    Create: lambda loop, batch, request: create(batch, request),
    Deploy: lambda loop, batch, request: deployment.deploy(batch, request),
    RecordDecision: lambda loop, batch, request: decisions.record(batch, request),
    Publish: lambda loop, batch, request: correlation.publish(batch, request),
    Broadcast: lambda loop, batch, request: signals.request(batch, request),
    EvaluateConditions: lambda loop, batch, request: signals.evaluate_conditions(batch, request),
    Migrate: lambda loop, batch, request: migration.migrate(batch, request),
    Activate: lambda loop, batch, request: activation.activate(batch, request),
    ExtendJob: lambda loop, batch, request: activation.extend(batch, request),
    Release: lambda loop, batch, request: activation.release(batch, request),
    Renew: lambda loop, batch, request: activation.renew(batch, request, loop.settings.handler_timeout),
    Due: lambda loop, batch, request: scheduler.fire(batch, request.key),
    GoOn: lambda loop, batch, request: scheduler.go_on(batch, request.key),
}
