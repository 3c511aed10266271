"""Every operation gives the same through Python and through REST: what happens, and what is refused with which words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bpmn_engine import Denied, Engine, EngineError, Registry, Resource, Settings, StoreUnavailable, handler_of
from bpmn_engine.errors import Forbidden
from bpmn_engine.operations import Blocking, Operations, Principal, finish
from bpmn_engine.operations.operation import Everything
from bpmn_engine.operations.types import Activation, Move, PublishMessage, Search
from bpmn_engine.store.queries.resources import ELEMENT_INSTANCES, JOBS, PROCESS_DEFINITIONS, SEARCHABLES
from bpmn_engine_api.problems import STATUS
from tests.diagrams import (
    boundary,
    catch,
    condition_event,
    diagram,
    element,
    error,
    error_event,
    message,
    message_event,
    service,
    signal,
    signal_event,
    start,
    user,
)
from tests.runtime.test_engine import eventually
from tests.servers import serving

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)

LISTENED = (
    "<zeebe:taskListeners>"
    + "".join(f'<zeebe:taskListener eventType="{event}" type="judge"/>' for event in ("assigning", "completing"))
    + "</zeebe:taskListeners>"
)

FILES = {
    "work": diagram("start -> w -> end; oops -> failed", service("w"), boundary("oops", "w", error_event("bad")),
                    element("endEvent", "failed"), process_id="work", shared=error("bad")),
    "form": diagram("start -> u -> end", user("u"), process_id="form"),
    "form2": diagram("start -> u2 -> end", user("u2"), process_id="form"),
    "judged": diagram("start -> u -> end", user("u", LISTENED), process_id="judged"),
    "slow": diagram("start -> u -> end", user("u", LISTENED.replace("judge", "nobody")), process_id="slow"),
    "waits": diagram("start -> m -> s -> end", catch("m", message_event("note")), catch("s", signal_event("go")),
                     process_id="waits", shared=message("note", "=id") + signal("go")),
    "watch": diagram("begin -> end", start("begin", condition_event("=warm")), process_id="watch"),
    "quick": diagram("start -> end", process_id="quick"),
    "adhoc": diagram("start -> a -> end", element("adHocSubProcess", "a", user("x") + user("y")), process_id="adhoc"),
    "stuck": diagram("start -> g; g -> end : =missing > 1", element("exclusiveGateway", "g"), process_id="stuck"),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What is started first, and the same operation at both doors; `key` is what `of` finds."""

    process: str
    python: Callable[[Engine, int], Any]
    rest: Callable[[int], tuple[str, str, Any]]
    of: str = "process instance"
    variables: dict[str, Any] | None = None


def _ops(engine: Engine) -> Operations:
    return Operations(engine.runtime, Blocking())


