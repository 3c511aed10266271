"""What operators do to instances, over REST and through the official SDK."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from camunda_orchestration_sdk import models as m
from camunda_orchestration_sdk.errors import ConflictError
from camunda_orchestration_sdk.runtime.eventual import ConsistencyOptions

from bpmn_engine import Engine
from tests.api.test_rest import client, deploy, start  # noqa: F401 - the fixture
from tests.diagrams import (
    boundary,
    catch,
    condition_event,
    content,
    diagram,
    element,
    extensions,
    multi,
    service,
    signal,
    signal_event,
    sub,
    timer,
    user,
)
from tests.diagrams import start as start_event
from tests.runtime.test_engine import eventually

SOON = ConsistencyOptions(wait_up_to_ms=15_000, poll_interval_ms=20)
OLD = diagram("start -> a -> s -> end", user("a"), sub("s", "start_s -> x -> y -> end_s", user("x"), user("y")))


def active(client: httpx.Client, instance: str) -> list[str]:  # noqa: F811
    """The elements that an instance waits in."""
    found = client.post("/user-tasks/search", json={"filter": {"state": "CREATED", "processInstanceKey": instance}})
    return sorted(item["elementId"] for item in found.json()["items"])


def elements(client: httpx.Client, instance: str) -> list[dict[str, Any]]:  # noqa: F811
    """The element instances of an instance."""
    found = client.post("/element-instances/search", json={"filter": {"processInstanceKey": instance}})
    items: list[dict[str, Any]] = found.json()["items"]
    return items


@pytest.fixture
def instance(client: httpx.Client) -> str:  # noqa: F811
    """A running instance."""
    deploy(client, OLD)
    return str(start(client)["processInstanceKey"])


def modify(client: httpx.Client, instance: str, **body: Any) -> httpx.Response:  # noqa: F811
    """Modify an instance."""
    return client.post(f"/process-instances/{instance}/modification", json=body)


def test_modification_activates_terminates_and_moves(client: httpx.Client, instance: str) -> None:  # noqa: F811
    first = {
        "elementId": "x",
        "variableInstructions": [{"variables": {"g": 1}}, {"variables": {"l": 2}, "scopeId": "s"}],
    }
    answer = modify(client, instance, activateInstructions=[first], terminateInstructions=[{"elementId": "a"}])
    assert (answer.status_code, active(client, instance)) == (204, ["x"])

    source = {"sourceType": "byId", "sourceElementId": "x"}
    move = {
        "sourceElementInstruction": source,
        "targetElementId": "y",
        "ancestorScopeInstruction": {"ancestorScopeType": "sourceParent"},
    }
    assert modify(client, instance, moveInstructions=[move]).status_code == 204
    assert active(client, instance) == ["y"]

    key = next(item["elementInstanceKey"] for item in elements(client, instance) if item["elementId"] == "y")
    source = {"sourceType": "byKey", "sourceElementInstanceKey": key}
    assert (
        modify(
            client, instance, moveInstructions=[{"sourceElementInstruction": source, "targetElementId": "a"}]
        ).status_code
        == 204
    )
    assert active(client, instance) == ["a"]

    names = client.post("/variables/search", json={"filter": {"processInstanceKey": instance}}).json()["items"]
    assert {item["name"] for item in names} == {"g", "l"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"activateInstructions": [{"elementId": "x"}], "terminateInstructions": [{"elementId": "nobody"}]},
        {"activateInstructions": [{"elementId": "x", "ancestorElementInstanceKey": "7"}]},
        {"terminateInstructions": [{}]},
        {"terminateInstructions": [{"elementId": "a", "elementInstanceKey": "1"}]},
        {"moveInstructions": [{"targetElementId": "x"}]},
    ],
)
def test_a_wrong_modification_is_refused_and_changes_nothing(client: httpx.Client, instance: str, body: Any) -> None:  # noqa: F811
    answer = modify(client, instance, **body)

    assert answer.status_code == 400
    assert active(client, instance) == ["a"]
    assert modify(client, "1", terminateInstructions=[{"elementId": "a"}]).status_code == 404


def test_migration_to_another_version(client: httpx.Client, instance: str) -> None:  # noqa: F811
    new = diagram(
        "start -> b -> c -> end; t -> end", user("b"), user("c"), boundary("t", "b", timer("duration", "PT1H"))
    )
    key = deploy(client, new).json()["deployments"][0]["processDefinition"]["processDefinitionKey"]
    path = f"/process-instances/{instance}/migration"

    refused = client.post(path, json={"targetProcessDefinitionKey": key, "mappingInstructions": []})
    assert (refused.status_code, "'a' is not mapped" in refused.json()["detail"]) == (409, True)
    twice = [{"sourceElementId": "a", "targetElementId": name} for name in ("b", "c")]
    assert client.post(path, json={"targetProcessDefinitionKey": key, "mappingInstructions": twice}).status_code == 400
    wrong = [{"sourceElementId": "a", "targetElementId": "nobody"}]
    assert client.post(path, json={"targetProcessDefinitionKey": key, "mappingInstructions": wrong}).status_code == 400
    assert client.post(path, json={"targetProcessDefinitionKey": "1", "mappingInstructions": []}).status_code == 404

    plan = {"targetProcessDefinitionKey": key, "mappingInstructions": twice[:1]}
    assert client.post(path, json=plan).status_code == 204
    assert active(client, instance) == ["b"]
    assert {item["elementId"]: item["elementName"] for item in elements(client, instance)}["start"] == "start"
    assert client.get(f"/process-instances/{instance}").json()["processDefinitionVersion"] == 2


def test_suspension_and_resumption(client: httpx.Client, instance: str) -> None:  # noqa: F811
    path = f"/process-instances/{instance}"
    assert client.post(f"{path}/resumption").status_code == 409
    assert client.post(f"{path}/suspension", content=b"").status_code == 204
    assert client.get(path).json()["state"] == "SUSPENDED"
    task = client.post("/user-tasks/search").json()["items"][0]["userTaskKey"]
    assert client.post(f"/user-tasks/{task}/completion").status_code == 409
    assert client.post(f"{path}/suspension").status_code == 409

    assert client.post(f"{path}/resumption").status_code == 204
    assert client.get(path).json()["state"] == "ACTIVE"
    assert client.post(f"/user-tasks/{task}/completion").status_code == 204
    assert active(client, instance) == ["x"]


def test_signals_and_conditions_start_and_continue_instances(client: httpx.Client) -> None:  # noqa: F811
    deploy(client, diagram("start -> s -> u -> end", catch("s", signal_event("go")), user("u"), shared=signal("go")))
    deploy(
        client,
        diagram("k -> v -> end", start_event("k", condition_event("=x > 1")), user("v"), process_id="q"),
        "q.bpmn",
    )
    waiting = start(client)["processInstanceKey"]

    answer = client.post("/signals/broadcast", json={"signalName": "go", "variables": {"y": 1}})
    assert answer.status_code == 200
    assert set(answer.json()) == {"tenantId", "signalKey"}
    assert active(client, waiting) == ["u"]
    assert client.post("/signals/broadcast", json={"signalName": ""}).status_code == 400

    nothing = client.post("/conditionals/evaluation", json={"variables": {"x": 1}}).json()
    started = client.post("/conditionals/evaluation", json={"variables": {"x": 2}}).json()
    assert nothing["processInstances"] == []
    assert active(client, started["processInstances"][0]["processInstanceKey"]) == ["v"]


def test_ad_hoc_activation(client: httpx.Client) -> None:  # noqa: F811
    deploy(client, diagram("start -> s -> end", element("adHocSubProcess", "s", content("", user("a"), user("b")))))
    instance = start(client)["processInstanceKey"]
    key = next(item["elementInstanceKey"] for item in elements(client, instance) if item["elementId"] == "s")
    path = f"/element-instances/ad-hoc-activities/{key}/activation"

    assert client.post(path, json={"elements": [{"elementId": "a", "variables": {"x": 1}}]}).status_code == 204
    assert client.post(path, json={"elements": [{"elementId": "nobody"}]}).status_code == 400
    assert active(client, instance) == ["a"]

    body = {"elements": [{"elementId": "b"}], "cancelRemainingInstances": True}
    assert client.post(path, json=body).status_code == 204
    assert active(client, instance) == ["b"]


def test_the_types_of_element_instances(client: httpx.Client) -> None:  # noqa: F811
    deploy(
        client, diagram("start -> a -> end", user("a").replace("</bpmn:userTask>", multi("=[1]") + "</bpmn:userTask>"))
    )
    instance = start(client)["processInstanceKey"]

    types = [item["type"] for item in elements(client, instance)]
    assert types == ["PROCESS", "START_EVENT", "MULTI_INSTANCE_BODY", "USER_TASK"]


def listening(*pairs: str) -> bytes:
    """A user task with task listeners."""
    drawn = "".join('<zeebe:taskListener eventType="{}" type="{}"/>'.format(*pair.split(":")) for pair in pairs)
    return diagram("start -> u -> end", user("u", f"<zeebe:taskListeners>{drawn}</zeebe:taskListeners>"))


def answer_listener(engine: Engine, client: httpx.Client, **result: Any) -> dict[str, Any]:  # noqa: F811
    """Answer as a task listener once it is asked; what it was told."""
    body = {"type": "check", "timeout": 10_000, "maxJobsToActivate": 1, "requestTimeout": 10_000}
    job: dict[str, Any] = client.post("/jobs/activation", json=body).json()["jobs"][0]
    done = client.post(f"/jobs/{job['jobKey']}/completion", json={"result": {"type": "userTask", **result}})
    assert done.status_code == 204
    return job


def test_a_completion_waits_for_its_listener_which_may_correct_or_deny_it(client: httpx.Client, engine: Engine) -> None:  # noqa: F811
    deploy(client, listening("completing:check"))
    start(client)
    task = client.post("/user-tasks/search").json()["items"][0]["userTaskKey"]
    answers: list[httpx.Response] = []

    def complete() -> None:
        answers.append(client.post(f"/user-tasks/{task}/completion", json={"variables": {"x": 1}}))

    for result in ({"denied": True, "deniedReason": "Too early"}, {"corrections": {"priority": 90, "dueDate": ""}}):
        thread = threading.Thread(target=complete)
        thread.start()
        eventually(lambda: client.get(f"/user-tasks/{task}").json()["state"] == "COMPLETING")
        job = answer_listener(engine, client, **result)
        thread.join()
        assert (job["kind"], job["listenerEventType"], job["userTask"]["action"]) == (
            "TASK_LISTENER",
            "COMPLETING",
            "complete",
        )

    assert [answer.status_code for answer in answers] == [409, 204]
    assert "Too early" in answers[0].json()["detail"]
    assert client.get(f"/user-tasks/{task}").json()["priority"] == 90


def test_a_result_of_another_kind_is_refused(client: httpx.Client) -> None:  # noqa: F811
    deploy(client, diagram("start -> a -> end", service("a")))
    start(client)
    key = client.post("/jobs/search").json()["items"][0]["jobKey"]

    assert client.post(f"/jobs/{key}/completion", json={"result": {"type": "adHocSubProcess"}}).status_code == 400
    assert client.post(f"/jobs/{key}/completion", json={"result": {"denied": True}}).status_code == 400


# the official SDK


def sdk_deploy(sdk: Any, tmp_path: Path, data: bytes) -> Any:
    """Deploy under an id of its own; the deployed process."""
    process_id = f"p{uuid.uuid4().hex}"
    file = tmp_path / f"{process_id}.bpmn"
    file.write_bytes(data.replace(b'<bpmn:process id="p"', f'<bpmn:process id="{process_id}"'.encode()))
    return sdk.deploy_resources_from_files([file]).processes[0], file


def test_the_sdk_modifies_migrates_suspends_and_broadcasts(sdk: Any, tmp_path: Path) -> None:
    process, file = sdk_deploy(sdk, tmp_path, OLD)
    created = m.ProcessCreationById.from_dict({"processDefinitionId": process.process_definition_id})
    key = sdk.create_process_instance(data=created).process_instance_key

    sdk.suspend_process_instance(key, data=m.SuspendProcessInstanceRequest())
    assert sdk.get_process_instance(key, consistency=SOON).state.value == "SUSPENDED"
    sdk.resume_process_instance(key, data=m.ResumeProcessInstanceRequest())

    move = {"sourceElementInstruction": {"sourceType": "byId", "sourceElementId": "a"}, "targetElementId": "y"}
    sdk.modify_process_instance(
        key, data=m.ProcessInstanceModificationInstruction.from_dict({"moveInstructions": [move]})
    )

    file.write_bytes(file.read_bytes().replace(b'"y"', b'"z"'))
    target = sdk.deploy_resources_from_files([file]).processes[0].process_definition_key
    plan = {
        "targetProcessDefinitionKey": target,
        "mappingInstructions": [{"sourceElementId": "s", "targetElementId": "s"}],
    }
    with pytest.raises(ConflictError, match="'y' is not mapped"):
        sdk.migrate_process_instance(key, data=m.ProcessInstanceMigrationInstruction.from_dict(plan))
    plan["mappingInstructions"].append({"sourceElementId": "y", "targetElementId": "z"})
    sdk.migrate_process_instance(key, data=m.ProcessInstanceMigrationInstruction.from_dict(plan))
    assert sdk.get_process_instance(key, consistency=SOON).process_definition_version == 2

    assert sdk.broadcast_signal(data=m.SignalBroadcastRequest.from_dict({"signalName": "nobody"})).signal_key
    evaluated = sdk.evaluate_conditionals(data=m.ConditionalEvaluationInstruction.from_dict({"variables": {"x": 1}}))
    assert evaluated.process_instances == []


def test_the_sdk_sees_listener_jobs(sdk: Any, tmp_path: Path) -> None:
    drawn = '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="sdk-listener"/></zeebe:executionListeners>'
    process, _ = sdk_deploy(sdk, tmp_path, diagram("start -> a -> end", element("task", "a", extensions(drawn))))
    created = m.ProcessCreationById.from_dict({"processDefinitionId": process.process_definition_id})
    sdk.create_process_instance(data=created)
    wanted = {"type": "sdk-listener", "timeout": 10_000, "maxJobsToActivate": 1}
    (job,) = sdk.activate_jobs(data=m.JobActivationRequest.from_dict(wanted)).jobs

    assert (job.kind.value, job.listener_event_type.value) == ("EXECUTION_LISTENER", "START")
