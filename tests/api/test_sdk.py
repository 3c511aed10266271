"""The official Python SDK (camunda-orchestration-sdk), unmodified, against the server that `make run` starts."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from camunda_orchestration_sdk import CamundaAsyncClient, WorkerConfig
from camunda_orchestration_sdk import models as m
from camunda_orchestration_sdk.errors import ApiError, BadRequestError, ConflictError, NotFoundError
from camunda_orchestration_sdk.runtime.eventual import ConsistencyOptions

from tests.diagrams import boundary, catch, diagram, mappings, message, message_event, service, timer, user

SOON = ConsistencyOptions(wait_up_to_ms=15_000, poll_interval_ms=20)


def now(predicate: Callable[[Any], bool]) -> ConsistencyOptions:
    """Ask again until the answer is as it will be."""
    return ConsistencyOptions(wait_up_to_ms=15_000, poll_interval_ms=20, predicate=predicate)


def deploy(sdk: Any, tmp_path: Path, data: bytes) -> str:
    """Deploy a diagram under a process id of its own."""
    process_id = f"p{uuid.uuid4().hex}"
    file = tmp_path / f"{process_id}.bpmn"
    file.write_bytes(data.replace(b'<bpmn:process id="p"', f'<bpmn:process id="{process_id}"'.encode()))
    deployed = sdk.deploy_resources_from_files([file])
    assert deployed.processes[0].process_definition_id == process_id
    return process_id


def start(sdk: Any, process_id: str, **variables: Any) -> Any:
    """Start an instance."""
    data = m.ProcessCreationById.from_dict({"processDefinitionId": process_id, "variables": variables})
    return sdk.create_process_instance(data=data).process_instance_key


def state_is(sdk: Any, key: Any, state: str) -> bool:
    """Wait for a state of an instance."""
    found = sdk.get_process_instance(key, consistency=now(lambda instance: instance.state.value == state))
    return bool(found.state.value == state)


def test_topology_status_license_and_user(sdk: Any) -> None:
    assert sdk.get_topology().gateway_version == "8.9.0"
    sdk.get_status()
    assert sdk.get_license().valid_license
    assert sdk.get_authentication().username == "anonymous"


def test_deploys_creates_and_awaits_the_end(sdk: Any) -> None:
    data = m.ProcessCreationById.from_dict(
        {"processDefinitionId": "order", "variables": {"orderId": "A1", "items": ["book"]}, "awaitCompletion": True}
    )

    result = sdk.create_process_instance(data=data)

    assert result.variables.to_dict()["trackingCode"] == "track-A1"


def test_a_job_worker_does_jobs(server: str, sdk: Any, tmp_path: Path) -> None:
    process_id = deploy(
        sdk, tmp_path, diagram("start -> a -> end", service("a", f'<zeebe:taskDefinition type="w{tmp_path.name}"/>'))
    )
    keys = [start(sdk, process_id, n=n) for n in range(5)]

    async def work() -> None:
        async with CamundaAsyncClient(configuration={"CAMUNDA_REST_ADDRESS": server}) as client:

            async def double(job: Any) -> dict[str, int]:
                return {"n": job.variables.to_dict()["n"] * 2}

            config = WorkerConfig(
                f"w{tmp_path.name}", job_timeout_milliseconds=30_000, request_timeout_milliseconds=200
            )
            worker = client.create_job_worker(config, double)
            for _ in range(600):
                done = await client.search_process_instances(
                    data=m.ProcessInstanceSearchQuery.from_dict(
                        {"filter": {"processDefinitionId": process_id, "state": "COMPLETED"}}
                    ),
                    consistency=ConsistencyOptions(wait_up_to_ms=0),
                )
                if len(done.items) == len(keys):
                    break
                await asyncio.sleep(0.05)
            worker.stop()

    asyncio.run(work())

    assert all(state_is(sdk, key, "COMPLETED") for key in keys)


def test_completes_a_user_task(sdk: Any, tmp_path: Path) -> None:
    process_id = deploy(
        sdk, tmp_path, diagram("start -> u -> end", user("u", '<zeebe:assignmentDefinition candidateGroups="sales"/>'))
    )
    key = start(sdk, process_id)
    query = m.UserTaskSearchQuery.from_dict({"filter": {"processInstanceKey": key, "candidateGroup": "sales"}})

    (task,) = sdk.search_user_tasks(data=query, consistency=SOON).items
    sdk.assign_user_task(task.user_task_key, data=m.UserTaskAssignmentRequest.from_dict({"assignee": "ada"}))
    sdk.update_user_task(task.user_task_key, data=m.UserTaskUpdateRequest.from_dict({"changeset": {"priority": 80}}))
    task = sdk.get_user_task(task.user_task_key, consistency=now(lambda found: found.assignee == "ada"))
    assert (task.priority, task.candidate_groups) == (80, ["sales"])
    with pytest.raises(ConflictError):
        sdk.assign_user_task(
            task.user_task_key, data=m.UserTaskAssignmentRequest.from_dict({"assignee": "bob", "allowOverride": False})
        )
    sdk.unassign_user_task(task.user_task_key)
    sdk.complete_user_task(task.user_task_key, data=m.UserTaskCompletionRequest.from_dict({"variables": {"ok": True}}))

    assert state_is(sdk, key, "COMPLETED")
    with pytest.raises(NotFoundError):
        sdk.complete_user_task(task.user_task_key)


def test_publishes_and_correlates_messages(sdk: Any, tmp_path: Path) -> None:
    name = f"m{uuid.uuid4().hex}"
    data = diagram("start -> w -> end", catch("w", message_event(name)), shared=message(name, "=id"))
    process_id = deploy(sdk, tmp_path, data)
    first, second = start(sdk, process_id, id="1"), start(sdk, process_id, id="2")

    sdk.publish_message(
        data=m.MessagePublicationRequest.from_dict(
            {"name": name, "correlationKey": "1", "timeToLive": 0, "variables": {"a": 1}}
        )
    )
    assert state_is(sdk, first, "COMPLETED")

    correlation = m.MessageCorrelationRequest.from_dict({"name": name, "correlationKey": "2"})
    assert sdk.correlate_message(data=correlation).process_instance_key == second
    with pytest.raises(NotFoundError):
        sdk.correlate_message(data=correlation)


def test_a_message_id_is_accepted_once(sdk: Any) -> None:
    data = m.MessagePublicationRequest.from_dict({"name": uuid.uuid4().hex, "messageId": "1", "timeToLive": 60_000})
    sdk.publish_message(data=data)

    with pytest.raises(ApiError) as caught:
        sdk.publish_message(data=data)

    assert caught.value.status_code == 409


def test_an_incident_after_the_last_retry_is_resolved(sdk: Any, tmp_path: Path) -> None:
    job_type = uuid.uuid4().hex
    process_id = deploy(
        sdk,
        tmp_path,
        diagram("start -> a -> end", service("a", f'<zeebe:taskDefinition type="{job_type}" retries="1"/>')),
    )
    key = start(sdk, process_id)
    activation = m.JobActivationRequest.from_dict(
        {"type": job_type, "timeout": 60_000, "maxJobsToActivate": 1, "worker": "w"}
    )

    (job,) = sdk.activate_jobs(data=activation).jobs
    sdk.fail_job(job.job_key, data=m.JobFailRequest.from_dict({"retries": 0, "errorMessage": "broken"}))
    query = m.IncidentSearchQuery.from_dict({"filter": {"processInstanceKey": key, "state": "ACTIVE"}})
    (incident,) = sdk.search_incidents(data=query, consistency=SOON).items
    assert (incident.error_type.value, incident.error_message, incident.job_key) == (
        "JOB_NO_RETRIES",
        "broken",
        job.job_key,
    )
    assert sdk.get_process_instance(key, consistency=now(lambda found: found.has_incident)).has_incident
    with pytest.raises(ConflictError):
        sdk.complete_job(job.job_key)
    with pytest.raises(ApiError):
        sdk.resolve_incident(incident.incident_key)

    sdk.update_job(job.job_key, data=m.JobUpdateRequest.from_dict({"changeset": {"retries": 1}}))
    sdk.resolve_incident(incident.incident_key)
    (again,) = sdk.activate_jobs(data=activation).jobs
    assert again.job_key == job.job_key
    sdk.complete_job(job.job_key)

    assert state_is(sdk, key, "COMPLETED")


def test_throws_a_business_error(sdk: Any, tmp_path: Path) -> None:
    job_type = uuid.uuid4().hex
    data = diagram(
        "start -> a -> end; caught -> end_caught",
        service("a", f'<zeebe:taskDefinition type="{job_type}"/>'),
        boundary("caught", "a", "<bpmn:errorEventDefinition/>"),
    )
    key = start(sdk, deploy(sdk, tmp_path, data))
    activation = m.JobActivationRequest.from_dict({"type": job_type, "timeout": 60_000, "maxJobsToActivate": 1})
    (job,) = sdk.activate_jobs(data=activation).jobs

    sdk.throw_job_error(job.job_key, data=m.JobErrorRequest.from_dict({"errorCode": "NO", "errorMessage": "none left"}))

    assert state_is(sdk, key, "COMPLETED")


def test_cancels_an_instance(sdk: Any, tmp_path: Path) -> None:
    key = start(sdk, deploy(sdk, tmp_path, diagram("start -> u -> end", user("u"))))

    sdk.cancel_process_instance(key, data=m.CancelProcessInstanceRequest())

    assert state_is(sdk, key, "TERMINATED")
    with pytest.raises(NotFoundError):
        sdk.cancel_process_instance(key, data=m.CancelProcessInstanceRequest())


def test_searches_everything_about_an_instance(sdk: Any, tmp_path: Path) -> None:
    process_id = deploy(sdk, tmp_path, diagram("start -> u -> end", user("u", mappings({"local": "=x + 0.5"}))))
    key = start(sdk, process_id, x=1, name="ada")
    own = {"filter": {"processInstanceKey": key}}

    elements = sdk.search_element_instances(data=m.ElementInstanceSearchQuery.from_dict(own), consistency=SOON).items
    assert [(element.element_id, element.type_.value) for element in elements[1:]] == [
        ("start", "START_EVENT"),
        ("u", "USER_TASK"),
    ]
    variables = sdk.search_variables(data=m.VariableSearchQuery.from_dict(own), consistency=SOON).items
    assert {variable.name: variable.value for variable in variables} == {"x": "1", "name": '"ada"', "local": "1.5"}
    assert sdk.get_variable(variables[0].variable_key, consistency=SOON).value == variables[0].value
    by_variable = {"filter": {"processDefinitionId": process_id, "variables": [{"name": "name", "value": '"ada"'}]}}
    instances = sdk.search_process_instances(data=m.ProcessInstanceSearchQuery.from_dict(by_variable), consistency=SOON)
    assert [item.process_instance_key for item in instances.items] == [key]
    (definition,) = sdk.search_process_definitions(
        data=m.ProcessDefinitionSearchQuery.from_dict(
            {"filter": {"processDefinitionId": process_id, "isLatestVersion": True}}
        ),
        consistency=SOON,
    ).items
    assert "<bpmn:userTask" in sdk.get_process_definition_xml(definition.process_definition_key, consistency=SOON)

    sdk.create_element_instance_variables(
        elements[-1].element_instance_key,
        data=m.SetVariableRequest.from_dict({"variables": {"local": 9}, "local": True}),
    )
    query = m.VariableSearchQuery.from_dict({"filter": {"processInstanceKey": key, "name": "local"}})
    assert sdk.search_variables(data=query, consistency=now(lambda page: page.items[0].value == "9")).items


def test_moves_the_clock(sdk: Any, tmp_path: Path) -> None:
    key = start(sdk, deploy(sdk, tmp_path, diagram("start -> w -> end", catch("w", timer("duration", "P30D")))))
    later = int(datetime.now(UTC).timestamp() * 1000) + 31 * 86_400_000

    sdk.pin_clock(data=m.ClockPinRequest.from_dict({"timestamp": later}))

    assert state_is(sdk, key, "COMPLETED")
    sdk.reset_clock()


def test_errors_are_the_sdks_own(sdk: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.bpmn"
    broken.write_bytes(diagram("start -> a -> end", '<bpmn:task id="a" startQuantity="0"/>'))

    with pytest.raises(BadRequestError, match="startQuantity"):
        sdk.deploy_resources_from_files([broken])
    with pytest.raises(ApiError) as caught:
        start(sdk, "nobody")
    assert caught.value.status_code == 404
    with pytest.raises(BadRequestError):
        sdk.search_process_instances(
            data=m.ProcessInstanceSearchQuery.from_dict({"page": {"limit": 0}}),
            consistency=ConsistencyOptions(wait_up_to_ms=0),
        )
