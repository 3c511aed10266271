"""One batch: requests that share a transaction.

1. The instances that the requests are for are loaded in one go, from the cache where it has them. A cached one may be
   stale: a write notices that by its revision, and what writes nothing verifies first.
2. Each request takes its step; a rejected one gets its own answer and has changed nothing.
3. What one step brings about in others (a call, a message, a signal) happens in the same transaction: `effects.py`.
4. All rows are written at the end, one statement per table and kind of write. Then the commit, then the answers.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Set
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.errors import NotFound
from bpmn_engine.instance import changes
from bpmn_engine.instance.commands import Command, StartInstance
from bpmn_engine.instance.state import Instance, Job, JobKind, JobState, Kind, Subscription, UserTask
from bpmn_engine.instance.variables import visible
from bpmn_engine.interpreter import take_step
from bpmn_engine.runtime.cache import InstanceCache
from bpmn_engine.runtime.catalog import DefinitionCatalog
from bpmn_engine.runtime.jobs import ActivatedJob
from bpmn_engine.runtime.lookup import BatchLookup
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.runtime.shares import CHUNK, LONGEST_STEP, TURN
from bpmn_engine.store import instances as instance_rows
from bpmn_engine.store.database import Database
from bpmn_engine.store.projection import project
from bpmn_engine.store.reader import load_instances
from bpmn_engine.store.versions import DecisionVersion, ProcessVersion
from bpmn_engine.store.writer import Writer


class Owned(NamedTuple):
    """Something that belongs to a process instance: `kind` is instance, job, user task, incident, timer ..."""

    kind: Kind
    key: int


class Batch:
    """The state of one transaction; nothing of it is seen outside before the commit."""

    #: After so many effects on other instances, or after a turn's time and a few, they continue in the next one.
    EFFECTS, FEW_EFFECTS = 500, 50

    def __init__(  # noqa: PLR0913 - the loop's parts, handed over once
        self,
        connection: Connection,
        database: Database,
        cache: InstanceCache,
        definitions: DefinitionCatalog,
        keys: Iterator[int],
        now: datetime,
        settings: Settings,
        worker: str = "",
    ) -> None:
        """`worker` is the name under which this node claims jobs."""
        self.connection, self.database, self.cache, self.definitions = connection, database, cache, definitions
        self.keys, self.now, self.settings, self.worker = keys, now, settings, worker
        self.writer = Writer(database, self.decisions_of)
        self.heavy: Set[str] = frozenset()
        self.quickly = False
        self.processes: dict[int, ExecutableProcess] = {}
        self.definition_rows: dict[int, ProcessVersion] = {}
        self.loaded: dict[int, Instance] = {}
        self.unverified: set[int] = set()
        self.owners: dict[Owned, int] = {}
        self.jobs: dict[int, tuple[Instance, Job]] = {}
        self.opened_subscriptions: list[tuple[Instance, Subscription]] = []
        self.effects: deque[tuple[Instance, changes.Change]] = deque()
        self.effect_count = 0
        began = time.perf_counter()
        self._late_at = began + TURN
        self._is_over = lambda: time.perf_counter() > began + LONGEST_STEP
        self.called_off: set[int] = set()
        #: Whether jobs of an instance that was resumed are ready again.
        self.resumed_jobs = False
        self.lookup = BatchLookup(self)
        #: What has happened, for observers who want it: kept, it costs a few per cent of the time.
        self.keeps_steps = False
        self.steps: list[tuple[Instance, list[changes.Change]]] = []
        self.ended: list[Instance] = []
        #: The ended instances that a message with a correlation key had started: the next message may start one.
        self.ended_message_starts: list[Instance] = []
        self.unfinished: dict[int, None] = {}
        self.wake_at: datetime | None = None
        #: The versions of processes that were started, by what requests asked for.
        self.started_versions: dict[Hashable, ProcessVersion] = {}

    # instances

    def load(self, keys: Iterable[int]) -> None:
        """Bring instances into memory; unknown and ended ones stay absent."""
        missing = []
        for key in keys:
            if key in self.loaded:
                continue
            instance = self.cache.get(key)
            if instance is None:
                missing.append(key)
            else:
                self.loaded[key] = instance
                self.unverified.add(key)
        if missing:
            self.loaded.update(load_instances(self.database, self.connection, missing))

    def load_owners(self, things: Iterable[Owned]) -> None:
        """Load the instances that these things belong to, all at once; `owner_of` finds them then."""
        by_kind: dict[Kind, list[int]] = {}
        for thing in things:
            by_kind.setdefault(thing.kind, []).append(thing.key)
        self.owners = {Owned(Kind.INSTANCE, key): key for key in by_kind.pop(Kind.INSTANCE, [])}
        for kind, keys in by_kind.items():
            for key, owner in instance_rows.owners(self.connection, kind, keys).items():
                self.owners[Owned(kind, key)] = owner
        self.load(self.owners.values())

    def owner_of(self, thing: Owned | None) -> Instance | None:
        """The instance that something belongs to, if it was loaded; it may have ended."""
        return self.loaded.get(self.owners.get(thing, 0)) if thing is not None else None

    def verify(self, keys: Iterable[int]) -> bool:
        """Load the instances that another node has changed since they were cached; whether there were any."""
        doubtful = [key for key in keys if key in self.unverified]
        if not doubtful:
            return False
        self.unverified.difference_update(doubtful)
        revisions = self.database.revisions(self.connection, doubtful)
        stale = [key for key in doubtful if revisions.get(key) != self.loaded[key].revision]
        for key in stale:
            del self.loaded[key]
            self.cache.drop(key)
        self.loaded.update(load_instances(self.database, self.connection, stale))
        return bool(stale)

    def holding(self, key: int, wait_key: int) -> Instance | None:
        """The instance that waits for something, or None if it does not any more."""
        self.load((key,))
        instance = self.loaded.get(key)
        if (instance is None or wait_key not in instance.waits) and self.verify((key,)):
            instance = self.loaded.get(key)
        return instance if instance is not None and wait_key in instance.waits else None

    def instance(self, key: int) -> Instance:
        """A live instance; raise `NotFound`."""
        self.load((key,))
        instance = self.loaded.get(key)
        if instance is None or instance.ended:
            raise NotFound(f"There is no running process instance with key {key}.")
        return instance

    def process(self, instance: Instance) -> ExecutableProcess:
        """The process that an instance runs."""
        return self.processes.get(instance.definition_key) or self.compiled(instance.definition_key)

    def compiled(self, definition_key: int) -> ExecutableProcess:
        """The process of a definition; raise `NotCompiled` if compiling it would delay the other requests."""
        process = self.processes.get(definition_key)
        if process is None:
            process = self.definitions.process(self.connection, definition_key, quickly=self.quickly)
            self.processes[definition_key] = process
        return process

    def forget_versions(self) -> None:
        """Look versions up anew: a deployment has made other ones the latest."""
        self.started_versions.clear()
        self.lookup.forget()

    def decisions_of(self, definition_key: int) -> Mapping[str, DecisionVersion]:
        """The decisions that an evaluation of one may pass, by their ids."""
        return self.definitions.decisions.definitions(self.connection, definition_key)

    def start(self, definition_key: int, command: StartInstance) -> Instance:
        """Start an instance of a definition on request."""
        instance = Instance(next(self.keys), definition_key)
        self.step(instance, command)
        self.loaded[instance.key] = instance
        return instance

    def begin(self, instance: Instance, command: StartInstance) -> None:
        """Start a new instance that another one or an event has brought about."""
        self.affect(instance, command)
        self.loaded[instance.key] = instance

    def affect(self, instance: Instance, command: Command) -> None:
        """Carry out a command that another instance has caused; one too many or too late is only taken in."""
        self.effect_count += 1
        few = self.effect_count < self.FEW_EFFECTS
        on_time = few or (self.effect_count < self.EFFECTS and time.perf_counter() < self._late_at)
        self.step(instance, command, CHUNK if on_time else 0)

    def step(self, instance: Instance, command: Command, budget: int = CHUNK) -> list[changes.Change]:
        """Carry out a command in an instance; raise `Rejected` with nothing changed.

        One of a heavy process only takes the command in; the rest is computed beside the loop.
        """
        command.at = self.now
        process = self.process(instance)
        if process.id in self.heavy:
            budget = 0
        happened = take_step(process, instance, command, self.keys, self.lookup, budget, self._is_over)
        self.record(instance, happened)
        return happened

    def record(self, instance: Instance, happened: list[changes.Change]) -> None:
        """Note the changes of an instance: rows to write, and effects on other instances."""
        self.unverified.discard(instance.key)  # the write verifies it
        if self.keeps_steps:
            self.steps.append((instance, happened))
        project(self.writer, self.process(instance), instance, happened)
        for change in happened:
            notice = _NOTICES.get(type(change))
            if notice is not None:
                notice(self, instance, change)
        if instance.ready and not instance.suspended:
            self.unfinished[instance.key] = None
        elif instance.key in self.unfinished:
            del self.unfinished[instance.key]

    def wake(self, moment: datetime | None) -> None:
        """Plan a look at this moment; None plans nothing."""
        if moment is not None and (self.wake_at is None or moment < self.wake_at):
            self.wake_at = moment

    def flush(self) -> None:
        """Write the rows gathered so far, so that queries see them."""
        self.writer.flush(self.connection)
        self.writer = Writer(self.database, self.decisions_of)

    def discard(self) -> None:
        """Drop the instances of a transaction that was rolled back: they are wrong now."""
        for key in self.loaded:
            self.cache.drop(key)

    def keep(self) -> None:
        """Keep the instances of a committed transaction in the cache."""
        for instance in self.loaded.values():
            if instance.ended:
                self.cache.drop(instance.key)
            else:
                self.cache.put(instance)

    # jobs

    def activated(self, instance: Instance, job: Job, worker: str, deadline: datetime) -> ActivatedJob:
        """The job as its worker gets it."""
        row = self.definition_rows.get(instance.definition_key)
        if row is None:
            row = self.definitions.row(self.connection, instance.definition_key)
            self.definition_rows[instance.definition_key] = row
        return ActivatedJob(
            job.key,
            job.type,
            instance.key,
            instance.definition_key,
            row.process_id,
            row.version,
            job.element_id,
            job.token_key,
            job.retries,
            job.headers,
            worker,
            deadline,
            dict(visible(instance, job.token_key)),
            instance.tags,
            instance.business_id,
            job.kind,
            job.event,
            instance.root_key,
            _task(instance, job),
        )

    def open_jobs(self) -> Iterator[tuple[Instance, Job]]:
        """The jobs that this batch has created and that are still open."""
        for instance, created in self.jobs.values():
            job = instance.waits.get(created.key)
            if isinstance(job, Job) and job.state is JobState.CREATED and not instance.suspended:
                yield instance, job


def _task(instance: Instance, job: Job) -> UserTask | None:
    """The user task that a task listener may change or deny."""
    if job.kind is not JobKind.TASK_LISTENER:
        return None
    waits = (instance.waits[key] for key in instance.tokens[job.token_key].waits or ())
    return next(wait for wait in waits if isinstance(wait, UserTask))


def _job_created(batch: Batch, instance: Instance, change: changes.JobCreated) -> None:
    batch.jobs[change.job.key] = (instance, change.job)


def _job_released(batch: Batch, instance: Instance, change: changes.JobReleased) -> None:
    job = instance.waits[change.key]
    assert isinstance(job, Job)
    batch.jobs[change.key] = (instance, job)


def _job_failed(batch: Batch, instance: Instance, change: changes.JobFailed) -> None:
    batch.wake(change.retry_at)


def _opened(batch: Batch, instance: Instance, change: changes.SubscriptionOpened) -> None:
    batch.opened_subscriptions.append((instance, change.subscription))


def _timer(batch: Batch, instance: Instance, change: changes.TimerScheduled | changes.TimerRescheduled) -> None:
    batch.wake(change.timer.due_at)


def _ended(batch: Batch, instance: Instance, change: changes.InstanceEnded) -> None:
    batch.ended.append(instance)
    if instance.parent_key is not None:
        batch.effects.append((instance, change))
    if instance.start_key is not None:
        batch.ended_message_starts.append(instance)


def _effect(batch: Batch, instance: Instance, change: changes.Change) -> None:
    batch.effects.append((instance, change))


_NOTICES: dict[type[changes.Change], Callable[[Batch, Instance, Any], None]] = {
    changes.JobCreated: _job_created,
    changes.JobReleased: _job_released,
    changes.JobFailed: _job_failed,
    changes.SubscriptionOpened: _opened,
    changes.TimerScheduled: _timer,
    changes.TimerRescheduled: _timer,
    changes.InstanceEnded: _ended,
    changes.ProcessCalled: _effect,
    changes.CallCanceled: _effect,
    changes.ThrownToCaller: _effect,
    changes.MessagePublished: _effect,
    changes.SignalBroadcast: _effect,
    changes.InstanceResumed: _effect,
}