CASES: dict[str, Case] = {
    "start": Case("", lambda e, _: e.start("form", {"x": 1}, business_id="B", tags=("t",)),
        lambda _: ("POST", "/process-instances", {"processDefinitionId": "form", "variables": {"x": 1}, "businessId": "B", "tags": ["t"]})),
    "start of an unknown process": Case("", lambda e, _: e.start("nobody"),
        lambda _: ("POST", "/process-instances", {"processDefinitionId": "nobody"})),
    "start of a process that only events start": Case("", lambda e, _: e.start("watch"),
        lambda _: ("POST", "/process-instances", {"processDefinitionId": "watch"})),
    "start in the middle": Case("", lambda e, _: e.start("waits", {"id": "7"}, start_at=("s",)),
        lambda _: ("POST", "/process-instances", {"processDefinitionId": "waits", "variables": {"id": "7"}, "startInstructions": [{"elementId": "s"}]})),
    "waiting for the end": Case("", lambda e, _: e.run("quick", {"x": 1}),
        lambda _: ("POST", "/process-instances", {"processDefinitionId": "quick", "variables": {"x": 1}, "awaitCompletion": True})),
    "waiting too long for the end": Case("", lambda e, _: e.run("form", timeout=0.2),
        lambda _: ("POST", "/process-instances", {"processDefinitionId": "form", "awaitCompletion": True, "requestTimeout": 200})),
    "cancellation": Case("form", lambda e, key: e.cancel(key), lambda key: ("POST", f"/process-instances/{key}/cancellation", None)),
    "cancellation of nothing": Case("", lambda e, _: e.cancel(4711), lambda _: ("POST", "/process-instances/4711/cancellation", None)),
    "suspension": Case("work", lambda e, key: e.suspend(key), lambda key: ("POST", f"/process-instances/{key}/suspension", None)),
    "resumption of what runs": Case("work", lambda e, key: e.resume(key), lambda key: ("POST", f"/process-instances/{key}/resumption", None)),
    "modification": Case("form", lambda e, key: e.modify(key, activate=[Activation("u")], terminate=["u"]),
        lambda key: ("POST", f"/process-instances/{key}/modification", {"activateInstructions": [{"elementId": "u"}], "terminateInstructions": [{"elementId": "u"}]})),
    "move": Case("waits", lambda e, key: e.modify(key, move=[Move("s", element_id="m")]),
        lambda key: ("POST", f"/process-instances/{key}/modification", {"moveInstructions": [{"sourceElementInstruction": {"sourceType": "byId", "sourceElementId": "m"}, "targetElementId": "s"}]}), variables={"id": "7"}),
    "modification of an unknown element": Case("form", lambda e, key: e.modify(key, activate=[Activation("nowhere")]),
        lambda key: ("POST", f"/process-instances/{key}/modification", {"activateInstructions": [{"elementId": "nowhere"}]})),
    "migration to nothing": Case("form", lambda e, key: e.migrate(key, 4711, {"u": "u"}),
        lambda key: ("POST", f"/process-instances/{key}/migration", {"targetProcessDefinitionKey": "4711", "mappingInstructions": [{"sourceElementId": "u", "targetElementId": "u"}]})),
    "variables": Case("form", lambda e, key: e.set_variables(key, {"x": {"y": [1, None]}}),
        lambda key: ("PUT", f"/element-instances/{key}/variables", {"variables": {"x": {"y": [1, None]}}})),
    "local variables": Case("form", lambda e, key: e.set_variables(key, {"x": 2}, local=True),
        lambda key: ("PUT", f"/element-instances/{key}/variables", {"variables": {"x": 2}, "local": True}), of="element instance"),
    "activation": Case("work", lambda e, _: e.activate_jobs("w", worker="ada", limit=1, timeout=timedelta(seconds=9)),
        lambda _: ("POST", "/jobs/activation", {"type": "w", "worker": "ada", "maxJobsToActivate": 1, "timeout": 9000, "requestTimeout": -1})),
    "activation that finds nothing": Case("", lambda e, _: e.activate_jobs("w", limit=1, wait=0.1),
        lambda _: ("POST", "/jobs/activation", {"type": "w", "maxJobsToActivate": 1, "timeout": 9000, "requestTimeout": 100})),
    "completion": Case("work", lambda e, key: e.complete_job(key, {"y": 2}), lambda key: ("POST", f"/jobs/{key}/completion", {"variables": {"y": 2}}), of="job"),
    "completion of nothing": Case("work", lambda e, _: e.complete_job(4711), lambda _: ("POST", "/jobs/4711/completion", None)),
    "completion that denies what is no task's": Case("work", lambda e, key: finish(_ops(e).jobs.complete(key, denied="no")),
        lambda key: ("POST", f"/jobs/{key}/completion", {"result": {"denied": True, "deniedReason": "no"}}), of="job"),
    "failure": Case("work", lambda e, key: e.fail_job(key, 2, "why", timedelta(seconds=7)),
        lambda key: ("POST", f"/jobs/{key}/failure", {"retries": 2, "errorMessage": "why", "retryBackOff": 7000}), of="job"),
    "failure at once": Case("work", lambda e, key: e.fail_job(key, 2, "why", timedelta()),
        lambda key: ("POST", f"/jobs/{key}/failure", {"retries": 2, "errorMessage": "why", "retryBackOff": 0}), of="job"),
    "failure with the pause that is drawn": Case("work", lambda e, key: e.fail_job(key, 2, "why"),
        lambda key: ("POST", f"/jobs/{key}/failure", {"retries": 2, "errorMessage": "why"}), of="job"),
    "last failure": Case("work", lambda e, key: e.fail_job(key, 0), lambda key: ("POST", f"/jobs/{key}/failure", {"retries": 0}), of="job"),
    "business error": Case("work", lambda e, key: e.throw_error(key, "bad", "oh", {"z": 3}),
        lambda key: ("POST", f"/jobs/{key}/error", {"errorCode": "bad", "errorMessage": "oh", "variables": {"z": 3}}), of="job"),
    "retries": Case("work", lambda e, key: e.set_retries(key, 8), lambda key: ("PATCH", f"/jobs/{key}", {"changeset": {"retries": 8}}), of="job"),
    "retries and a deadline that is too short": Case("work", lambda e, key: finish(_ops(e).jobs.update(key, retries=8, timeout=timedelta())),
        lambda key: ("PATCH", f"/jobs/{key}", {"changeset": {"retries": 8, "timeout": 0}}), of="job"),
    "correction out of range": Case("judged", lambda e, key: finish(_ops(e).jobs.complete(key, corrections={"priority": 500})),
        lambda key: ("POST", f"/jobs/{key}/completion", {"result": {"corrections": {"priority": 500}}}), of="user task"),
    "deadline": Case("work", lambda e, key: e.extend_job(key, timedelta(seconds=70)), lambda key: ("PATCH", f"/jobs/{key}", {"changeset": {"timeout": 70_000}}), of="job"),
    "task": Case("form", lambda e, key: e.complete(key, {"ok": True}), lambda key: ("POST", f"/user-tasks/{key}/completion", {"variables": {"ok": True}}), of="user task"),
    "no task": Case("form", lambda e, _: e.complete(4711), lambda _: ("POST", "/user-tasks/4711/completion", None)),
    "assignment": Case("form", lambda e, key: e.assign(key, "ada"), lambda key: ("POST", f"/user-tasks/{key}/assignment", {"assignee": "ada"}), of="user task"),
    "release": Case("form", lambda e, key: e.assign(key, None), lambda key: ("DELETE", f"/user-tasks/{key}/assignee", None), of="user task"),
    "task fields": Case("form", lambda e, key: finish(_ops(e).tasks.update(key, {"priority": 7, "candidate_users": ("ada",)})),
        lambda key: ("PATCH", f"/user-tasks/{key}", {"changeset": {"priority": 7, "candidateUsers": ["ada"]}}), of="user task"),
    "a listener that denies": Case("judged", lambda e, key: e.complete(key), lambda key: ("POST", f"/user-tasks/{key}/completion", None), of="user task"),
    "a listener that agrees": Case("judged", lambda e, key: e.complete(key, {"ok": True}), lambda key: ("POST", f"/user-tasks/{key}/completion", {"variables": {"ok": True}}), of="user task"),
    "a listener that does not answer": Case("slow", lambda e, key: e.complete(key), lambda key: ("POST", f"/user-tasks/{key}/completion", None), of="user task"),
    "message": Case("waits", lambda e, _: e.publish("note", "7", {"x": 1}, time_to_live=timedelta(seconds=5)),
        lambda _: ("POST", "/messages/publication", {"name": "note", "correlationKey": "7", "variables": {"x": 1}, "timeToLive": 5000}), variables={"id": "7"}),
    "message without a name": Case("", lambda e, _: e.publish(""), lambda _: ("POST", "/messages/publication", {"name": ""})),
    "message that reaches nobody": Case("", lambda e, _: finish(_ops(e).events.publish(PublishMessage("note", "8", synchronous=True))),
        lambda _: ("POST", "/messages/correlation", {"name": "note", "correlationKey": "8"})),
    "signal": Case("waits", lambda e, _: e.signal("go", {"x": 1}), lambda _: ("POST", "/signals/broadcast", {"signalName": "go", "variables": {"x": 1}}), variables={"id": "7"}),
    "signal without a name": Case("", lambda e, _: e.signal(""), lambda _: ("POST", "/signals/broadcast", {"signalName": ""})),
    "conditions": Case("", lambda e, _: finish(_ops(e).events.evaluate_conditions({"warm": True})),
        lambda _: ("POST", "/conditionals/evaluation", {"variables": {"warm": True}})),
    "ad-hoc activation": Case("adhoc", lambda e, key: finish(_ops(e).instances.activate_ad_hoc(key, [("y", {"v": 1})])),
        lambda key: ("POST", f"/element-instances/ad-hoc-activities/{key}/activation", {"elements": [{"elementId": "y", "variables": {"v": 1}}]}), of="ad-hoc"),
    "incident": Case("stuck", lambda e, key: e.resolve(key), lambda key: ("POST", f"/incidents/{key}/resolution", None), of="incident"),
    "no incident": Case("", lambda e, _: e.resolve(4711), lambda _: ("POST", "/incidents/4711/resolution", None)),
    "activation of no type": Case("", lambda e, _: e.activate_jobs(""),
        lambda _: ("POST", "/jobs/activation", {"type": "", "maxJobsToActivate": 1, "timeout": 9000})),
    "activation of no job": Case("", lambda e, _: e.activate_jobs("w", limit=0),
        lambda _: ("POST", "/jobs/activation", {"type": "w", "maxJobsToActivate": 0, "timeout": 9000})),
    "activation for no time": Case("", lambda e, _: e.activate_jobs("w", timeout=timedelta()),
        lambda _: ("POST", "/jobs/activation", {"type": "w", "maxJobsToActivate": 1, "timeout": 0})),
    "failure with a pause that is too long": Case("work", lambda e, key: e.fail_job(key, 2, backoff=timedelta(days=30_000)),
        lambda key: ("POST", f"/jobs/{key}/failure", {"retries": 2, "retryBackOff": 30_000 * 86_400_000}), of="job"),
    "error without a code": Case("work", lambda e, key: e.throw_error(key, ""), lambda key: ("POST", f"/jobs/{key}/error", {"errorCode": ""}), of="job"),
    "assignment to nobody": Case("form", lambda e, key: e.assign(key, ""), lambda key: ("POST", f"/user-tasks/{key}/assignment", {"assignee": ""}), of="user task"),
    "priority that is too high": Case("form", lambda e, key: finish(_ops(e).tasks.update(key, {"priority": 101})),
        lambda key: ("PATCH", f"/user-tasks/{key}", {"changeset": {"priority": 101}}), of="user task"),
    "message that lives too long": Case("", lambda e, _: e.publish("note", time_to_live=timedelta(days=30_000)),
        lambda _: ("POST", "/messages/publication", {"name": "note", "timeToLive": 30_000 * 86_400_000})),
    "business id that is too long": Case("", lambda e, _: e.start("form", business_id="x" * 257),
        lambda _: ("POST", "/process-instances", {"processDefinitionId": "form", "businessId": "x" * 257})),
    "start by nothing": Case("", lambda e, _: e.start(None),  # type: ignore[arg-type]
        lambda _: ("POST", "/process-instances", {})),
    "repetition with an idempotency key for something else": Case("", lambda e, _: (e.publish("a", idempotency_key="k"), e.publish("b", idempotency_key="k")),
        lambda _: ("TWICE", "/messages/publication", ({"name": "a"}, {"name": "b"}))),
    "decision that is not there": Case("", lambda e, _: e.decide("nothing"), lambda _: ("POST", "/decision-definitions/evaluation", {"decisionDefinitionId": "nothing"})),
    "expression": Case("", lambda e, _: e.evaluate("1 +"), lambda _: ("POST", "/expression/evaluation", {"expression": "=1 +"})),
    "unknown filter": Case("", lambda e, _: e.search(JOBS, Search({"state": {"$like": 7}})),
        lambda _: ("POST", "/jobs/search", {"filter": {"state": {"$like": 7}}})),
    "file": Case("", lambda e, _: e.deploy(Resource("form.bpmn", FILES["form2"])), lambda _: ("DEPLOY", "form.bpmn", FILES["form2"])),
    "file that is wrong": Case("", lambda e, _: e.deploy(Resource("x.bpmn", b"<x/>")), lambda _: ("DEPLOY", "x.bpmn", b"<x/>")),
}  # fmt: skip


