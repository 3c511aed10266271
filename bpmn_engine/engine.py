"""The engine as an application sees it. Every call is synchronous and returns when its effect is on disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.errors import InvalidArgument
from bpmn_engine.expressions import Result
from bpmn_engine.instance.commands import Activation, Move
from bpmn_engine.operations import Blocking, Operations, finish
from bpmn_engine.operations.health import NodeStatus
from bpmn_engine.operations.waiting_for import WaitingFor
from bpmn_engine.runtime.correlation import Published
from bpmn_engine.runtime.decisions import Decided
from bpmn_engine.runtime.jobs import ActivatedJob, in_handler
from bpmn_engine.runtime.preparation import OTHER, Resource, kind_of
from bpmn_engine.runtime.requests.deployments import Deployment
from bpmn_engine.runtime.requests.instances import CreateProcessInstance
from bpmn_engine.runtime.requests.messages import PublishMessage
from bpmn_engine.runtime.runtime import Runtime
from bpmn_engine.runtime.settings import Settings
from bpmn_engine.store.process_definitions import FormRow
from bpmn_engine.store.queries import Page, Search, Searchable
from bpmn_engine.store.queries.resources import ELEMENT_INSTANCES, INCIDENTS, JOBS, PROCESS_INSTANCES, USER_TASKS
from bpmn_engine.store.queries.rows import ElementInstanceRow, IncidentRow, JobRow, ProcessInstanceRow, UserTaskRow
from bpmn_engine.worker.handler import plain
from bpmn_engine.worker.pool import Pool
from bpmn_engine.worker.registry import Registry, registry

R = TypeVar("R")


class Engine:
    """Runs processes in one database: `sqlite:///orders.db`, `sqlite://` (temporary) or `postgresql://...`.

    Jobs go to the functions that `@task` has registered, or to the given `handlers`; jobs of other types wait for
    workers over REST. The engine starts when it is created; close it, or use it as a context manager.

    Any call may raise `StoreUnavailable` or `Overloaded` (nothing has happened), or `UnknownOutcome` (the connection
    was lost at the commit, so it may have happened).
    """

    def __init__(
        self, url: str | None = None, *, handlers: Registry | None = None, settings: Settings | None = None
    ) -> None:
        settings = settings or Settings()
        known = registry if handlers is None else handlers
        self.runtime = Runtime(url or settings.database, settings, lambda submit: Pool(known, submit, settings))
        self._operations = Operations(self.runtime, Blocking())

    @property
    def clock(self) -> EngineClock:
        """The engine's clock. Pin or advance it in tests."""
        return EngineClock(self)

    @property
    def url(self) -> str:
        """The database."""
        return self.runtime.url

    @property
    def settings(self) -> Settings:
        """The settings that the engine was made with."""
        return self.runtime.settings

    def drain(self) -> None:
        """Answer all waiting callers: the engine is about to stop."""
        self.runtime.drain()

    def close(self) -> None:
        """Stop: running handlers finish or their jobs are released; queued requests are answered."""
        self.runtime.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # definitions

    def deploy(self, *sources: str | Path | Resource) -> Deployment:
        """Deploy files, or all diagrams, decisions and forms below a folder, all or none.

        Raise `InvalidModel` with every problem found.
        """
        files = [found for source in sources for found in _resources(source)]
        return finish(self._operations.deployments.deploy(files))

    def process(self, definition_key: int) -> ExecutableProcess:
        """The compiled process of a definition; raise `NotFound`."""
        return finish(self._operations.deployments.process(definition_key))

    def source(self, definition_key: int) -> bytes:
        """The file that a process definition was deployed with; raise `NotFound`."""
        return finish(self._operations.deployments.source(definition_key))

    def form(self, *, key: int | None = None, form_id: str | None = None) -> FormRow | None:
        """A form by key, or the latest version by id, with its content; None if there is none."""
        return finish(self._operations.deployments.form(key=key, form_id=form_id))

    # instances

    def start(self, process_id: str, variables: Mapping[str, Any] | None = None, **options: Any) -> int:
        """Start the latest version of a process and return the instance's key.

        Options: `version`, `version_tag`, `business_id`, `tags`, `start_at` (element ids), and `idempotency_key`:
        starting again with the same key within `idempotency_retention` (a day) returns the key of the same instance.
        """
        request = CreateProcessInstance(process_id, variables=variables or {}, **options)
        return finish(self._operations.instances.create(request)).instance_key

    def run(
        self,
        process_id: str,
        variables: Mapping[str, Any] | None = None,
        *,
        timeout: float = 15.0,
        exact: bool = False,
        **options: Any,
    ) -> dict[str, Any]:
        """Start an instance, wait up to `timeout` seconds until it ends, and return its variables.

        Raise `TimedOut` (the instance continues), `Terminated` if it was cancelled or terminated before it completed.
        `exact` as for `variables`; other options as for `start`.
        """
        request = CreateProcessInstance(process_id, variables=variables or {}, wait=True, **options)
        created = finish(self._operations.instances.create(request))
        finish(self._operations.instances.await_end(created, timeout))
        return self.variables(created.instance_key, exact=exact)

    def cancel(self, instance_key: int) -> None:
        """Terminate an instance with everything inside it."""
        finish(self._operations.instances.cancel(instance_key))

    def set_variables(self, key: int, variables: Mapping[str, Any], *, local: bool = False) -> None:
        """Write variables as an instance or an element instance sees them; with `local`, to exactly this scope."""
        finish(self._operations.instances.set_variables(key, variables, local=local))

    # jobs

    def activate_jobs(
        self,
        job_type: str,
        *,
        worker: str = "",
        limit: int = 10,
        timeout: timedelta = timedelta(minutes=5),
        wait: float = 0.0,
    ) -> list[ActivatedJob]:
        """Claim jobs for a worker outside of this process; wait up to so many seconds for the first one."""
        jobs = finish(self._operations.jobs.activate(job_type, worker=worker, limit=limit, timeout=timeout, wait=wait))
        return [job._replace(variables=plain(job.variables)) for job in jobs]

    def complete_job(self, job_key: int, variables: Mapping[str, Any] | None = None) -> None:
        """Complete a job."""
        finish(self._operations.jobs.complete(job_key, variables))

    def fail_job(self, job_key: int, retries: int, message: str = "", backoff: timedelta | None = None) -> None:
        """Fail a job; without retries left this raises an incident."""
        finish(self._operations.jobs.fail(job_key, retries, message, backoff))

    def throw_error(
        self, job_key: int, code: str, message: str = "", variables: Mapping[str, Any] | None = None
    ) -> None:
        """Throw a business error from a job."""
        finish(self._operations.jobs.throw_error(job_key, code, message, variables))

    def extend_job(self, job_key: int, timeout: timedelta) -> None:
        """Extend the lock of a job to this long from now."""
        finish(self._operations.jobs.update(job_key, timeout=timeout))

    def set_retries(self, job_key: int, retries: int) -> None:
        """Set the retries of a job."""
        finish(self._operations.jobs.update(job_key, retries=retries))

    # user tasks

    def complete(self, task_key: int, variables: Mapping[str, Any] | None = None) -> None:
        """Complete a user task; raise `Conflict` if a task listener denies it."""
        finish(self._operations.tasks.complete(task_key, variables))

    def assign(self, task_key: int, assignee: str | None, *, allow_override: bool = True) -> None:
        """Assign a user task to a person, or unassign it (None)."""
        finish(self._operations.tasks.assign(task_key, assignee, allow_override=allow_override))

    # events

    def publish(  # noqa: PLR0913 - what a message is made of
        self,
        name: str,
        correlation_key: str = "",
        variables: Mapping[str, Any] | None = None,
        *,
        time_to_live: timedelta | None = None,
        message_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Published:
        """Publish a message; it is buffered for its time to live if no subscription is open yet.

        Without one, that is the setting `message_time_to_live` (a day), as for messages that processes send;
        `timedelta()` buffers nothing, which is the default over REST, as in Camunda.

        Publishing again with the same idempotency key within `idempotency_retention` (a day) returns the same answer
        and has no effect.
        """
        kept_for = self.settings.message_time_to_live if time_to_live is None else time_to_live
        request = PublishMessage(name, correlation_key, variables or {}, kept_for, message_id)
        request.idempotency_key = idempotency_key
        return finish(self._operations.events.publish(request))

    def signal(self, name: str, variables: Mapping[str, Any] | None = None) -> None:
        """Broadcast a signal to everything that waits for it now, and start the processes that it starts."""
        finish(self._operations.events.broadcast(name, variables))

    # decisions

    def decide(
        self,
        decision_id: str | None = None,
        variables: Mapping[str, Any] | None = None,
        *,
        key: int | None = None,
        version: int = -1,
        exact: bool = False,
    ) -> Decided:
        """Make a decision, by id (latest or numbered version) or by key, and store how it came about.

        `outcome.value` is the result, `outcome.failure` why there is none; `exact`: see `variables`. Raise `NotFound`.
        """
        decided = finish(self._operations.decisions.decide(decision_id, variables, key=key, version=version))
        if exact:
            return decided
        return decided._replace(outcome=decided.outcome._replace(value=plain(decided.outcome.value)))

    def decision_source(self, *, key: int | None = None, requirements_key: int | None = None) -> bytes:
        """The file that a decision, or a decision model, was deployed with; raise `NotFound`."""
        return finish(self._operations.decisions.source(key=key, requirements_key=requirements_key))

    def evaluate(
        self,
        expression: str,
        variables: Mapping[str, Any] | None = None,
        *,
        scope_key: int | None = None,
        exact: bool = False,
    ) -> Result:
        """The value of a FEEL expression, and warnings; with a scope key it sees the variables there, too.

        `exact` as for `variables`. Raise `InvalidArgument` for an expression that cannot be read or takes too much, and
        `NotFound`.
        """
        result = finish(self._operations.decisions.evaluate(expression, variables, scope_key=scope_key))
        return result if exact else result._replace(value=plain(result.value))

    # operators

    def suspend(self, instance_key: int) -> None:
        """Suspend an instance: it takes no step until it is resumed."""
        finish(self._operations.instances.suspend(instance_key))

    def resume(self, instance_key: int) -> None:
        """Resume a suspended instance."""
        finish(self._operations.instances.resume(instance_key))

    def modify(
        self,
        instance_key: int,
        *,
        activate: Iterable[Activation] = (),
        terminate: Iterable[str | int] = (),
        move: Iterable[Move] = (),
    ) -> None:
        """Activate, terminate and move elements of an instance, all or none (see `instance.commands`)."""
        finish(self._operations.instances.modify(instance_key, activate, terminate, move))

    def migrate(self, instance_key: int, definition_key: int, mapping: Mapping[str, str]) -> None:
        """Migrate an instance to another definition; `mapping` maps the ids of its active elements."""
        finish(self._operations.instances.migrate(instance_key, definition_key, mapping))

    def resolve(self, incident_key: int) -> None:
        """Try the failed step again; a job must have been given retries first."""
        finish(self._operations.instances.resolve_incident(incident_key))

    # searching

    def search(self, searchable: Searchable[R], wanted: Search | None = None) -> Page[R]:
        """A page of instances, jobs, tasks and the like; `store.queries.resources` has all that can be searched for."""
        return finish(self._operations.searching.search(searchable, wanted))

    def find(self, searchable: Searchable[R], key: int) -> R:
        """One row by its key; raise `NotFound`."""
        return finish(self._operations.searching.find(searchable, key))

    def instance(self, key: int) -> ProcessInstanceRow:
        """A process instance by its key; raise `NotFound`."""
        return self.find(PROCESS_INSTANCES, key)

    def instances(self, **equal: Any) -> list[ProcessInstanceRow]:
        """The first 100 process instances that match, as in `instances(state="ACTIVE", process_id="order")`."""
        return self.search(PROCESS_INSTANCES, Search(equal)).items

    def tasks(self, **equal: Any) -> list[UserTaskRow]:
        """The first 100 user tasks that match, as in `tasks(state="CREATED", assignee="ada")`."""
        return self.search(USER_TASKS, Search(equal)).items

    def jobs(self, **equal: Any) -> list[JobRow]:
        """The first 100 jobs that match, as in `jobs(state="FAILED")`."""
        return self.search(JOBS, Search(equal)).items

    def incidents(self, **equal: Any) -> list[IncidentRow]:
        """The first 100 incidents that match, as in `incidents(state="ACTIVE")`."""
        return self.search(INCIDENTS, Search(equal)).items

    def elements(self, instance_key: int, **equal: Any) -> list[ElementInstanceRow]:
        """The element instances of an instance, oldest first: its history, and where its tokens are."""
        return self.search(ELEMENT_INSTANCES, Search({"instance_key": instance_key, **equal}, limit=10_000)).items

    def waiting_for(self, instance_key: int) -> list[WaitingFor]:
        """Say what the tokens of an instance wait for: element, element instance, and a sentence for people.

        Empty if it has ended; raise `NotFound` if there never was one.
        """
        return finish(self._operations.instances.waiting_for(instance_key))

    def variables(self, scope_key: int, names: list[str] | None = None, *, exact: bool = False) -> dict[str, Any]:
        """The variables at a scope: an instance, or an element instance with local variables; all or those named.

        Numbers that are not whole are floats, or with `exact` the decimals that the engine computes with.
        """
        found = finish(self._operations.searching.variables(scope_key, names))
        return found if exact else {name: plain(value) for name, value in found.items()}

    def scope_chain(self, token_key: int) -> list[int]:
        """The keys of an element instance and the scopes around it, innermost first."""
        return finish(self._operations.searching.scope_chain(token_key))

    # health

    def settle(self, timeout: float = 10.0) -> None:
        """Wait until nothing is queued or due here and no handler of this process is at work.

        What waits for a time, a message, a person, a worker over REST, or a back-off does not count. Raise `TimedOut`
        after so many seconds (10); everything continues then. Useful in tests instead of sleeping.
        """
        finish(self._operations.health.settle(timeout))

    def check_health(self, timeout: float = 2.0) -> None:
        """Raise `StoreUnavailable` unless the loop turns, the database answers and takes a write within the seconds."""
        finish(self._operations.health.check(timeout))

    def nodes(self) -> list[NodeStatus]:
        """The nodes that share the database, dead ones until another node has noticed."""
        return finish(self._operations.health.nodes())


class EngineClock:
    """The engine's clock: real time, or a moment that stands still until it is moved.

    Moving it returns when what has become due is done (`Engine.settle`), unless a handler moves it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._clock = engine, engine.runtime.clock

    def now(self) -> datetime:
        """The current time in UTC."""
        return self._clock.now()

    @property
    def pinned(self) -> bool:
        """Whether the clock stands still."""
        return self._clock.pinned

    def pin(self, moment: datetime) -> None:
        """Stop the clock at a moment, which must have a time zone; raise `TimedOut` as `Engine.settle` does."""
        self._clock.pin(moment)
        self._settle()

    def advance(self, span: timedelta) -> None:
        """Pin the clock that much later than it is now; raise `TimedOut` as `Engine.settle` does."""
        self._clock.advance(span)
        self._settle()

    def reset(self) -> None:
        """Return to real time; raise `TimedOut` as `Engine.settle` does."""
        self._clock.reset()
        self._settle()

    def _settle(self) -> None:
        if not in_handler():  # which would wait for itself
            self._engine.settle()


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
    """The diagrams, decisions and forms below a folder; also those in files called .xml."""
    return sorted(path for path in folder.rglob("*") if _is_deployable(path))


def _is_deployable(path: Path) -> bool:
    if path.suffix == ".xml" and path.is_file():
        return kind_of(path.name, path.read_bytes()) != OTHER
    return path.suffix in (".bpmn", ".dmn", ".form") and path.is_file()
