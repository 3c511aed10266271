"""Runs handlers: sync ones in threads, async ones on one event loop. Results go back as requests to the batching loop.

1. A result is a `CompleteJob`, a `BpmnError` a `ThrowJobError`, any other exception a `FailJob` with one retry less.
2. Jobs that wait here or run are kept by renewing their deadline. Those whose deadline has run out more than once come
   one at a time, then two, four ...: if one of them kills this process, the others are not counted among its victims.
3. At a stop, running handlers may finish; jobs that were not begun are released.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from bpmn_engine.errors import BpmnError, Denied, NotFound, StoreUnavailable
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import JobKind, Kind
from bpmn_engine.runtime.jobs import ActivatedJob
from bpmn_engine.runtime.requests.instances import InstanceCommand
from bpmn_engine.runtime.requests.internal import Ping
from bpmn_engine.runtime.requests.jobs import ExtendClaims, ReleaseClaims
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.worker.handler import Handler
from bpmn_engine.worker.registry import Registry

log = logging.getLogger("bpmn_engine.worker")

#: Seconds before a result is reported again that the database did not take.
_AGAIN_SECONDS = 0.5


class Pool:
    """The threads of this process's handlers."""

    def __init__(self, handlers: Registry, submit: Callable[[Request[Any]], None], settings: Settings) -> None:
        self.handlers, self.submit, self.timeout = handlers, submit, settings.handler_timeout
        threads = settings.handler_threads
        self._queue: queue.SimpleQueue[ActivatedJob | None] = queue.SimpleQueue()
        self._capacity = settings.handler_backlog
        self._held: dict[int, ActivatedJob] = {}
        self._again: deque[tuple[ActivatedJob, commands.Command]] = deque()
        self._stopping = False
        self._trust = 1
        self._async: _AsyncRunner | None = None
        self._threads = [
            threading.Thread(target=self._work, name=f"bpmn-handler-{n}", daemon=True) for n in range(threads)
        ]
        self._stopped = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="bpmn-handler-keeper", daemon=True)
        for thread in (*self._threads, self._keeper):
            thread.start()

    # for the loop

    def types(self) -> frozenset[str]:
        """The job types that have a handler here."""
        return self.handlers.types

    def room(self) -> int:
        """The number of jobs that may still be queued here."""
        return 0 if self._stopping else self._capacity - len(self._held)

    @property
    def is_idle(self) -> bool:
        """Whether no job is here, neither waiting nor running nor to be reported again."""
        return not (self._held or self._again)

    def room_for_suspects(self) -> int:
        """The number of suspect jobs that may still be queued here: one in all, twice as many after each result."""
        return 0 if self._stopping else self._trust - sum(job.is_suspect for job in tuple(self._held.values()))

    def take(self, job: ActivatedJob) -> None:
        """Queue a job."""
        self._held[job.key] = job
        self._queue.put(job)

    def forget(self) -> None:
        """Drop all jobs: they belong to other nodes by now, and their results are not reported."""
        self._drain()
        self._held.clear()

    # threads

    def stop(self, patience: float) -> None:
        """Let running handlers finish, and release the other jobs."""
        self._stopping = True
        if waiting := self._drain():
            for job in waiting:
                self._held.pop(job.key, None)
            self.submit(ReleaseClaims(tuple(job.key for job in waiting)))
        for _ in self._threads:
            self._queue.put(None)
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
        if self._async is not None:
            self._async.stop(max(deadline - time.monotonic(), 0.0))
        self._stopped.set()
        self._keeper.join()

    def _drain(self) -> list[ActivatedJob]:
        """Take the queued jobs that were not begun. Markers that end a thread stay in the queue."""
        found: list[ActivatedJob | None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._queue.get_nowait())
        for _ in range(found.count(None)):
            self._queue.put(None)
        return [job for job in found if job is not None]

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            handler = self.handlers.get(job.type)
            if handler.is_async:
                self._runner().submit(self._do_async(handler, job))
            else:
                self._do(handler, job)

    def _do(self, handler: Handler, job: ActivatedJob) -> None:
        try:
            result = handler.variables(handler.function(**handler.arguments(job)))
        except BaseException as error:  # noqa: BLE001 - a handler may raise anything; it becomes the job's failure
            self._failed(job, error)
        else:
            self._report(job, _completion(job, result))

    async def _do_async(self, handler: Handler, job: ActivatedJob) -> None:
        try:
            result = handler.variables(await handler.function(**handler.arguments(job)))
        except BaseException as error:  # noqa: BLE001 - as above
            self._failed(job, error)
        else:
            self._report(job, _completion(job, result))

    def _failed(self, job: ActivatedJob, error: BaseException) -> None:
        if isinstance(error, BpmnError):
            command: commands.Command = commands.ThrowJobError(
                job_key=job.key, code=error.code, message=error.message, variables=error.variables
            )
        elif isinstance(error, Denied):
            command = commands.CompleteJob(job_key=job.key, denied=error.reason)
        else:
            message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            log.warning("Job %s of type '%s' failed: %s", job.key, job.type, message, exc_info=error)
            command = commands.FailJob(job_key=job.key, retries=job.retries - 1, message=message)
        self._report(job, command)

    def _report(self, job: ActivatedJob, command: commands.Command) -> None:
        if self._held.get(job.key) is not job:
            log.warning(
                "Job %s of type '%s' belongs to another worker by now; its result is dropped", job.key, job.type
            )
            return
        request = InstanceCommand(command, Kind.INSTANCE, job.instance_key)
        request.reply = lambda _, error: self._reported(job, command, error)
        self.submit(request)

    def _reported(self, job: ActivatedJob, command: commands.Command, error: BaseException | None) -> None:
        """Remove a job whose result was reported; if the engine rejects the result, fail the job."""
        if isinstance(error, StoreUnavailable) and not self._stopping:
            self._again.append((job, command))  # a second report of what was done already finds no job
            return
        self._held.pop(job.key, None)
        if job.lapses > 1:
            self._trust = min(2 * self._trust, len(self._threads))
            self.submit(Ping())  # there may be more of them
        if error is None:
            return
        if isinstance(error, NotFound | StoreUnavailable) or isinstance(command, commands.FailJob):
            log.warning("Job %s of type '%s' belongs to another worker by now: %s", job.key, job.type, error)
        else:
            self._held[job.key] = job
            retry = commands.FailJob(job_key=job.key, retries=job.retries - 1, message=str(error))
            self._report(job, retry)

    def _runner(self) -> _AsyncRunner:
        if self._async is None:
            self._async = _AsyncRunner()
        return self._async

    def _keep(self) -> None:
        """Extend the locks of the jobs that are here, and report results again that the database did not take."""
        renewed = time.monotonic()
        while not self._stopped.wait(min(self.timeout.total_seconds() / 3, _AGAIN_SECONDS)):
            for _ in range(len(self._again)):
                self._report(*self._again.popleft())
            if time.monotonic() - renewed >= self.timeout.total_seconds() / 3:
                renewed = time.monotonic()
                if keys := tuple(self._held):
                    self.submit(ExtendClaims(keys))


def _completion(job: ActivatedJob, result: dict[str, Any]) -> commands.CompleteJob:
    """The completion of a job with a handler's variables, or with a task listener's corrections of the task."""
    if job.kind is JobKind.TASK_LISTENER:
        return commands.CompleteJob(job_key=job.key, corrections=result)
    return commands.CompleteJob(job_key=job.key, variables=result)


class _AsyncRunner:
    """One event loop in one thread, for all async handlers."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._tasks: set[Any] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bpmn-handler-async", daemon=True)
        self._thread.start()

    def submit(self, coroutine: Any) -> None:
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        self._tasks.add(future)
        future.add_done_callback(self._tasks.discard)

    def stop(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        while self._tasks and time.monotonic() < deadline:
            time.sleep(0.01)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
