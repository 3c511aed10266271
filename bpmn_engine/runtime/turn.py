"""One turn of the loop: a transaction that carries out the waiting requests, due timers and unfinished instances.

1. The node's row is written first: a node that was taken for dead can write nothing (`Fenced`).
2. A request that is rejected has changed nothing and gets its own answer; the others continue.
3. Requests of one process give way while those of others wait (`shares.py`); the outcome has what was put off.
4. An error at COMMIT leaves open whether the turn is on disk: `CommitFailed` has its key and its outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bpmn_engine.errors import InvalidModel, Rejected
from bpmn_engine.runtime import effects, scheduler
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.jobs import ActivatedJob
from bpmn_engine.runtime.parts import Parts
from bpmn_engine.runtime.requests.jobs import ActivateJobs
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.runtime.shares import ALONE, PART
from bpmn_engine.store import jobs as job_rows

#: Requests of one process between two looks at the clock.
_STRIDE = 8


@dataclass(slots=True)
class TurnOutcome:
    """The result of a turn. It counts once the transaction is committed."""

    key: int
    batch: Batch
    answers: list[tuple[Request[Any], Any]] = field(default_factory=list)
    put_off: list[Request[Any]] = field(default_factory=list)
    handed: list[ActivatedJob] = field(default_factory=list)
    #: How many jobs of each type are left for others.
    ready: dict[str, int] = field(default_factory=dict)
    #: The unfinished instances whose next step is to be computed beside the loop.
    beside: list[int] = field(default_factory=list)
    plans: list[datetime | None] = field(default_factory=list)


class CommitFailed(Exception):
    """The COMMIT of a turn failed: it is not yet known whether it is on disk."""

    def __init__(self, outcome: TurnOutcome) -> None:
        super().__init__(f"the COMMIT of batch {outcome.key} failed")
        self.outcome = outcome


class Turn:
    """One transaction of the loop: with `look` also due timers and free jobs, with `alone` nothing but its requests."""

    def __init__(
        self, parts: Parts, *, look: bool, alone: bool = False, more_wait: Callable[[], bool] = lambda: False
    ) -> None:
        """`more_wait` returns whether requests are in the queue."""
        self.parts, self.look, self.alone, self.more_wait = parts, look, alone, more_wait
        self.shares = parts.shares

    def run(self, requests: list[Request[Any]]) -> TurnOutcome:
        """Carry everything out and commit; raise `CommitFailed` if that is in doubt, else nothing is done."""
        parts = self.parts
        parts.keys.refresh()
        outcome: TurnOutcome | None = None
        committing = False
        try:
            with parts.database.write() as connection:
                key = next(parts.keys)
                parts.node.fence(connection, key)
                outcome = TurnOutcome(key, self._batch(connection))
                self._carry_out(outcome, requests)
                committing = True
        except BaseException as error:
            if outcome is not None:
                if committing and isinstance(error, parts.database.errors):
                    raise CommitFailed(outcome) from error
                outcome.batch.discard()
            raise
        outcome.batch.keep()
        return outcome

    def _carry_out(self, outcome: TurnOutcome, requests: list[Request[Any]]) -> None:
        batch = outcome.batch
        more = scheduler.run_due(batch, self.parts, contended=bool(requests)) if self.look else False
        self._answer(outcome, requests)
        if not self.alone:
            self._continue_unfinished(outcome, contended=bool(requests) or self.more_wait())
        effects.carry_out(batch)
        self._hand_out(outcome)
        batch.flush()
        if self.look:
            self._note_ready(outcome)
        self.parts.database.notify(batch.connection, outcome.ready)
        if self.look:
            outcome.plans = self._plans(batch, more=more)

    def _batch(self, connection: Connection) -> Batch:
        batch = self.parts.batch(connection)
        batch.heavy, batch.quickly = self.shares.heavy, True
        return batch

    # requests

    def _answer(self, outcome: TurnOutcome, requests: list[Request[Any]]) -> None:
        """Carry out the requests whose turn it is."""
        batch = outcome.batch
        batch.load_owners(thing for request in requests if (thing := request.concerns) is not None)
        self.shares.begin()
        processes = _processes(batch, requests)
        if len(processes) == 1:
            self._answer_one_process(outcome, requests, processes.pop())
        else:
            self._answer_several(outcome, requests)

    def _answer_one_process(self, outcome: TurnOutcome, requests: list[Request[Any]], process_id: str) -> None:
        """Carry out requests of one process; the clock is read after every few of them."""
        for begin in range(0, len(requests), _STRIDE):
            part = requests[begin : begin + _STRIDE]
            for request in part:
                outcome.answers.append((request, _carry_out(outcome.batch, request)))
            if self.shares.charge(process_id, ALONE, len(part)):
                outcome.put_off += requests[begin + _STRIDE :]
                break

    def _answer_several(self, outcome: TurnOutcome, requests: list[Request[Any]]) -> None:
        """Carry out requests of several processes; each has its part of the turn."""
        batch, used_up = outcome.batch, set()
        for request in requests:
            process_id = request.charged_to(batch)
            if process_id in used_up:
                outcome.put_off.append(request)
                continue
            outcome.answers.append((request, _carry_out(batch, request)))
            if self.shares.charge(process_id, PART) and process_id:
                used_up.add(process_id)

    # work without a request

    def _continue_unfinished(self, outcome: TurnOutcome, *, contended: bool) -> None:
        """Continue unfinished instances in turn, a chunk each, as long as this turn has time for them."""
        batch, unfinished, shares = outcome.batch, self.parts.unfinished, self.shares
        keys = unfinished.in_turn()
        if not keys:
            return
        end = shares.end_of_background(contended=contended)
        shares.skip()
        for key in keys:
            instance = scheduler.unfinished(batch, key)
            mine = key in batch.unfinished or (instance is not None and unfinished.is_mine(key, instance.revision))
            if instance is None or not mine:
                unfinished.remove(key)
                continue
            process_id = batch.process(instance).id
            if process_id in shares.heavy:
                outcome.beside.append(key)
                continue
            scheduler.count_entered(batch, unfinished, instance, scheduler.continue_instance(batch, instance))
            shares.charge(process_id, PART)
            if shares.is_over(end):
                break

    def _hand_out(self, outcome: TurnOutcome) -> None:
        """Claim jobs for the handlers of this node: those just created, and now and then unclaimed older ones."""
        parts, batch = self.parts, outcome.batch
        types = parts.handlers.types()
        room = 0 if parts.stopping or not types else parts.handlers.room()
        deadline = batch.now + parts.settings.handler_timeout
        worker, moment = parts.node.worker, parts.database.moment(deadline)
        handed, ready = outcome.handed, outcome.ready
        for instance, job in batch.open_jobs():
            if job.type in types and len(handed) < room:
                batch.writer.jobs.update(job.key, worker=worker, available_at=moment)
                handed.append(batch.activated(instance, job, worker, deadline))
            else:
                ready[job.type] = ready.get(job.type, 0) + 1
        parts.jobs_left = parts.jobs_left or not types.isdisjoint(ready)
        limit = min(room - len(handed), parts.settings.batch_size)
        free = self.look or batch.resumed_jobs
        if (free and limit > 0) or (parts.jobs_left and limit == parts.settings.batch_size):
            claimed = self._claim(batch, limit, suspects=False)
            parts.jobs_left = len(claimed) == limit
            handed += claimed
        if room and (self.look or parts.suspects_left) and (limit := parts.handlers.room_for_suspects()):
            claimed = self._claim(batch, limit, suspects=True)
            parts.suspects_left = bool(claimed)
            handed += claimed

    def _claim(self, batch: Batch, limit: int, *, suspects: bool) -> list[ActivatedJob]:
        """Claim older jobs for the handlers of this node."""
        parts = self.parts
        timeout, types = parts.settings.handler_timeout, tuple(parts.handlers.types())
        return ActivateJobs(types, parts.node.worker, limit, timeout, suspects).carry_out(batch)

    def _note_ready(self, outcome: TurnOutcome) -> None:
        """Note the awaited types whose jobs time has made ready; those that this turn leaves are noted already."""
        awaited_events = self.parts.publisher.awaited_types() - outcome.ready.keys()
        for job_type in job_rows.ready_types(outcome.batch.connection, awaited_events, outcome.batch.now):
            outcome.ready[job_type] = 1

    def _plans(self, batch: Batch, *, more: bool) -> list[datetime | None]:
        """The moments at which to look again."""
        if more:
            return [batch.now]
        types = self.parts.handlers.types() | self.parts.publisher.awaited_types()
        waiting = job_rows.next_ready(batch.connection, types, batch.now) if types else None
        return [scheduler.next_moment(batch), waiting]


def _carry_out(batch: Batch, request: Request[Any]) -> Any:
    """The answer to a request; a rejection is an answer too."""
    try:
        return request.carry_out(batch)
    except (Rejected, InvalidModel) as rejection:
        return rejection


def _processes(batch: Batch, requests: list[Request[Any]]) -> set[str]:
    """The processes that these requests are for; empty for those that are for none."""
    definitions = {instance.definition_key for instance in batch.loaded.values()}
    processes = {batch.compiled(key).id for key in definitions}
    return processes | {request.charged_to(batch) for request in requests if request.concerns is None}
