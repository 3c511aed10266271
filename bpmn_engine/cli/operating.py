"""Commands for a running server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bpmn_engine.cli.client import Client, server_option
from bpmn_engine.cli.output import as_json, say, show_json, show_table, variable_options, variables_of

_STATES = click.Choice(["active", "completed", "terminated", "all"])


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@server_option
@as_json
def deploy(files: tuple[Path, ...], server: str, as_json: bool) -> None:
    """Deploy diagrams and forms, all or none. FILES may be folders.

    \b
    Example: bpmn deploy order.bpmn address.form
    """
    found = [file for path in files for file in ([path] if path.is_file() else _deployable(path))]
    if not found:
        raise click.UsageError("There is no diagram or form in these folders.")
    deployment = Client(server).deploy(found)
    if as_json:
        show_json(deployment)
        return
    for item in deployment["deployments"]:
        if process := item["processDefinition"]:
            click.echo(f"{process['processDefinitionId']} version {process['processDefinitionVersion']}")
        elif form := item["form"]:
            click.echo(f"form {form['formId']} version {form['version']}")


def _deployable(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".bpmn", ".dmn", ".form"))


@click.command()
@click.argument("process_id")
@variable_options
@click.option("--business-id", help="Your own id of the instance, such as an order number.")
@click.option("--wait", "wait", is_flag=True, help="Wait for the end and print the variables.")
@server_option
@as_json
def start(
    process_id: str,
    var: tuple[str, ...],
    var_file: Path | None,
    business_id: str | None,
    wait: bool,
    server: str,
    as_json: bool,
) -> None:
    """Start an instance of a process and print its key.

    \b
    Example: bpmn start order --var orderId=A1 --var 'items=["book"]' --wait
    """
    body = {
        "processDefinitionId": process_id,
        "variables": variables_of(var, var_file),
        "awaitCompletion": wait,
        "businessId": business_id,
    }
    created = Client(server).post("/process-instances", body)
    if as_json:
        show_json(created)
        return
    click.echo(created["processInstanceKey"])
    if wait:
        show_json(created["variables"])


@click.command()
@click.argument("process_id", required=False)
@click.option("--state", type=_STATES, default="active", show_default=True)
@click.option("--incident", is_flag=True, help="Only instances with an incident.")
@click.option("--limit", default=50, show_default=True, help="How many, the newest ones.")
@server_option
@as_json
def ps(process_id: str | None, state: str, incident: bool, limit: int, server: str, as_json: bool) -> None:
    """List process instances, newest last."""
    wanted: dict[str, Any] = {} if state == "all" else {"state": state.upper()}
    if process_id:
        wanted["processDefinitionId"] = process_id
    if incident:
        wanted["hasIncident"] = True
    newest = [{"field": "processInstanceKey", "order": "DESC"}]
    items = Client(server).search("process-instances", wanted, limit, newest)[::-1]
    if as_json:
        show_json(items)
        return
    for item in items:
        item["note"] = "INCIDENT" if item["hasIncident"] else ""
    columns = {
        "KEY": "processInstanceKey",
        "PROCESS": "processDefinitionId",
        "VERSION": "processDefinitionVersion",
        "STATE": "state",
        "STARTED": "startDate",
        "BUSINESS ID": "businessId",
        "": "note",
    }
    show_table(items, columns)


@click.command()
@click.argument("key")
@server_option
@as_json
def show(key: str, server: str, as_json: bool) -> None:
    """Show an instance: its element instances, variables and incidents."""
    client = Client(server)
    instance = client.get(f"/process-instances/{key}")
    own = {"processInstanceKey": key}
    elements = client.search("element-instances", own, 1000)
    variables = client.search("variables", own, 1000)
    incidents = client.search("incidents", {**own, "state": "ACTIVE"})
    waiting = client.get(f"/process-instances/{key}/waiting-for")["items"]
    if as_json:
        found = {"instance": instance, "elements": elements, "variables": variables, "incidents": incidents}
        show_json({**found, "waitingFor": waiting})
        return
    click.echo(
        f"{instance['processDefinitionId']} version {instance['processDefinitionVersion']}: {instance['state']}\n"
    )
    show_table(
        elements,
        {"ELEMENT": "elementId", "NAME": "elementName", "STATE": "state", "SINCE": "startDate", "UNTIL": "endDate"},
    )
    click.echo()
    sentences = [wait for wait in waiting if not wait["sentence"].startswith("is stuck")]
    for wait in sentences:
        click.echo(f"{wait['elementName'] or wait['elementId']} {wait['sentence']}.")
    if sentences:
        click.echo()
    show_table(variables, {"VARIABLE": "name", "VALUE": "value"})
    for incident in incidents:
        click.echo(f"\nINCIDENT {incident['errorType']} at {incident['elementId']}: {incident['errorMessage']}")


@click.command()
@click.option("--assignee", help="Only tasks of this person.")
@click.option("--group", help="Only tasks that this group may take.")
@click.option("--all", "everything", is_flag=True, help="Finished tasks too.")
@server_option
@as_json
def tasks(assignee: str | None, group: str | None, everything: bool, server: str, as_json: bool) -> None:
    """List user tasks."""
    wanted = {"assignee": assignee, "candidateGroup": group, "state": None if everything else "CREATED"}
    items = Client(server).search("user-tasks", {name: value for name, value in wanted.items() if value})
    if as_json:
        show_json(items)
        return
    columns = {
        "KEY": "userTaskKey",
        "TASK": "name",
        "PROCESS": "processDefinitionId",
        "STATE": "state",
        "ASSIGNEE": "assignee",
        "GROUPS": "candidateGroups",
        "DUE": "dueDate",
    }
    show_table(items, columns)


@click.command()
@click.argument("task_key")
@variable_options
@server_option
@as_json
def complete(task_key: str, var: tuple[str, ...], var_file: Path | None, server: str, as_json: bool) -> None:
    """Complete a user task.

    \b
    Example: bpmn complete 2251799813685262 --var approved=true
    """
    Client(server).post(f"/user-tasks/{task_key}/completion", {"variables": variables_of(var, var_file)})
    say(f"Task {task_key} is completed.", {"userTaskKey": task_key, "state": "COMPLETED"}, as_json)


@click.command()
@click.argument("name")
@click.argument("correlation_key", default="")
@variable_options
@click.option(
    "--ttl", default=86_400, show_default=True, help="Seconds to buffer the message if nothing waits for it yet."
)
@click.option("--id", "message_id", help="Reject another message with this id while this one is buffered.")
@server_option
@as_json
def message(
    name: str,
    correlation_key: str,
    var: tuple[str, ...],
    var_file: Path | None,
    ttl: int,
    message_id: str | None,
    server: str,
    as_json: bool,
) -> None:
    """Publish a message, and buffer it if nothing waits for it yet.

    \b
    Example: bpmn message customer-answered A1 --var accepted=true
    """
    body = {
        "name": name,
        "correlationKey": correlation_key,
        "timeToLive": ttl * 1000,
        "messageId": message_id,
        "variables": variables_of(var, var_file),
    }
    published = Client(server).post("/messages/publication", body)
    show_json(published) if as_json else click.echo(f"Message {published['messageKey']} is published.")


@click.command()
@click.argument("instance_keys", nargs=-1, required=True)
@server_option
@as_json
def cancel(instance_keys: tuple[str, ...], server: str, as_json: bool) -> None:
    """Cancel instances, with everything that runs inside them."""
    client = Client(server)
    for key in instance_keys:
        client.post(f"/process-instances/{key}/cancellation")
        say(f"Instance {key} is cancelled.", {"processInstanceKey": key, "state": "TERMINATED"}, as_json)
