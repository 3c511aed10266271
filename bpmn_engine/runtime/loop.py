"""The batching loop: the one thread that writes.

1. While a transaction commits, requests queue up; the next one takes all that wait, up to the batch size (`turn.py`).
2. A caller that gets an answer has its effect on disk.
3. One failing request does not spoil its batch: a rejected one has changed nothing; an unexpected failure rolls the
   transaction back and every request runs again in one of its own.
4. A turn that meets an instance which another node has changed runs again on fresh state.
5. An error at COMMIT leaves the outcome open: the node's row is read on a new connection before anything runs again,
   and a request whose fate cannot be found out is answered with `UnknownOutcome` and not run again.
6. While the database is out of reach, requests wait; each is refused when its time is over, with nothing done.
7. Without requests the loop sleeps until something becomes due (`schedule.py`). It notifies the other nodes of jobs
   that it leaves to them (LISTEN/NOTIFY on PostgreSQL).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from bpmn_engine.errors import (
    EngineError,
    InvalidArgument,
    Overloaded,
    StoreUnavailable,
    UnknownOutcome,
)
from bpmn_engine.runtime import scheduler
from bpmn_engine.runtime.catalog import NotCompiled
from bpmn_engine.runtime.clock import Clock
from bpmn_engine.runtime.compiling import Compiling
from bpmn_engine.runtime.jobs import JobRunner
from bpmn_engine.runtime.node import Fenced
from bpmn_engine.runtime.observers import Commit
from bpmn_engine.runtime.parts import Parts
from bpmn_engine.runtime.publisher import STOPPED
from bpmn_engine.runtime.requests.internal import ContinueInstance, FireTimer
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.runtime.schedule import Schedule
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.runtime.slow_lane import SlowLane
from bpmn_engine.runtime.turn import CommitFailed, Turn, TurnOutcome
from bpmn_engine.store.database import Database
from bpmn_engine.store.writer import StaleInstance

log = logging.getLogger("bpmn_engine.loop")

#: Seconds between two tries while the database is out of reach.
_RETRY_PAUSE = 0.2
#: Seconds beyond the poll after which a turn takes too long.
_STUCK_AFTER = 10.0
#: After so many turns that met stale instances, the requests run one by one.
_STALE_TURNS = 3


_UNSTORABLE = (
    "A value cannot be stored: a number beyond 64 bits, a name that is too long or has a NUL, half of a surrogate pair."
)


class BatchLoop:
    """Takes requests from any thread and carries them out in its own."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, handlers: JobRunner) -> None:
        self.parts = Parts(database, settings, clock, handlers)
        self.database, self.settings, self.clock, self.handlers = database, settings, clock, handlers
        self.cache, self.node, self.unfinished = self.parts.cache, self.parts.node, self.parts.unfinished
        self.publisher, self.observers = self.parts.publisher, self.parts.observers
        self.schedule = Schedule(settings.poll)
        self.slow_lane = SlowLane(self.parts, self.submit)
        self.compiling = Compiling(self.parts, self.submit, self.look)
        self._queue: deque[Request[Any]] = deque()
        self._settling: deque[Future[None]] = deque()
        self._wake = threading.Event()
        self._stale = 0
        self._turned_at = time.monotonic()
        self._down_since: float | None = None
        self._thread: threading.Thread | None = None
        clock.on_jump(self.look)

    # from other threads

    def start(self) -> None:
        """Register this node and start the thread."""
        self.parts.register()
        self._thread = threading.Thread(target=self._run, name="bpmn-loop", daemon=True)
        self._thread.start()
        self._stop_listening = self.database.listen(self._on_jobs_ready)

    def submit(self, request: Request[Any]) -> None:
        """Queue a request; its `reply` is called when its effect is on disk, or with why there is none."""
        if self.parts.stopping:
            _reply(request, None, StoreUnavailable(STOPPED))
        elif request.deadline is not None and len(self._queue) >= self.settings.queue_size:
            waiting = f"{self.settings.queue_size:,} requests wait already"
            _reply(request, None, Overloaded(f"{waiting}; try again a little later (setting queue_size)."))
        else:
            self._queue.append(request)
            if not self._wake.is_set():
                self._wake.set()

    def _on_jobs_ready(self, job_type: str, count: int) -> None:
        """Look for jobs, and wake long polls: another node has made jobs of this type ready."""
        if job_type in self.handlers.types():
            self.look()
        self.publisher.jobs_ready({job_type: count})

    def look(self) -> None:
        """Look for due timers and free jobs now."""
        self.schedule.request()
        self._wake.set()

    def settled(self) -> Future[None]:
        """Return a future that is done as soon as nothing is queued or due, and no handler of this node is at work."""
        future: Future[None] = Future()
        self._settling.append(future)
        self.look()
        return future

    def stop(self) -> None:
        """Finish the queued requests, then give up the node's id."""
        self.parts.stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self.slow_lane.stop()
        self._dismiss()
        self._stop_listening()
        try:
            self.node.leave()
        except self.database.errors:
            log.warning("The database is out of reach at the stop; this node's lease will run out", exc_info=True)

    def trouble(self) -> str | None:
        """The reason why nothing is written now, as far as it shows without a query; None if all is well."""
        if self._thread is None or not self._thread.is_alive():
            return "the writing thread has ended"
        if self.parts.stopping:
            return "the engine is stopping"
        if self._down_since is not None:
            return f"the database has failed for {time.monotonic() - self._down_since:.0f} s"
        silence = time.monotonic() - self._turned_at - self.settings.poll.total_seconds()
        return f"the writing thread has been busy for {silence:.0f} s" if silence > _STUCK_AFTER else None

    # the loop's thread

    def _run(self) -> None:
        while not (self.parts.stopping and not self._queue):
            if not self._queue:
                self._note_settled()
                self._wake.wait(self._seconds_to_wait())
            self._wake.clear()
            try:
                self._turn()
            except Fenced:
                self._rejoin()
            except self.database.errors as error:
                self._back_off(error)
            except Exception as error:
                log.exception("A turn failed in an unexpected way")
                self._back_off(error)
            self._turned_at = time.monotonic()

    def _note_settled(self) -> None:
        """Answer those who wait for this node to settle, if it has."""
        at_work = len(self.unfinished) or self.parts.jobs_left or self.parts.suspects_left or not self.handlers.is_idle
        if not self._settling or at_work or self.compiling.is_busy or self.schedule.is_due(self.clock.now()):
            return
        while self._settling:
            future = self._settling.popleft()
            if future.set_running_or_notify_cancel():
                future.set_result(None)

    def _seconds_to_wait(self) -> float:
        """Seconds that the loop may sleep while there are no requests."""
        unfinished = self.unfinished.seconds_to_wait()
        seconds = self.schedule.seconds_to_wait(self.clock.now(), pinned=self.clock.pinned)
        return seconds if unfinished is None else min(seconds, unfinished)

    def _turn(self) -> None:
        if self.node.due() and not self.node.renew():
            raise Fenced
        requests = self._take()
        look = self.schedule.is_due(self.clock.now())
        if look:
            self.schedule.begin()
        if requests or look or self.unfinished.seconds_to_wait() == 0:
            self._carry_out(requests, look=look)

    def _rejoin(self) -> None:
        """Register under a new id: the other nodes have taken this one for dead and own what it held."""
        log.warning("This node was taken for dead; it continues under a new id")
        self.cache.clear()
        self.unfinished.clear()
        self.handlers.forget()
        try:
            self.parts.register()
        except StoreUnavailable as error:
            self._back_off(error)
        except self.database.errors as error:
            self._back_off(error)
        self.look()

    def _note_failure(self, error: BaseException) -> None:
        if self._down_since is None:
            log.error("The database failed; requests wait until it answers: %s", error)
            self._down_since = time.monotonic()

    def _back_off(self, error: BaseException) -> None:
        """Wait before the next try, and refuse requests whose time is over; at a stop, refuse all."""
        self._note_failure(error)
        if self.parts.stopping:
            self._dismiss()
            return
        for request in self._in_time(self._pop(len(self._queue))):
            self._queue.append(request)
        time.sleep(_RETRY_PAUSE)
        self.look()

    def _dismiss(self) -> None:
        """Refuse all queued requests: this engine has stopped."""
        for request in self._pop(len(self._queue)):
            _reply(request, None, StoreUnavailable(STOPPED))
        while self._settling:
            future = self._settling.popleft()
            if future.set_running_or_notify_cancel():
                future.set_exception(StoreUnavailable(STOPPED))

    def _take(self) -> list[Request[Any]]:
        return self._in_time(self._pop(self.settings.batch_size))

    def _pop(self, count: int) -> list[Request[Any]]:
        queue = self._queue
        return [queue.popleft() for _ in range(min(len(queue), count))]

    def _in_time(self, requests: list[Request[Any]]) -> list[Request[Any]]:
        """Refuse requests that have waited too long and drop those whose caller has gone; return the others."""
        now = time.monotonic()
        requests = [request for request in requests if request.is_wanted is None or request.is_wanted()]
        late = [request for request in requests if request.deadline is not None and request.deadline <= now]
        for request in late:
            seconds = self.settings.request_timeout.total_seconds()
            message = f"The request was not begun within {seconds:g} s; nothing has happened. Try again."
            _reply(request, None, StoreUnavailable(message))
        return [request for request in requests if request not in late] if late else requests

    def _give_back(self, requests: Iterable[Request[Any]], *, look: bool) -> None:
        """Return requests to the queue for the next turn; nothing has happened."""
        self._queue.extendleft(reversed(list(requests)))
        if look:
            self.schedule.request()
        self._wake.set()

    def _carry_out(self, requests: list[Request[Any]], *, look: bool, alone: bool = False) -> None:
        """Run one turn; if it fails, decide about each of its requests."""
        database = self.database
        try:
            outcome = Turn(self.parts, look=look, alone=alone, more_wait=lambda: bool(self._queue)).run(requests)
        except StaleInstance:
            self._rerun(requests, look=look)
        except Fenced:
            self._give_back(requests, look=look)
            raise
        except CommitFailed as lost:
            self._settle(lost, requests, look=look)
        except database.value_errors:
            log.info("A value cannot be stored", exc_info=True)
            self._isolate(requests, InvalidArgument(_UNSTORABLE), look=look, alone=alone)
        except database.errors as error:
            self._failed(requests, error, look=look, alone=alone)
        except Exception as error:  # noqa: BLE001 - the one guard: an error must reach its caller and no other
            self._isolate(requests, error, look=look, alone=alone)
        else:
            self._announce(outcome)

    def _rerun(self, requests: list[Request[Any]], *, look: bool) -> None:
        """Run again on fresh state; after several conflicts with other nodes, one request at a time."""
        self._recheck()
        self._stale += 1
        if self._stale < _STALE_TURNS or not requests:
            self._give_back(requests, look=look)
            return
        self._stale = 0
        self._one_by_one(requests, look=look)

    def _recheck(self) -> None:
        """Look for remaining jobs again: a turn that was rolled back may have been wrong about them."""
        self.parts.jobs_left = self.parts.suspects_left = True
        self.schedule.request()

    def _one_by_one(self, requests: Iterable[Request[Any]], *, look: bool) -> None:
        """Carry out each request in a turn of its own; if one cannot be, those behind it stay in the queue."""
        if look:
            self.schedule.request()
        waiting = deque(requests)
        try:
            while waiting:
                self._carry_out([waiting.popleft()], look=False, alone=True)
        finally:
            self._queue.extendleft(reversed(waiting))

    def _failed(self, requests: list[Request[Any]], error: Exception, *, look: bool, alone: bool) -> None:
        """Handle an error of the database after which nothing has happened."""
        self._recheck()
        if not self.database.may_pass(error):
            if alone:
                self._note_failure(error)
            self._isolate(requests, StoreUnavailable(f"The database failed: {error}"), look=look, alone=alone)
        elif self.parts.stopping:
            for request in requests:
                _reply(request, None, StoreUnavailable(STOPPED))
        elif self.database.is_contended(error) and len(requests) > 1:
            self._one_by_one(requests, look=look)
        elif self.database.is_contended(error):
            log.info("Another node was in the way; trying again: %s", error)
            self._give_back(requests, look=look)
        else:
            self._give_back(requests, look=look)
            raise error

    def _settle(self, lost: CommitFailed, requests: list[Request[Any]], *, look: bool) -> None:
        """Find out whether a turn whose COMMIT has failed is on disk, and answer its requests."""
        outcome = lost.outcome
        log.warning("A COMMIT failed; asking the database whether it is done: %s", lost.__cause__)
        committed = self._find_out(outcome.key)
        if committed:
            outcome.batch.keep()
            self._announce(outcome)
            return
        outcome.batch.discard()
        self.look()
        if committed is False:
            self._note_failure(lost.__cause__ or lost)
            self._give_back(requests, look=look)
            time.sleep(_RETRY_PAUSE)
            return
        message = "The database was lost during the commit, so this may have been carried out. Look, or "
        for request, _ in outcome.answers:
            _reply(request, None, UnknownOutcome(message + "repeat the request with the same idempotency key."))
        self._give_back(outcome.put_off, look=look)

    def _find_out(self, batch_key: int) -> bool | None:
        """Query the node's row until the database answers, or until the callers' time is over."""
        patience = _RETRY_PAUSE if self.parts.stopping else self.settings.request_timeout.total_seconds()
        deadline = time.monotonic() + patience
        while True:
            try:
                return self.node.has_committed(batch_key)
            except self.database.errors:
                if time.monotonic() > deadline:
                    log.exception("It is unknown whether batch %s is on disk", batch_key)
                    return None
                time.sleep(_RETRY_PAUSE)

    def _isolate(self, requests: list[Request[Any]], error: Exception, *, look: bool, alone: bool) -> None:
        """Run each request in a turn of its own, so that only the faulty one fails."""
        if alone and len(requests) == 1:
            self._give_up(requests[0], error)
            return
        try:
            by_itself = self._due_one_by_one() if look else []
        except BaseException:
            self._give_back(requests, look=look)
            raise
        self._one_by_one((*requests, *by_itself, *map(ContinueInstance, self.unfinished)), look=False)

    def _give_up(self, request: Request[Any], error: Exception) -> None:
        """Refuse the request that fails, or put it aside until its definition is compiled."""
        request.abandoned(self.unfinished)
        if isinstance(error, NotCompiled):
            self.compiling.put_aside(request, error)
            return
        if not isinstance(error, EngineError):
            log.error("A request failed: %s", request, exc_info=error)
        _reply(request, None, error)

    def _due_one_by_one(self) -> list[Request[Any]]:
        """The due timers as one request each; the next look is not before the poll."""
        with self.database.write() as connection:
            return [FireTimer(key) for key in scheduler.due_timer_keys(self.parts.batch(connection))]

    def _announce(self, outcome: TurnOutcome) -> None:
        """After the commit: plan, hand out jobs, answer callers, notify observers."""
        batch = outcome.batch
        self._stale = 0
        if self._down_since is not None:
            log.info("The database answers again after %.1f s", time.monotonic() - self._down_since)
            self._down_since = None
        for moment in (*outcome.plans, batch.wake_at):
            self.schedule.plan(moment)
        for job in outcome.handed:
            self.handlers.take(job)
        for request, answer in outcome.answers:
            if isinstance(answer, BaseException):
                _reply(request, None, answer)
            else:
                _reply(request, request.committed(answer, self.publisher), None)
        self.observers.tell(Commit(outcome.key, batch.now, batch.steps, batch.ended, outcome.ready))
        self._keep_unfinished(outcome)
        self._queue.extendleft(reversed(outcome.put_off))

    def _keep_unfinished(self, outcome: TurnOutcome) -> None:
        batch = outcome.batch
        for key in self.unfinished:
            instance = batch.loaded.get(key)
            if instance is not None and not scheduler.may_continue(instance):
                self.unfinished.remove(key)
        for key in batch.unfinished:
            self.unfinished.note(key, batch.loaded[key].revision)
        for key in outcome.beside:
            if key in self.unfinished:
                self.unfinished.begin_beside(key)
                self.slow_lane.compute(key)


def _reply(request: Request[Any], answer: Any, error: BaseException | None) -> None:
    if request.reply is not None:
        request.reply(answer, error)
