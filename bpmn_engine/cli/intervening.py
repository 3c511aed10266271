"""Commands for operators of a running server: incidents, variables, suspension."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bpmn_engine.cli.client import Client, ServerError, server_option
from bpmn_engine.cli.output import as_json, say, show_json, show_table, variable_options, variables_of

#: How many incidents one command resolves at most.
_MOST = 10_000


@click.command()
@click.option("--process", "process_id", help="Only incidents of this process.")
@click.option("--error", "text", help="Only incidents whose message contains this text.")
@click.option("--limit", default=50, show_default=True)
@server_option
@as_json
def incidents(process_id: str | None, text: str | None, limit: int, server: str, as_json: bool) -> None:
    """List the incidents that stop instances: which element, why, and the key for `bpmn retry`."""
    found = Client(server).search("incidents", _wanted(process_id, text), limit)
    if as_json:
        show_json(found)
        return
    columns = {
        "INSTANCE": "processInstanceKey",
        "PROCESS": "processDefinitionId",
        "ELEMENT": "elementId",
        "SINCE": "creationTime",
        "TYPE": "errorType",
        "MESSAGE": "errorMessage",
    }
    show_table(found, columns)


@click.command()
@click.argument("instance_keys", nargs=-1)
@click.option("--process", "process_id", help="Retry the incidents of this process.")
@click.option("--error", "text", help="Retry the incidents whose message contains this text.")
@click.option("--retries", default=1, show_default=True, help="Retries to give to failed jobs.")
@server_option
@as_json
def retry(
    instance_keys: tuple[str, ...], process_id: str | None, text: str | None, retries: int, server: str, as_json: bool
) -> None:
    """Resolve incidents: give failed jobs new retries and repeat failed steps.

    Name instances by their keys, or choose by --process and --error. Exit code 1 if there is no such incident, or if
    one of them cannot be resolved.

    \b
    Example: bpmn retry --process order --error 'connection refused'
    """
    if not (instance_keys or process_id or text):
        raise click.UsageError("Name instances, or choose incidents by --process or --error.")
    client = Client(server)
    resolved, failed = [], []
    for incident in _matching(client, instance_keys, _wanted(process_id, text)):
        key = incident["incidentKey"]
        try:
            if incident["jobKey"]:
                client.patch(f"/jobs/{incident['jobKey']}", {"changeset": {"retries": retries}})
            client.post(f"/incidents/{key}/resolution")
        except ServerError as error:
            failed.append(key)
            click.echo(f"Incident {key} of instance {incident['processInstanceKey']}: {error}", err=True)
        else:
            resolved.append(key)
    if as_json:
        show_json({"resolved": resolved, "failed": failed})
    else:
        click.echo(f"{len(resolved)} incident{'' if len(resolved) == 1 else 's'} resolved.")
    if failed or not resolved:
        raise SystemExit(1)


def _wanted(process_id: str | None, text: str | None) -> dict[str, Any]:
    wanted: dict[str, Any] = {"state": "ACTIVE"}
    if process_id:
        wanted["processDefinitionId"] = process_id
    if text:
        escaped = "".join(f"\\{character}" if character in "\\*?" else character for character in text)
        wanted["errorMessage"] = {"$like": f"*{escaped}*"}
    return wanted


def _matching(client: Client, instance_keys: tuple[str, ...], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """The incidents as they are now; those that a retry raises anew are not among them."""
    if not instance_keys:
        return client.search("incidents", wanted, _MOST)
    own = [client.search("incidents", {**wanted, "processInstanceKey": key}, _MOST) for key in instance_keys]
    return [incident for found in own for incident in found]


@click.command("set")
@click.argument("key")
@click.option("--local", is_flag=True, help="Set them at exactly this scope.")
@variable_options
@server_option
@as_json
def set_variables(
    key: str, local: bool, var: tuple[str, ...], var_file: Path | None, server: str, as_json: bool
) -> None:
    """Set variables of an instance, or of an element instance inside it.

    \b
    Example: bpmn set 2251799813685262 --var total=120 --var 'items=["book"]'
    """
    variables = variables_of(var, var_file)
    if not variables:
        raise click.UsageError("Give at least one --var NAME=VALUE, or --vars FILE.")
    Client(server).put(f"/element-instances/{key}/variables", {"variables": variables, "local": local})
    names = ", ".join(variables)
    say(f"{names} of {key} is set." if len(variables) == 1 else f"{names} of {key} are set.", variables, as_json)


@click.command()
@click.argument("instance_keys", nargs=-1, required=True)
@server_option
@as_json
def suspend(instance_keys: tuple[str, ...], server: str, as_json: bool) -> None:
    """Suspend instances: they take no step until they are resumed."""
    for key in instance_keys:
        Client(server).post(f"/process-instances/{key}/suspension")
        say(f"Instance {key} is suspended.", {"processInstanceKey": key, "state": "SUSPENDED"}, as_json)


@click.command()
@click.argument("instance_keys", nargs=-1, required=True)
@server_option
@as_json
def resume(instance_keys: tuple[str, ...], server: str, as_json: bool) -> None:
    """Resume suspended instances."""
    for key in instance_keys:
        Client(server).post(f"/process-instances/{key}/resumption")
        say(f"Instance {key} is resumed.", {"processInstanceKey": key, "state": "ACTIVE"}, as_json)


@click.command()
@click.argument("task_key")
@click.argument("assignee", required=False)
@server_option
@as_json
def assign(task_key: str, assignee: str | None, server: str, as_json: bool) -> None:
    """Assign a user task to a person; without one, unassign it.

    \b
    Example: bpmn assign 2251799813685262 ada
    """
    if assignee is None:
        Client(server).delete(f"/user-tasks/{task_key}/assignee")
        say(f"Task {task_key} is unassigned.", {"userTaskKey": task_key, "assignee": None}, as_json)
        return
    Client(server).post(f"/user-tasks/{task_key}/assignment", {"assignee": assignee})
    say(f"Task {task_key} is assigned to {assignee}.", {"userTaskKey": task_key, "assignee": assignee}, as_json)


@click.command()
@click.argument("name")
@variable_options
@server_option
@as_json
def signal(name: str, var: tuple[str, ...], var_file: Path | None, server: str, as_json: bool) -> None:
    """Broadcast a signal to everything that waits for it now.

    \b
    Example: bpmn signal shop-closed --var until=2026-12-01
    """
    sent = Client(server).post("/signals/broadcast", {"signalName": name, "variables": variables_of(var, var_file)})
    say(f"Signal {name} is broadcast.", sent, as_json)
