"""Whatever is sent, the answer is one that the API has: never a 422, never a failure of the engine itself.

FUZZ_REQUESTS says how many requests each seed sends; `make fuzz` sends many.
"""

from __future__ import annotations

import json
import os
import random
import re
from typing import Any

import httpx
import pytest

from tests.api.test_rest import client, deploy, start  # noqa: F401 - `client` is a fixture
from tests.diagrams import diagram, service, user

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "400"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
NAMES = [
    "variables",
    "filter",
    "page",
    "sort",
    "processDefinitionId",
    "processDefinitionKey",
    "processDefinitionVersion",
    "name",
    "correlationKey",
    "timeToLive",
    "limit",
    "from",
    "after",
    "field",
    "order",
    "type",
    "timeout",
    "maxJobsToActivate",
    "retries",
    "retryBackOff",
    "errorCode",
    "changeset",
    "priority",
    "dueDate",
    "assignee",
    "state",
    "processInstanceKey",
    "value",
    "$or",
    "$eq",
    "$in",
    "$like",
    "$exists",
    "tags",
    "startInstructions",
    "elementId",
    "local",
    "messageId",
    "tenantId",
    "fetchVariables",
    "candidateUsers",
    "businessId",
    "startDate",
    "hasIncident",
    "before",
    "candidateGroups",
    "endDate",
    "instanceVariables",
    "elementInstanceKey",
    "$neq",
    "$notIn",
    "$gt",
    "$lte",
    "decisionEvaluationInstanceKey",
    "expression",
    "mappingInstructions",
    "moveInstructions",
    "corrections",
    "result",
]
ATOMS: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    10**20,
    -(10**30),
    1.5,
    1e308,
    "",
    "p",
    "a",
    "x" * 300,
    "<default>",
    "\0",
    "*",
    "%",
    "2026-01-01T00:00:00Z",
    "P1D",
    "ACTIVE",
    "ASC",
    "\ud83d",
    10**320,
    2**63,
    -(2**63) - 1,
    1e30,
    float("inf"),
    float("nan"),
    "9" * 400,
    "--1",
    "99999999-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "W0luZmluaXR5XQ==",
    "1-1",
    [[]],
    ["1"] * 12_000,
    [{"field": "state"}] * 12,
    [],
    {},
]
STARTING_POINTS = {
    "/v2/process-instances": {"processDefinitionId": "p"},
    "/v2/jobs/activation": {"type": "a", "timeout": 5, "maxJobsToActivate": 2},
    "/v2/messages/publication": {"name": "m"},
}


def _value(dice: random.Random, depth: int = 0) -> Any:
    roll = dice.random()
    if depth > 3 or roll < 0.55:
        return dice.choice(ATOMS)
    if roll < 0.7:
        return [_value(dice, depth + 1) for _ in range(dice.randint(0, 3))]
    return {dice.choice(NAMES): _value(dice, depth + 1) for _ in range(dice.randint(0, 4))}


@pytest.mark.parametrize("seed", range(SEED, SEED + 3))
def test_every_answer_is_one_that_the_api_has(client: httpx.Client, seed: int) -> None:  # noqa: F811 - the fixture
    dice = random.Random(seed)
    deploy(client, diagram("start -> a -> u -> end", service("a"), user("u")))
    key = start(client)["processInstanceKey"]
    root = str(client.base_url).removesuffix("/v2/")
    paths = client.get(f"{root}/openapi.json").json()["paths"]

    for _ in range(REQUESTS):
        path = dice.choice(list(paths))
        method = dice.choice(list(paths[path]))
        place = dice.choice(
            [key, "1", "-1", "--1", "abc", "9" * 25, str(2**63), "1-1", "%00", "%F0%9F%98%80", "1-" + "9" * 30]
        )
        url = re.sub(r"\{\w+\}", place, path)
        body = {dice.choice(NAMES): _value(dice) for _ in range(dice.randint(0, 5))}
        body = {**body, **dice.choice([{}, STARTING_POINTS.get(url, {})]), "requestTimeout": -1}
        text = json.dumps(body).encode()
        answer = client.request(
            method,
            root + url,
            content=text[: dice.choice([len(text)] * 19 + [len(text) // 2])],
            headers={"Content-Type": "application/json"},
        )

        assert answer.status_code < 500, (method, url, text, answer.text)
        assert answer.status_code != 422
        if answer.status_code >= 400:
            assert set(answer.json()) == {"type", "title", "status", "detail", "instance"}