def _judge(job: Any) -> None:
    if job.task.transition and not job.task.transition.variables:
        raise Denied("Say something.")


@pytest.mark.parametrize("name", CASES)
def test_both_doors_lead_to_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bpmn_engine.operations.tasks._PATIENCE", 0.3)
    case = CASES[name]

    assert _by_python(case) == _by_rest(case)


def _by_python(case: Case) -> tuple[Any, ...]:
    with _prepared(case) as (engine, key):
        try:
            case.python(engine, key)
        except EngineError as refused:
            status = next(status for kind, status, _ in STATUS if isinstance(refused, kind))
            return int(status), _keyless(str(refused)), _digest(engine)
        return 200, "", _digest(engine)


def _by_rest(case: Case) -> tuple[Any, ...]:
    with _prepared(case) as (engine, key), serving(engine) as address:
        method, path, body = case.rest(key)
        if method == "DEPLOY":
            answer = httpx.post(f"{address}/v2/deployments", files=[("resources", (path, body))])
        elif method == "TWICE":
            for part in body:
                answer = httpx.post(f"{address}/v2{path}", json=part, headers={"Idempotency-Key": "k"})
        else:
            answer = httpx.request(method, f"{address}/v2{path}", json=body, timeout=20)
        if answer.is_success:
            return 200, "", _digest(engine)
        return answer.status_code, _keyless(answer.json()["detail"]), _digest(engine)


