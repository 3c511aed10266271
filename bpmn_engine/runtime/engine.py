"""The engine as an application sees it. Every call is synchronous and returns when its effect is on disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection

from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.errors import (
    Failure,
    InvalidArgument,
    InvalidExpression,
    NotFound,
    StoreUnavailable,
    TimedOut,
    UnknownOutcome,
)
from bpmn_engine.expressions import Result, compile_feel
from bpmn_engine.instance import commands as q
from bpmn_engine.instance.variables import json_variables
from bpmn_engine.runtime.clock import Clock
from bpmn_engine.runtime.correlation import Published
from bpmn_engine.runtime.decisions import Decided
from bpmn_engine.runtime.jobs import ActivatedJob, JobRunner
from bpmn_engine.runtime.loop import Loop
from bpmn_engine.runtime.preparation import Preparation, Resource
from bpmn_engine.runtime.publisher import STOPPED
from bpmn_engine.runtime.requests.decisions import RecordDecision
from bpmn_engine.runtime.requests.deployments import Deploy, Deployment
from bpmn_engine.runtime.requests.instances import (
    Created,
    CreateProcessInstance,
    InstanceCommand,
    MigrateProcessInstance,
)
from bpmn_engine.runtime.requests.internal import Ping
from bpmn_engine.runtime.requests.jobs import ActivateJobs, ExtendJob
from bpmn_engine.runtime.requests.messages import PublishMessage
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.runtime.requests.signals import BroadcastSignal
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.store import connect
from bpmn_engine.store import decisions as decision_rows
from bpmn_engine.store import definitions as definition_rows
from bpmn_engine.store import nodes as node_rows
from bpmn_engine.store.nodes import NodeRow
from bpmn_engine.store.queries import Page, Search, find, search
from bpmn_engine.store.queries import resources as resource_queries
from bpmn_engine.store.versions import DECISIONS

log = logging.getLogger("bpmn_engine")

A = TypeVar("A")

#: How often to look in the database for an end that another node may have brought about.
_LOOK_SECONDS = 1.0


class Engine:
    """Runs processes in one database: `sqlite:///orders.db`, `sqlite://` (temporary) or `postgresql://...`."""

    def __init__(
        self, url: str | None = None, *, handlers: Callable[[Engine], JobRunner], settings: Settings | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.url = url or self.settings.database
        self.clock = Clock()
        self.database = connect(self.url, timeouts=self.settings.timeouts)
        self.handlers = handlers(self)
        self.loop = Loop(self.database, self.settings, self.clock, self.handlers)
        self.publisher = self.loop.publisher
        self._preparation = Preparation(self.database, self.loop.definitions, self.settings)
        self.loop.start()
        self._closed = False

    def close(self) -> None:
        """Stop: running handlers finish or their jobs go back; queued requests are answered."""
        if not self._closed:
            self._closed = True
            self.drain()
            self._stop_handlers()
            self.loop.stop()
            self.database.close()

    def drain(self) -> None:
        """Let everybody go who waits for something to happen: the engine is about to stop."""
        self.publisher.close()

    def _stop_handlers(self) -> None:
        """Overridden where handlers run in this process."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # asking

    def submit(self, request: Request[A]) -> Future[A]:
        """Queue a request and return the future of its answer."""
        future: Future[A] = Future()

        def reply(answer: Any, error: BaseException | None) -> None:
            if not future.set_running_or_notify_cancel():
                return
            if error is None:
                future.set_result(answer)
            else:
                future.set_exception(error)

        request.reply = reply
        request.is_wanted = lambda: not future.cancelled()
        request.deadline = time.monotonic() + self.settings.request_timeout.total_seconds()
        self.loop.submit(request)
        return future

    def do(self, request: Request[A]) -> A:
        """Carry out a request and return its answer; raise what it was rejected with.

        Raise `StoreUnavailable` or `Overloaded` if nothing has happened, `UnknownOutcome` if nobody can tell.
        """
        try:
            return self.submit(request).result(self.patience)
        except FutureTimeout:
            raise UnknownOutcome(no_answer(self.patience)) from None

    @property
    def patience(self) -> float:
        """Seconds after which an answer is not to be expected any more: whatever can take long ends before."""
        longest = (self.settings.request_timeout, self.settings.statement_timeout, self.settings.lock_timeout)
        return sum(span.total_seconds() for span in longest)

    def ask(self, kind: str, key: int, command: q.Command) -> None:
        """Carry out a command for the instance that owns a thing of this kind."""
        self.do(InstanceCommand(command, kind, key))

    # definitions

    def deploy(self, *sources: str | Path | Resource) -> Deployment:
        """Deploy files, or all diagrams, decisions and forms below a folder.

        Raise `InvalidModel` with every problem found.
        """
        return self.do(self.prepare([found for source in sources for found in _resources(source)]))

    def prepare(self, resources: Iterable[Resource]) -> Deploy:
        """Check and compile files in this thread; the request that writes them."""
        return Deploy(self._preparation.prepare(resources, self.clock.now()))

    # instances

    def start(self, process_id: str, variables: Mapping[str, Any] | None = None, **options: Any) -> int:
        """Start the latest version of a process and return the instance's key.

        Options: `version`, `version_tag`, `business_id`, `tags`, `start_at` (element ids), and `idempotency_key`: who
        starts again with the same key within `idempotency_retention` (a day) gets the key of the same instance.
        """
        created = self.do(CreateProcessInstance(process_id, variables=variables or {}, **options))
        return created.instance_key

    def run(
        self, process_id: str, variables: Mapping[str, Any] | None = None, *, timeout: float = 15.0, **options: Any
    ) -> dict[str, Any]:
        """Start an instance, wait until it ends, and return its variables; raise `TimedOut` (it goes on then)."""
        created = self.do(CreateProcessInstance(process_id, variables=variables or {}, wait=True, **options))
        self.await_end(created, timeout)
        return self.variables(created.instance_key)

    def await_end(self, created: Created, timeout: float) -> str:
        """Wait for the end of an instance that was created with `wait`; return its last state."""
        ended = created.ended
        assert ended is not None
        deadline = time.monotonic() + timeout
        pause = 0.0 if created.is_repeated else _LOOK_SECONDS
        try:
            while (left := deadline - time.monotonic()) > 0:
                with suppress(FutureTimeout):
                    return ended.result(min(left, pause))
                row = self.find("process instance", created.instance_key)  # another node may have brought it about
                if row.ended_at is not None:
                    return str(row.state)
                pause = _LOOK_SECONDS
        finally:
            self.publisher.forget(created.instance_key, ended)
        raise TimedOut(f"The process instance {created.instance_key} did not end within {timeout:g} s; it goes on.")

    def cancel(self, instance_key: int) -> None:
        """Terminate an instance with everything inside it."""
        self.ask("instance", instance_key, q.CancelInstance())

    def set_variables(self, key: int, variables: Mapping[str, Any], *, local: bool = False) -> None:
        """Write variables as an instance or an element instance sees them."""
        self.ask("element instance", key, q.SetVariables(variables=variables, scope_key=key, local=local))

    # jobs

    def activate_jobs(
        self, job_type: str, *, worker: str = "", limit: int = 10, timeout: timedelta = timedelta(minutes=5)
    ) -> list[ActivatedJob]:
        """Take jobs to do outside of this process."""
        return self.do(ActivateJobs((job_type,), worker, limit, timeout))

    def complete_job(self, job_key: int, variables: Mapping[str, Any] | None = None) -> None:
        """Report that a job is done."""
        self.ask("job", job_key, q.CompleteJob(job_key=job_key, variables=variables or {}))

    def fail_job(self, job_key: int, retries: int, message: str = "", backoff: timedelta | None = None) -> None:
        """Report that a job could not be done; with no retries left there is an incident."""
        self.ask("job", job_key, q.FailJob(job_key=job_key, retries=retries, message=message, backoff=backoff))

    def throw_error(
        self, job_key: int, code: str, message: str = "", variables: Mapping[str, Any] | None = None
    ) -> None:
        """Report a business error of a job."""
        command = q.ThrowJobError(job_key=job_key, code=code, message=message, variables=variables or {})
        self.ask("job", job_key, command)

    def extend_job(self, job_key: int, timeout: timedelta) -> None:
        """Keep a job for this long from now."""
        self.do(ExtendJob(job_key, timeout))

    def set_retries(self, job_key: int, retries: int) -> None:
        """Give a job more tries."""
        self.ask("job", job_key, q.UpdateJobRetries(job_key=job_key, retries=retries))

    # user tasks

    def complete(self, task_key: int, variables: Mapping[str, Any] | None = None) -> None:
        """Complete a user task."""
        self.ask("user task", task_key, q.CompleteUserTask(task_key=task_key, variables=variables or {}))

    def assign(self, task_key: int, assignee: str | None, *, allow_override: bool = True) -> None:
        """Give a user task to a person, or to nobody."""
        if assignee == "":
            raise InvalidArgument("The assignee is empty.")
        command = q.AssignUserTask(task_key=task_key, assignee=assignee, allow_override=allow_override)
        self.ask("user task", task_key, command)

    # messages

    def publish(  # noqa: PLR0913 - what a message is made of
        self, name: str, correlation_key: str = "", variables: Mapping[str, Any] | None = None, *,
        time_to_live: timedelta = timedelta(), message_id: str | None = None, idempotency_key: str | None = None,
    ) -> Published:  # fmt: skip
        """Publish a message; it is kept for its time to live if nobody waits for it yet.

        Who publishes again with the same idempotency key within `idempotency_retention` (a day) gets the same answer,
        and nothing happens.
        """
        request = PublishMessage(name, correlation_key, variables or {}, time_to_live, message_id)
        request.idempotency_key = idempotency_key
        return self.do(request)

    def signal(self, name: str, variables: Mapping[str, Any] | None = None) -> None:
        """Broadcast a signal to all who wait for it now, and start the processes that it starts."""
        self.do(BroadcastSignal(name, variables or {}))

    # decisions

    def decide(
        self, decision_id: str | None = None, variables: Mapping[str, Any] | None = None, *, key: int | None = None,
        version: int = -1,
    ) -> Decided:  # fmt: skip
        """Make a decision, by id (latest or numbered version) or by key, and keep how it came about.

        Raise `NotFound`. `outcome.failure` says why there is no result.
        """
        known = self.loop.definitions.decisions
        with self._reading() as connection:
            if key is not None:
                row = decision_rows.decision_by_key(connection, key)
            else:
                row = DECISIONS.find(connection, decision_id or "", version)
            if row is None:
                what = f"with key {key}" if key is not None else f"'{decision_id}'"
                raise NotFound(f"There is no decision {what}. Deploy it first.")
            outcome, compiled = known.make(connection, row, variables or {}, self.clock.now())
            requirements = decision_rows.requirements_by_key(connection, row.requirements_key)
        assert requirements is not None
        keys = self.do(RecordDecision(row.key, compiled.definitions, outcome))
        return Decided(row, requirements, compiled.definitions, outcome, keys)

    def decision_source(self, *, key: int | None = None, requirements_key: int | None = None) -> bytes:
        """The file that a decision, or a decision model, came from."""
        with self._reading() as connection:
            if key is not None:
                row = decision_rows.decision_by_key(connection, key)
                requirements_key = row.requirements_key if row else None
            found = decision_rows.requirements_by_key(connection, requirements_key or 0)
        if found is None:
            raise NotFound("There is no such decision.")
        content: bytes = found.content
        return content

    def evaluate(
        self, expression: str, variables: Mapping[str, Any] | None = None, *, scope_key: int | None = None
    ) -> Result:
        """The value of a FEEL expression, and warnings; with a scope key it sees the variables there, too.

        Raise `InvalidArgument` for an expression that cannot be read or takes too much, and `NotFound`.
        """
        names: dict[str, Any] = {}
        if scope_key is not None:
            self.find("element instance", scope_key)
            for scope in reversed(self.scope_chain(scope_key)):
                names |= self.variables(scope)
        names |= json_variables(variables or {})
        try:
            return compile_feel(expression.strip().removeprefix("=")).evaluate(names, self.clock.now())
        except (InvalidExpression, Failure) as error:
            raise InvalidArgument(str(error)) from None

    # operators

    def suspend(self, instance_key: int) -> None:
        """Let an instance take no step until it is resumed."""
        self.ask("instance", instance_key, q.Suspend())

    def resume(self, instance_key: int) -> None:
        """Let a suspended instance go on."""
        self.ask("instance", instance_key, q.Resume())

    def modify(
        self, instance_key: int, *, activate: Iterable[q.Activation] = (), terminate: Iterable[str | int] = (),
        move: Iterable[q.Move] = (),
    ) -> None:  # fmt: skip
        """Activate, terminate and move elements of an instance, all or none (see `instance.commands`)."""
        command = q.ModifyInstance(activate=tuple(activate), terminate=tuple(terminate), move=tuple(move))
        self.ask("instance", instance_key, command)

    def migrate(self, instance_key: int, definition_key: int, mapping: Mapping[str, str]) -> None:
        """Let an instance go on as another definition; `mapping` maps the ids of its active elements."""
        self.do(MigrateProcessInstance(instance_key, definition_key, mapping))

    # incidents

    def resolve(self, incident_key: int) -> None:
        """Try the failed step again."""
        self.ask("incident", incident_key, q.ResolveIncident(incident_key=incident_key))

    # looking

    def search(self, resource: str, wanted: Search | None = None) -> Page:
        """Look for instances, jobs, tasks and the like; see `store.queries.resources` for names and fields."""
        with self._reading() as connection:
            return search(connection, resource_queries.RESOURCES[resource], wanted or Search())

    def find(self, resource: str, key: int) -> Any:
        """One row by its key; raise `NotFound`."""
        with self._reading() as connection:
            row = find(connection, resource_queries.RESOURCES[resource], key)
        if row is None:
            raise NotFound(f"There is no {resource} with key {key}.")
        return row

    def instances(self, **equal: Any) -> list[Any]:
        """Process instances, for example `instances(state="ACTIVE", process_id="order")`."""
        return self.search("process instance", Search(equal)).items

    def tasks(self, **equal: Any) -> list[Any]:
        """User tasks, for example `tasks(state="CREATED", assignee="ada")`."""
        return self.search("user task", Search(equal)).items

    def jobs(self, **equal: Any) -> list[Any]:
        """Jobs, for example `jobs(state="FAILED")`."""
        return self.search("job", Search(equal)).items

    def incidents(self, **equal: Any) -> list[Any]:
        """Incidents, for example `incidents(state="ACTIVE")`."""
        return self.search("incident", Search(equal)).items

    def elements(self, instance_key: int, **equal: Any) -> list[Any]:
        """The element instances of an instance, oldest first: what it has done and where its tokens are."""
        return self.search("element instance", Search({"instance_key": instance_key, **equal}, limit=10_000)).items

    def variables(self, scope_key: int, names: list[str] | None = None) -> dict[str, Any]:
        """The variables at a scope: an instance, or an element instance with local variables."""
        with self._reading() as connection:
            return resource_queries.scope_variables(connection, scope_key, names)

    def scope_chain(self, token_key: int) -> list[int]:
        """The keys of an element instance and the scopes around it, innermost first."""
        with self._reading() as connection:
            return resource_queries.scope_chain(connection, token_key)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A snapshot of the database; raise `StoreUnavailable` if it does not answer."""
        try:
            with self.database.read() as connection:
                yield connection
        except self.database.value_errors:
            raise InvalidArgument("The database cannot compare one of these values.") from None
        except self.database.errors as error:
            log.warning("A query failed", exc_info=True)
            raise StoreUnavailable("The database did not answer this query; try again.") from error

    # health

    def check_health(self, timeout: float = 2.0) -> None:
        """Raise `StoreUnavailable` unless the loop turns, the database answers and takes a write within the time."""
        if self.publisher.closed:
            raise StoreUnavailable(STOPPED)
        future: Future[Any] = Future()
        request = Ping()
        request.reply = lambda _, error: future.set_result(error)
        request.deadline = time.monotonic() + timeout
        self.loop.submit(request)
        try:
            error = future.result(timeout)
        except FutureTimeout:
            reason = self.loop.trouble() or f"nothing has been written for {timeout:g} s"
            raise StoreUnavailable(f"Not ready: {reason}.") from None
        if error is not None:
            raise StoreUnavailable(f"Not ready: {error}")

    def nodes(self) -> list[NodeRow]:
        """The nodes that share the database, dead ones until another node has noticed."""
        with self._reading() as connection:
            return node_rows.all_nodes(connection)

    def process(self, definition_key: int) -> ExecutableProcess:
        """The compiled process of a definition."""
        with self._reading() as connection:
            return self.loop.definitions.process(connection, definition_key)

    def source(self, definition_key: int) -> bytes:
        """The file that a process definition came from."""
        with self._reading() as connection:
            row = definition_rows.definition_source(connection, definition_key)
        if row is None:
            raise NotFound(f"There is no process definition with key {definition_key}.")
        content: bytes = row.content
        return content

    def form(self, *, key: int | None = None, form_id: str | None = None) -> Any:
        """A form by key, or the latest version by id, with its content; None if there is none."""
        with self._reading() as connection:
            if key is not None:
                return definition_rows.form_by_key(connection, key)
            return definition_rows.find_form(connection, form_id or "")


def no_answer(seconds: float) -> str:
    """Why a caller waits no longer."""
    return f"The engine has not answered for {seconds:g} s; nobody can tell whether this was carried out."


def _resources(source: str | Path | Resource) -> Iterable[Resource]:
    if isinstance(source, Resource):
        return [source]
    path = Path(source)
    if path.is_dir():
        return [Resource(file.name, file.read_bytes()) for file in deployable_files(path)]
    if not path.is_file():
        raise InvalidArgument(f"There is no file '{path}'.")
    return [Resource(path.name, path.read_bytes())]


def deployable_files(folder: Path) -> list[Path]:
    """The diagrams, decisions and forms below a folder."""
    return sorted(path for path in folder.rglob("*") if path.suffix in (".bpmn", ".dmn", ".form") and path.is_file())
