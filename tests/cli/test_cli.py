"""The command line."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bpmn_engine import Engine, Registry, Resource
from tests.diagrams import call, diagram, service, user
from tests.runtime.test_engine import eventually
from tests.servers import ROOT, free_port, start_server, stop_server

ORDER = ROOT / "processes" / "order" / "order.bpmn"


def bpmn(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "bpmn_engine", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def ok(*arguments: str) -> str:
    """The output of a command that must succeed."""
    result = bpmn(*arguments)
    assert result.returncode == 0, result.stderr + result.stdout
    return result.stdout


def as_json(*arguments: str) -> Any:
    """The JSON output of a command."""
    return json.loads(ok(*arguments, "--json"))


def test_help_teaches() -> None:
    text = ok("--help")

    assert "bpmn serve processes/" in text
    assert "Exit codes" in text
    for command in (
        "serve",
        "deploy",
        "lint",
        "run",
        "start",
        "ps",
        "show",
        "tasks",
        "complete",
        "message",
        "retry",
        "cancel",
        "db",
    ):
        assert command in text
        assert "Usage" in ok(command, "--help")


def test_lint_says_what_is_wrong_and_fails(tmp_path: Path) -> None:
    bad = tmp_path / "bad.bpmn"
    bad.write_bytes(ORDER.read_bytes().replace(b"=available", b"=available &amp;&amp; x"))

    result = bpmn("lint", str(bad), str(ORDER))

    assert result.returncode == 1
    assert "FEEL writes 'and'" in result.stdout
    assert f"{ORDER}: fine" in result.stdout
    assert [problem["rule"] for problem in json.loads(bpmn("lint", str(bad), "--json").stdout)[str(bad)]] == [
        "expression"
    ]


def test_warnings_alone_are_no_failure(tmp_path: Path) -> None:
    file = tmp_path / "open.bpmn"
    file.write_bytes(diagram("start -> a", user("a")))

    assert "1 warning" in ok("lint", str(file))


def test_run_goes_to_the_end_with_the_handlers_beside_the_file() -> None:
    result = as_json("run", str(ORDER), "--var", "orderId=A1", "--var", 'items=["book"]')

    assert (result["state"], result["variables"]["trackingCode"]) == ("COMPLETED", "track-A1")


def test_run_stops_at_the_first_wait_and_shows_the_tokens() -> None:
    loan = ROOT / "processes" / "loan_approval" / "loan_approval.bpmn"

    text = ok(
        "run",
        str(loan),
        "--var",
        "applicationId=1",
        "--var",
        'applicant={"name":"Ada","income":3000}',
        "--var",
        "amount=50000",
    )

    assert "Review" in text
    assert "loan_approval: ACTIVE" in text


def test_run_can_mock_jobs(tmp_path: Path) -> None:
    file = tmp_path / "p.bpmn"
    file.write_bytes(diagram("start -> a -> b -> end", service("a"), service("b")))

    assert as_json("run", str(file))["state"] == "ACTIVE"
    assert as_json("run", str(file), "--mock")["state"] == "COMPLETED"


def test_wrong_usage_has_exit_code_2() -> None:
    assert bpmn("start").returncode == 2
    assert bpmn("start", "order", "--var", "nonsense").returncode == 2
    assert bpmn("nonsense").returncode == 2


def test_a_server_that_does_not_answer_is_named() -> None:
    result = bpmn("ps", "--server", f"http://127.0.0.1:{free_port()}")

    assert result.returncode == 1
    assert "bpmn serve" in result.stderr


def test_completion_prints_a_script() -> None:
    assert "_BPMN_COMPLETE" in ok("completion", "bash")


def test_db_upgrade_makes_a_schema(tmp_path: Path) -> None:
    assert as_json("db", "upgrade", "--database", f"sqlite:///{tmp_path / 'x.db'}") == {"schema": "0006"}


def test_a_bad_database_is_an_error_with_exit_code_1() -> None:
    result = bpmn("db", "upgrade", "--database", "nonsense")

    assert (result.returncode, "not a database URL" in result.stderr) == (1, True)


def test_operates_a_server_from_deployment_to_the_end(server: str, tmp_path: Path) -> None:
    at = ("--server", server)
    file = tmp_path / "cli.bpmn"
    file.write_bytes(diagram("start -> u -> end", user("u"), process_id="cli"))

    assert ok("deploy", str(file), *at) == "cli version 1\n"
    key = ok("start", "cli", "--var", "x=1.5", *at).strip()
    assert key in ok("ps", "cli", *at)
    (task,) = [item for item in as_json("tasks", *at) if item["processInstanceKey"] == key]
    assert task["userTaskKey"] in ok("tasks", *at)
    ok("complete", task["userTaskKey"], "--var", "done=true", *at)
    shown = as_json("show", key, *at)
    assert shown["instance"]["state"] == "COMPLETED"
    assert {item["name"]: item["value"] for item in shown["variables"]} == {"x": "1.5", "done": "true"}
    assert "COMPLETED" in ok("show", key, *at)


def test_retries_what_is_stuck_and_cancels(server: str, tmp_path: Path) -> None:
    at = ("--server", server)
    file = tmp_path / "stuck.bpmn"
    file.write_bytes(
        diagram(
            "start -> g; g -> end : =x > 1; g -> end_b : =x < 0", '<bpmn:exclusiveGateway id="g"/>', process_id="stuck"
        )
    )
    ok("deploy", str(file), *at)
    key = ok("start", "stuck", "--var", "x=1", *at).strip()

    assert "INCIDENT CONDITION_ERROR at g" in ok("show", key, *at)
    assert "INCIDENT" in ok("ps", "stuck", *at)
    assert ok("retry", key, *at) == "1 incident resolved.\n"
    assert "is cancelled" in ok("cancel", key, *at)
    assert bpmn("cancel", key, *at).returncode == 1


def test_publishes_messages_and_waits_for_the_end(server: str) -> None:
    at = ("--server", server)

    assert "is published" in ok("message", "nobody-waits", "1", "--var", "a=1", "--ttl", "1", *at)
    assert "track-A9" in ok("start", "order", "--var", "orderId=A9", "--var", 'items=["book"]', "--wait", *at)


def test_serve_redeploys_a_changed_diagram_and_keeps_the_old_version_of_a_broken_one(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    file = folder / "p.bpmn"
    file.write_bytes(diagram("start -> a -> end", service("a")))
    port = free_port()
    server = start_server(port, f"sqlite:///{tmp_path / 'e.db'}", folder=folder)
    at = ("--server", f"http://127.0.0.1:{port}")

    try:
        file.write_bytes(diagram("start -> a -> b -> end", service("a"), service("b")))
        eventually(lambda: "2" in _versions(at), 10)
        file.write_bytes(diagram("start -> a -> b -> end", service("a"), '<bpmn:task id="b" startQuantity="0"/>'))
        import time

        time.sleep(2.5)
    finally:
        output = stop_server(server)

    assert "Deployed p.bpmn: process 'p' version 2" in output
    assert "p.bpmn has problems and is not deployed" in output
    assert "startQuantity" in output
    assert output.rstrip().endswith("Stopped.")


def _versions(at: tuple[str, str]) -> str:
    key = ok("start", "p", *at).strip()
    version: int = as_json("show", key, *at)["instance"]["processDefinitionVersion"]
    return str(version)


def test_a_port_that_is_taken_is_named(server: str, tmp_path: Path) -> None:
    port = server.rpartition(":")[2]

    result = bpmn("serve", "--port", port, "--database", f"sqlite:///{tmp_path / 'x.db'}")

    assert result.returncode != 0


@pytest.mark.parametrize("content", ["raise RuntimeError('broken')", "def ("])
def test_handlers_that_cannot_be_imported_are_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "handlers.py").write_text(content)
    (tmp_path / "p.bpmn").write_bytes(diagram("start -> end"))

    result = bpmn("serve", str(tmp_path), "--database", f"sqlite:///{tmp_path / 'x.db'}", "--port", str(free_port()))

    assert (result.returncode, "cannot be imported" in result.stderr) == (1, True)


def test_run_finds_the_called_processes_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "child.bpmn").write_bytes(diagram("start -> b -> end", service("b"), process_id="child"))
    (tmp_path / "broken.bpmn").write_bytes(b"<x/>")
    file = tmp_path / "p.bpmn"
    file.write_bytes(diagram("start -> c -> end", call("c", "child")))

    assert as_json("run", str(file), "--mock")["state"] == "COMPLETED"


def test_db_check_says_in_sentences_what_is_wrong_and_repairs_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'engine.db'}"
    with Engine(url, handlers=Registry()) as engine:
        engine.deploy(Resource("ask.bpmn", diagram("start -> ask -> end", user("ask"), process_id="survey")))
        keys = [engine.start("survey") for _ in range(3)]
    assert ok("db", "check", "--database", url) == "Nothing is wrong.\n"
    with closing(sqlite3.connect(tmp_path / "engine.db")) as connection, connection:
        connection.execute("DELETE FROM user_task")

    found = bpmn("db", "check", "--limit", "1", "--database", url)
    repaired = bpmn("db", "check", "--repair", "--database", url)

    assert found.returncode == 1
    assert f"Instance {keys[0]} of 'survey' waits at 'ask' without a user task" in found.stdout
    assert "and 2 more." in found.stdout
    assert "--repair" in found.stdout
    assert repaired.returncode == 0
    assert repaired.stdout.count("It has an incident now") == 3
    assert ok("db", "check", "--database", url) == "Nothing is wrong.\n"