@contextmanager
def _prepared(case: Case) -> Iterator[tuple[Engine, int]]:
    """An engine in which the process of a case has been started, and the key of what the operation is about."""
    with Engine(
        "sqlite://", handlers=Registry(handler_of("judge", _judge)), settings=Settings(node_lease=timedelta(hours=1))
    ) as engine:
        engine.clock.pin(NOW)
        engine.deploy(*(Resource(f"{name}.bpmn", data) for name, data in FILES.items() if name != "form2"))
        instance = engine.start(case.process, case.variables) if case.process else 0
        yield engine, _key(engine, case.of, instance)


def _key(engine: Engine, of: str, instance: int) -> int:
    if of == "process instance" or not instance:
        return instance
    if of == "element instance":
        return int(engine.elements(instance, element_id="u")[0].key)
    if of == "ad-hoc":
        return int(engine.elements(instance, element_id="a")[0].key)
    return int(engine.search(SEARCHABLES[of], Search({"instance_key": instance})).items[0].key)


def _keyless(text: str) -> str:
    return re.sub(r"\d{9,}", "#", text)


def _whole(moment: datetime) -> datetime:
    """Round up to a second: by how much a pause is shorter follows from the key of the job."""
    return moment.replace(microsecond=0) + timedelta(seconds=moment.microsecond > 0)


