"""What can be asked of the engine. Requests wait in the loop's queue and are carried out in batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from bpmn_engine.dmn import Outcome
from bpmn_engine.instance.changes import Change
from bpmn_engine.instance.commands import Command
from bpmn_engine.instance.state import Instance, JobKind, UserTask
from bpmn_engine.instance.variables import json_variables

if TYPE_CHECKING:
    from bpmn_engine.runtime.preparation import Checked

Reply = Callable[[Any, BaseException | None], None]


@dataclass(slots=True)
class Request:
    """Anything that can be asked. `reply` is called with the answer or the error once the effect is on disk.

    One that has a `deadline` (monotonic seconds) is refused if it has not begun by then; what the engine asks of itself
    has none. `is_wanted` tells whether somebody still waits for the answer; one that nobody wants is not begun.
    """

    reply: Reply | None = field(default=None, init=False, repr=False)
    deadline: float | None = field(default=None, init=False, repr=False)
    is_wanted: Callable[[], bool] | None = field(default=None, init=False, repr=False)


@dataclass(slots=True)
class Ask(Request):
    """A command for the instance that owns something: `kind` is instance, job, user task, incident, timer ..."""

    command: Command
    kind: str
    key: int


@dataclass(slots=True)
class Create(Request):
    """Start an instance of a process: by definition key, or by process id and version (-1 is the latest) or tag."""

    process_id: str | None = None
    definition_key: int | None = None
    version: int = -1
    version_tag: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    start_at: tuple[str, ...] = ()
    business_id: str | None = None
    tags: tuple[str, ...] = ()
    wait: bool = False
    idempotency_key: str | None = None

    def wording(self) -> list[Any]:
        """What is asked, as JSON values."""
        return [
            self.process_id, self.definition_key, self.version, self.version_tag, json_variables(self.variables),
            list(self.start_at), self.business_id, list(self.tags),
        ]  # fmt: skip

    def kept(self, answer: Created) -> list[Any]:
        """An answer as JSON values."""
        return [answer.instance_key, answer.definition_key, answer.process_id, answer.version]

    def repeated(self, kept: list[Any]) -> Created:
        """The answer that was kept."""
        return Created(kept[0], kept[1], kept[2], kept[3], None, is_repeated=True)


class Created(NamedTuple):
    """A started instance; `ended` is resolved with its last state if the request asked to wait for it.

    `is_repeated` tells that an earlier request with the same idempotency key has started it.
    """

    instance_key: int
    definition_key: int
    process_id: str
    version: int
    ended: Future[str] | None
    is_repeated: bool = False


@dataclass(slots=True)
class Resource:
    """A file to deploy."""

    name: str
    content: bytes


@dataclass(slots=True)
class Deploy(Request):
    """Deploy files that `Preparation` has checked, all or none."""

    files: tuple[Checked, ...]


@dataclass(slots=True)
class RecordDecision(Request):
    """Keep a decision that was made without a process; `definitions` are the rows of the decisions by id."""

    definition_key: int
    definitions: Mapping[str, Any]
    outcome: Outcome


@dataclass(slots=True)
class Publish(Request):
    """Publish a message. With `synchronous` it must find somebody at once and is never buffered."""

    name: str
    correlation_key: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    time_to_live: timedelta = timedelta()
    message_id: str | None = None
    synchronous: bool = False
    idempotency_key: str | None = None

    def wording(self) -> list[Any]:
        """What is asked, as JSON values."""
        seconds = str(self.time_to_live.total_seconds())
        variables = json_variables(self.variables)
        return [self.name, self.correlation_key, variables, seconds, self.message_id, self.synchronous]

    def kept(self, answer: Published) -> list[Any]:
        """An answer as JSON values."""
        return [answer.message_key, list(answer.instance_keys)]

    def repeated(self, kept: list[Any]) -> Published:
        """The answer that was kept."""
        return Published(kept[0], tuple(kept[1]))


class Published(NamedTuple):
    """A published message and the instances that it reached at once."""

    message_key: int
    instance_keys: tuple[int, ...]


@dataclass(slots=True)
class Broadcast(Request):
    """Broadcast a signal."""

    name: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class EvaluateConditions(Request):
    """Start the processes (or one definition) whose conditional start event holds for these variables."""

    variables: Mapping[str, Any]
    definition_key: int | None = None


class Started(NamedTuple):
    """An instance that an event has started."""

    definition_key: int
    process_id: str
    instance_key: int


class Evaluated(NamedTuple):
    """An evaluation of conditions, and the instances that it has started."""

    key: int
    started: list[Started]


@dataclass(slots=True)
class Migrate(Request):
    """Let an instance go on as another definition; `mapping` maps the ids of its active elements."""

    key: int
    definition_key: int
    mapping: Mapping[str, str]


@dataclass(slots=True)
class Activate(Request):
    """Give jobs to a worker: only suspects (whose locks have run out before), only others, or all."""

    types: tuple[str, ...]
    worker: str
    limit: int
    timeout: timedelta
    suspects: bool | None = None


class ActivatedJob(NamedTuple):
    """A job with what its handler needs to know."""

    key: int
    type: str
    instance_key: int
    definition_key: int
    process_id: str
    version: int
    element_id: str
    token_key: int
    retries: int
    headers: Mapping[str, str]
    worker: str
    deadline: Any
    variables: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    business_id: str | None = None
    kind: JobKind = JobKind.BPMN_ELEMENT
    event: str | None = None
    root_key: int = 0
    task: UserTask | None = None
    lapses: int = 0

    @property
    def is_suspect(self) -> bool:
        """Whether its lock has run out without an answer more than once."""
        return self.lapses > 1


@dataclass(slots=True)
class ExtendJob(Request):
    """Let a worker keep a job for this long from now."""

    key: int
    timeout: timedelta


@dataclass(slots=True)
class Release(Request):
    """Give back jobs that this node has claimed but not begun."""

    keys: tuple[int, ...]


@dataclass(slots=True)
class Renew(Request):
    """Keep jobs that handlers of this node are working on."""

    keys: tuple[int, ...]


@dataclass(slots=True)
class Ping(Request):
    """Write a turn in which nothing happens: it is answered if the loop turns and the database takes a write."""


@dataclass(slots=True)
class Due(Request):
    """Fire one timer that is due."""

    key: int


@dataclass(slots=True)
class Computed(Request):
    """A step that was computed beside the loop: the instance after it, and the revision and boot that it holds for.

    Without an instance there was nothing to do.
    """

    key: int
    instance: Instance | None = None
    revision: int = 0
    changes: list[Change] = field(default_factory=list)
    boot: str = ""
    process_id: str = ""
    seconds: float = 0.0
    failed: bool = False


@dataclass(slots=True)
class GoOn(Request):
    """Continue an instance whose agenda the last step's budget left over."""

    key: int
