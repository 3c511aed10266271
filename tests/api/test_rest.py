"""The REST API without a client library: shapes, errors, paging, long polls."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from camunda_orchestration_sdk import models

from bpmn_engine import Engine
from tests.diagrams import diagram, service, user
from tests.servers import serving


@pytest.fixture
def client(engine: Engine) -> Iterator[httpx.Client]:
    """A client of a server in a thread."""
    with serving(engine) as address, httpx.Client(base_url=f"{address}/v2", timeout=30) as running:
        yield running


def deploy(client: httpx.Client, data: bytes, name: str = "p.bpmn") -> httpx.Response:
    """Deploy a file."""
    return client.post("/deployments", files=[("resources", (name, data))])


def start(client: httpx.Client, **body: Any) -> Any:
    """Start an instance."""
    return client.post("/process-instances", json={"processDefinitionId": "p", **body}).json()


USER = diagram("start -> u -> end", user("u"))


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/process-instances", b"{nonsense", 400),
        ("POST", "/process-instances", b"[]", 400),
        ("POST", "/process-instances", b"{}", 400),
        ("POST", "/process-instances", b'{"processDefinitionId": "nobody"}', 404),
        ("POST", "/process-instances", b'{"processDefinitionKey": "x"}', 400),
        ("POST", "/process-instances", b'{"processDefinitionId": "p", "tenantId": "other"}', 400),
        ("POST", "/process-instances", b'{"processDefinitionId": "p", "variables": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400),
        ("POST", "/process-instances/search", b'{"filter": {"nonsense": 1}}', 400),
        ("POST", "/process-instances/search", b'{"filter": {"processInstanceKey": {"$wrong": "1"}}}', 400),
        ("POST", "/process-instances/search", b'{"filter": {"processInstanceKey": "abc"}}', 400),
        ("POST", "/process-instances/search", b'{"page": {"after": "?"}}', 400),
        ("POST", "/process-instances/search", b'{"sort": [{"field": "nonsense"}]}', 400),
        ("POST", "/process-instances/search", b'{"sort": [{"field": "state", "order": "up"}]}', 400),
        ("GET", "/process-instances/abc", None, 400),
        ("GET", "/process-instances/99999999999999999999999", None, 404),
        ("GET", "/process-instances/1", None, 404),
        ("POST", "/process-instances/1/cancellation", None, 404),
        ("POST", "/jobs/activation", b'{"type": "", "timeout": 1, "maxJobsToActivate": 1}', 400),
        ("POST", "/jobs/activation", b'{"type": "x", "timeout": 0, "maxJobsToActivate": 1}', 400),
        ("POST", "/jobs/1/completion", None, 404),
        ("POST", "/jobs/1/error", b"{}", 400),
        ("PATCH", "/jobs/1", b'{"changeset": {"retries": 0}}', 404),
        ("POST", "/user-tasks/1/assignment", b'{"assignee": ""}', 400),
        ("POST", "/messages/publication", b"{}", 400),
        ("PUT", "/clock", b'{"timestamp": 0}', 404),
        ("GET", "/nonsense", None, 404),
        ("DELETE", "/process-instances/search", None, 405),
        ("POST", "/deployments", b"", 400),
    ],
)  # fmt: skip
def test_errors_are_problem_details_with_five_members(
    client: httpx.Client, method: str, path: str, body: bytes | None, status: int
) -> None:
    answer = client.request(method, path, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "detail", "instance"}
    assert (answer.json()["status"], answer.json()["instance"]) == (status, f"/v2{path}")


def test_an_invalid_diagram_names_all_its_problems(client: httpx.Client) -> None:
    answer = deploy(
        client,
        diagram(
            "start -> a -> end; start -> b",
            '<bpmn:task id="a" startQuantity="0"/>',
            '<bpmn:serviceTask id="b" default="x"/>',
        ),
    )

    assert answer.status_code == 400
    assert "startQuantity" in answer.json()["detail"]
    assert "'x'" in answer.json()["detail"]


def test_a_deployment_is_atomic_and_idempotent(client: httpx.Client) -> None:
    files = [("resources", ("p.bpmn", USER)), ("resources", ("bad.bpmn", b"<x/>"))]
    assert client.post("/deployments", files=files).status_code == 400
    assert client.post("/process-definitions/search").json()["items"] == []

    first, second = deploy(client, USER).json(), deploy(client, USER).json()

    assert first["deployments"] == second["deployments"]
    assert first["deployments"][0]["processDefinition"]["processDefinitionVersion"] == 1


def test_the_same_process_twice_in_one_deployment_is_refused(client: httpx.Client) -> None:
    files = [("resources", ("a.bpmn", USER)), ("resources", ("b.bpmn", USER))]

    assert client.post("/deployments", files=files).status_code == 400


def test_forms_and_other_files_are_kept(client: httpx.Client) -> None:
    form = json.dumps({"id": "f", "components": []}).encode()
    data = diagram("start -> u -> end", user("u", '<zeebe:formDefinition formId="f"/>'))
    files = [("resources", ("p.bpmn", data)), ("resources", ("f.form", form)), ("resources", ("notes.txt", b"hi"))]

    process, kept_form, resource = client.post("/deployments", files=files).json()["deployments"]
    start(client)
    task = client.post("/user-tasks/search").json()["items"][0]

    assert task["formKey"] == kept_form["form"]["formKey"]
    assert client.get(f"/user-tasks/{task['userTaskKey']}/form").json()["schema"] == form.decode()
    assert client.get(f"/forms/{task['formKey']}").json()["formId"] == "f"
    assert resource["resource"]["resourceName"] == "notes.txt"
    assert (
        client.get(f"/process-definitions/{process['processDefinition']['processDefinitionKey']}/form").status_code
        == 204
    )


def test_decimals_survive_the_whole_way(client: httpx.Client) -> None:
    deploy(client, diagram("start -> end"))
    exact = "12345678901234567890.12345678901234"
    body = (
        f'{{"processDefinitionId": "p", "variables": {{"x": {exact}, "y": 9007199254740993}}, "awaitCompletion": true}}'
    )

    answer = client.post("/process-instances", content=body, headers={"Content-Type": "application/json"})

    assert f'"x":{exact}' in answer.text
    assert '"y":9007199254740993' in answer.text


def test_awaiting_the_end_of_an_instance_that_is_cancelled_is_a_conflict(client: httpx.Client) -> None:
    deploy(client, USER)
    once = {"Idempotency-Key": "one"}
    body = {"processDefinitionId": "p", "awaitCompletion": True, "requestTimeout": 50}
    assert client.post("/process-instances", json=body, headers=once).status_code == 504
    (instance,) = client.post("/process-instances/search").json()["items"]
    client.post(f"/process-instances/{instance['processInstanceKey']}/cancellation")

    again = client.post("/process-instances", json=body, headers=once)

    assert (again.status_code, again.json()["title"]) == (409, "INVALID_STATE")
    assert "was cancelled or terminated before it completed" in again.json()["detail"]


def test_awaiting_the_end_may_time_out(client: httpx.Client) -> None:
    deploy(client, USER)

    answer = client.post(
        "/process-instances", json={"processDefinitionId": "p", "awaitCompletion": True, "requestTimeout": 50}
    )

    assert answer.status_code == 504


def test_only_the_wanted_variables_come_back(client: httpx.Client) -> None:
    deploy(client, diagram("start -> end"))

    created = start(client, variables={"a": 1, "b": 2}, awaitCompletion=True, fetchVariables=["b"])

    assert created["variables"] == {"b": 2}


def test_commands_without_a_body_are_fine(client: httpx.Client) -> None:
    deploy(client, USER)
    key = start(client)["processInstanceKey"]

    for body in (b"", b"null", b"{}"):
        assert (
            client.post(
                "/process-instances/search", content=body, headers={"Content-Type": "application/json"}
            ).status_code
            == 200
        )
    answer = client.post(
        f"/process-instances/{key}/cancellation", content=b"", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 204


def test_pages_by_limit_offset_and_cursor(client: httpx.Client) -> None:
    deploy(client, USER)
    keys = [start(client)["processInstanceKey"] for _ in range(5)]

    def page(**wanted: Any) -> tuple[list[str], dict[str, Any]]:
        answer = client.post("/process-instances/search", json={"page": wanted}).json()
        return [item["processInstanceKey"] for item in answer["items"]], answer["page"]

    first, info = page(limit=2)
    assert first == keys[:2]
    assert (info["totalItems"], info["hasMoreTotalItems"]) == (5, False)
    assert re.fullmatch(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", info["endCursor"])
    second, info = page(limit=2, after=info["endCursor"])
    assert second == keys[2:4]
    assert page(limit=2, before=info["startCursor"])[0] == keys[:2]
    assert page(limit=2, **{"from": 4})[0] == keys[4:]


def test_sorts_and_filters_with_operators(client: httpx.Client) -> None:
    deploy(client, USER)
    keys = [start(client, businessId=name, tags=[name])["processInstanceKey"] for name in ("alpha", "beta", "gamma")]

    def found(wanted: dict[str, Any], **sort: Any) -> list[str]:
        answer = client.post("/process-instances/search", json={"filter": wanted, **sort}).json()
        return [item["processInstanceKey"] for item in answer["items"]]

    assert found({}, sort=[{"field": "businessId", "order": "desc"}]) == keys[::-1]
    assert found({"businessId": {"$like": "*a?a"}}) == []
    assert found({"businessId": {"$like": "?eta"}}) == [keys[1]]
    assert found({"businessId": {"$in": ["alpha", "gamma"]}, "state": "active"}) == [keys[0], keys[2]]
    assert found({"businessId": {"$neq": "beta", "$exists": True}}) == [keys[0], keys[2]]
    assert found({"$or": [{"businessId": "alpha"}, {"processInstanceKey": keys[1]}]}) == keys[:2]
    assert found({"tags": ["beta"]}) == [keys[1]]
    assert found({"startDate": {"$gt": "2000-01-01T00:00:00Z"}, "endDate": {"$exists": False}}) == keys
    assert found({"tenantId": "other"}) == []
    assert found({"elementId": "u", "tenantId": "<default>"}) == keys


def test_what_is_stuck_is_found_and_shown_as_active(client: httpx.Client) -> None:
    deploy(client, diagram("start -> g; g -> end : =x; g -> end_b : default", '<bpmn:exclusiveGateway id="g"/>'))
    stuck, _ = start(client, variables={"x": "maybe"}), start(client, variables={"x": True})

    for resource in ("process-instances", "element-instances"):
        found = client.post(f"/{resource}/search", json={"filter": {"hasIncident": True}}).json()["items"]
        assert [item["processInstanceKey"] for item in found] == [stuck["processInstanceKey"]]
    active = client.post("/element-instances/search", json={"filter": {"state": "ACTIVE", "type": "EXCLUSIVE_GATEWAY"}})
    assert [item["elementId"] for item in active.json()["items"]] == ["g"]
    assert active.json()["items"][0]["incidentKey"]


def test_jobs_are_found_by_what_is_said_of_them(client: httpx.Client) -> None:
    deploy(client, diagram("start -> a -> end", service("a")))
    start(client)
    activation = {"type": "a", "timeout": 1000, "maxJobsToActivate": 5}
    (job,) = client.post("/jobs/activation", json=activation).json()["jobs"]
    client.post(f"/jobs/{job['jobKey']}/failure", json={"retries": 2, "errorMessage": "no", "retryBackOff": 60_000})

    wanted = {"kind": "bpmn_element", "state": "CREATED", "hasFailedWithRetriesLeft": True, "retries": {"$lt": 3}}
    (found,) = client.post("/jobs/search", json={"filter": wanted}).json()["items"]

    assert (found["errorMessage"], found["hasFailedWithRetriesLeft"], found["worker"]) == ("no", True, "")


def test_a_long_poll_answers_as_soon_as_there_is_a_job(client: httpx.Client) -> None:
    deploy(client, diagram("start -> a -> end", service("a")))
    timer = threading.Timer(0.2, lambda: start(client))
    timer.start()

    activation = {
        "type": "a",
        "timeout": 1000,
        "maxJobsToActivate": 5,
        "requestTimeout": 20_000,
        "fetchVariable": ["x"],
    }
    began = time.monotonic()
    (job,) = client.post("/jobs/activation", json=activation).json()["jobs"]

    assert time.monotonic() - began < 15
    assert (job["elementId"], job["variables"], job["retries"]) == ("a", {}, 3)
    assert isinstance(job["deadline"], int)


def test_a_long_poll_without_jobs_ends_with_an_empty_list(client: httpx.Client) -> None:
    activation = {"type": "a", "timeout": 1000, "maxJobsToActivate": 5}

    assert client.post("/jobs/activation", json={**activation, "requestTimeout": 50}).json() == {"jobs": []}
    assert client.post("/jobs/activation", json={**activation, "requestTimeout": -1}).json() == {"jobs": []}


def test_long_values_are_cut_in_searches_unless_asked(client: httpx.Client) -> None:
    deploy(client, USER)
    start(client, variables={"long": "x" * 10_000})

    (cut,) = client.post("/variables/search").json()["items"]
    (whole,) = client.post("/variables/search?truncateValues=false").json()["items"]

    assert (len(cut["value"]), cut["isTruncated"]) == (8191, True)
    assert (len(whole["value"]), whole["isTruncated"]) == (10_002, False)


def test_a_user_task_sees_the_variables_around_it(client: httpx.Client) -> None:
    deploy(
        client,
        diagram(
            "start -> u -> end",
            user("u", '<zeebe:ioMapping><zeebe:input source="=x + 1" target="x"/></zeebe:ioMapping>'),
        ),
    )
    start(client, variables={"x": 1, "y": 2})
    key = client.post("/user-tasks/search").json()["items"][0]["userTaskKey"]

    every = client.post(f"/user-tasks/{key}/variables/search").json()["items"]
    effective = client.post(f"/user-tasks/{key}/effective-variables/search").json()["items"]

    assert sorted((item["name"], item["value"]) for item in every) == [("x", "1"), ("x", "2"), ("y", "2")]
    assert sorted((item["name"], item["value"]) for item in effective) == [("x", "2"), ("y", "2")]


def test_openapi_and_the_docs_page_describe_it(client: httpx.Client) -> None:
    root = str(client.base_url).removesuffix("/v2/")

    paths = httpx.get(f"{root}/openapi.json").json()["paths"]

    assert "/v2/process-instances/{key}/cancellation" in paths
    assert httpx.get(f"{root}/docs").status_code == 200


#: Schemas that have a name in Camunda's API, but are a union or written out at each place in its SDK; FastAPI's own last.
BEYOND_THE_SDK = {
    "AncestorScopeInstruction",
    "DecisionEvaluationInstruction",
    "ProcessInstanceCreationInstruction",
    "ProcessInstanceModificationTerminateInstruction",
    "SearchQueryPageRequest",
    "SearchQuerySortRequest",
    "Body_deploy_v2_deployments_post",
    "HTTPValidationError",
    "ValidationError",
    "WaitingForItem",
    "WaitingForResult",
}


def test_the_schemas_have_the_names_that_the_official_sdk_has(client: httpx.Client) -> None:
    root = str(client.base_url).removesuffix("/v2/")

    names = set(httpx.get(f"{root}/openapi.json").json()["components"]["schemas"])

    assert {name for name in names if not hasattr(models, name)} == BEYOND_THE_SDK


def test_a_search_by_type_finds_every_element_of_that_type(client: httpx.Client) -> None:
    inside = '<bpmn:transaction id="t"><bpmn:startEvent id="s2"/></bpmn:transaction>'
    deploy(client, diagram("start -> t -> c -> end", inside, '<bpmn:complexGateway id="c"/>'))
    start(client)

    def found(wanted: Any) -> list[str]:
        answer = client.post("/element-instances/search", json={"filter": {"type": wanted}})
        assert answer.status_code == 200, answer.text
        return [item["elementId"] for item in answer.json()["items"]]

    assert found("SUB_PROCESS") == ["t"]
    assert found("sub_process") == ["t"]
    assert found("UNKNOWN") == ["c"]
    assert found({"$in": ["SUB_PROCESS", "UNKNOWN"]}) == ["t", "c"]
    assert found({"$like": "*GATEWAY"}) == []
    assert found({"$like": "SUB*"}) == ["t"]
    assert "t" not in found({"$neq": "SUB_PROCESS"})
    assert found({"$in": []}) == found({}) != []
    assert found("NOTHING") == []


def test_the_tenant_is_filtered_as_every_field(client: httpx.Client) -> None:
    deploy(client, diagram("start -> end"))
    start(client)

    def found(wanted: Any) -> int:
        answer = client.post("/process-instances/search", json={"filter": {"tenantId": wanted}})
        return len(answer.json()["items"])

    assert [found(wanted) for wanted in ("<default>", {"$in": []}, {"$neq": "other"}, {"$like": "<def*"})] == [
        1,
        1,
        1,
        1,
    ]
    assert [found(wanted) for wanted in ("other", {"$in": ["x"]}, {"$notIn": ["<default>"]}, {"$exists": False})] == [
        0
    ] * 4


def test_the_topology_says_where_the_server_listens(client: httpx.Client) -> None:
    answer = client.get("/topology", headers={"Host": "localhost:1234"}).json()

    assert isinstance(answer["lastCompletedChangeId"], str)
    assert (answer["brokers"][0]["host"], answer["brokers"][0]["port"]) == ("127.0.0.1", client.base_url.port)