def _digest(engine: Engine) -> Any:
    """Everything that there is, without keys."""
    instances = [(row.process_id, row.version, row.state, row.business_id, row.tags) for row in engine.instances()]
    found = engine.search(ELEMENT_INSTANCES, Search(limit=1000)).items
    elements = [(row.process_id, row.element_id, row.state, engine.variables(row.key)) for row in found]
    jobs = [
        (row.type, row.state, row.retries, row.worker, _whole(row.available_at), row.error_code, row.error_message)
        for row in engine.jobs()
    ]
    tasks = [
        (row.element_id, row.state, row.assignee, row.priority, row.candidate_users, row.transition, row.denied)
        for row in engine.tasks()
    ]
    incidents = [(row.element_id, row.state, row.error_type, _keyless(row.message)) for row in engine.incidents()]
    definitions = [(row.process_id, row.version) for row in engine.search(PROCESS_DEFINITIONS).items]
    return instances, elements, jobs, tasks, incidents, definitions


@dataclass(frozen=True)
class Answer:
    """The same question at both doors; `of` says which key it is about."""

    process: str
    of: str
    python: Callable[[Engine, int], Any]
    rest: Callable[[int], tuple[str, str, Any]]
    read: Callable[[Any], Any]


def _items(*names: str) -> Callable[[Any], Any]:
    return lambda found: [tuple(item[name] for name in names) for item in found["items"]]


ANSWERS: dict[str, Answer] = {
    "process instance": Answer("form", "process instance", lambda e, key: (e.instance(key).state, e.instance(key).process_id),
        lambda key: ("GET", f"/process-instances/{key}", None), lambda found: (found["state"], found["processDefinitionId"])),
    "process instance that is not there": Answer("", "", lambda e, _: e.instance(4711),
        lambda _: ("GET", "/process-instances/4711", None), lambda found: found["detail"]),
    "jobs": Answer("work", "process instance", lambda e, key: [(str(row.key), row.type, row.retries) for row in e.jobs(instance_key=key)],
        lambda key: ("POST", "/jobs/search", {"filter": {"processInstanceKey": str(key)}}), _items("jobKey", "type", "retries")),
    "user tasks": Answer("form", "process instance", lambda e, key: [(str(row.key), row.priority) for row in e.tasks(instance_key=key)],
        lambda key: ("POST", "/user-tasks/search", {"filter": {"processInstanceKey": str(key)}}), _items("userTaskKey", "priority")),
    "incidents": Answer("stuck", "process instance", lambda e, key: [(str(row.key), row.message) for row in e.incidents(instance_key=key)],
        lambda key: ("POST", "/incidents/search", {"filter": {"processInstanceKey": str(key)}}), _items("incidentKey", "errorMessage")),
    "element instances": Answer("form", "process instance", lambda e, key: [(str(row.key), row.element_id, row.state) for row in e.elements(key)],
        lambda key: ("POST", "/element-instances/search", {"filter": {"processInstanceKey": str(key)}}), _items("elementInstanceKey", "elementId", "state")),
    "variables": Answer("form", "process instance", lambda e, key: sorted(e.variables(key).items()),
        lambda key: ("POST", "/variables/search", {"filter": {"scopeKey": str(key)}}),
        lambda found: sorted((item["name"], json.loads(item["value"])) for item in found["items"])),
    "expression": Answer("", "", lambda e, _: e.evaluate("1 + x", {"x": 2}).value,
        lambda _: ("POST", "/expression/evaluation", {"expression": "=1 + x", "variables": {"x": 2}}), lambda found: found["result"]),
    "process definition that is not there": Answer("", "", lambda e, _: e.find(PROCESS_DEFINITIONS, 4711),
        lambda _: ("GET", "/process-definitions/4711", None), lambda found: found["detail"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_both_doors_give_the_same_answer(name: str) -> None:
    asked = ANSWERS[name]
    with _prepared(Case(asked.process, lambda *_: None, asked.rest, asked.of, {"x": [1, None]})) as (engine, key):
        try:
            expected = asked.python(engine, key)
        except EngineError as refused:
            expected = str(refused)
        with serving(engine) as address:
            method, path, body = asked.rest(key)
            found = httpx.request(method, f"{address}/v2{path}", json=body).json()

    assert asked.read(found) == expected


#: Operations that change nothing in the database, and those on the clock, which both doors hand on.
NO_CASE = {"search", "health:read", "clock:set", "expression:evaluate"}


def test_every_operation_that_changes_something_has_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    monkeypatch.setattr("bpmn_engine.operations.tasks._PATIENCE", 0.1)
    monkeypatch.setattr(Everything, "check", lambda self, principal, name: asked.add(name))
    for case in CASES.values():
        with _prepared(case) as (engine, key), suppress(EngineError):
            case.python(engine, key)

    folder = Path(__file__).parents[2] / "bpmn_engine" / "operations"
    marked = {
        name
        for path in folder.glob("*.py")
        for name in re.findall(r'^    @operation\("([\w:-]+)"\)', path.read_text(), re.M)
    }
    assert {name for name in marked - asked - NO_CASE if not name.endswith(":read")} == set()


def test_an_engine_that_has_stopped_says_so_to_workers() -> None:
    with Engine("sqlite://", handlers=Registry()) as engine:
        engine.drain()
        with pytest.raises(StoreUnavailable, match="stopping"):
            engine.activate_jobs("w", wait=60)


def test_a_handler_that_changes_a_task_does_not_wait_for_a_listener_that_needs_its_thread() -> None:
    def claim(engine_of: list[Engine]) -> Callable[[], None]:
        return lambda: engine_of[0].assign(engine_of[0].tasks()[0].key, "ada")

    holder: list[Engine] = []
    handlers = Registry(handler_of("w", claim(holder)), handler_of("judge", lambda: None))
    with Engine("sqlite://", handlers=handlers, settings=Settings(handler_threads=1)) as engine:
        holder.append(engine)
        engine.deploy(Resource("judged.bpmn", FILES["judged"]), Resource("work.bpmn", FILES["work"]))
        engine.start("judged")
        engine.start("work")

        eventually(lambda: engine.tasks()[0].assignee == "ada", 5)


def test_what_access_does_not_allow_is_forbidden_at_both_doors() -> None:
    class Nothing:
        def check(self, principal: Principal, operation: str) -> None:
            raise Forbidden(f"{principal.name} may not do {operation}.")

    with Engine("sqlite://", handlers=Registry()) as engine:
        operations = Operations(engine.runtime, Blocking(), Nothing(), Principal("ada"))
        with pytest.raises(Forbidden, match="ada may not do job:complete"):
            finish(operations.jobs.complete(1))
    assert next(status for kind, status, _ in STATUS if kind is Forbidden) == 403
