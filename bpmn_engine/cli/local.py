"""Commands that need no server: check a diagram, run a diagram."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from bpmn_engine.cli.output import as_json, show_json, show_table, variable_options, variables_of
from bpmn_engine.errors import InvalidModel, Problem

_SETTLED_AFTER = 0.02


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@as_json
def lint(files: tuple[Path, ...], as_json: bool) -> None:
    """Check diagrams and decisions for errors, which prevent a deployment, and for likely mistakes, which do not.

    FILES may be folders. The exit code is 1 if there is an error; warnings alone give 0.
    """
    found = {
        str(file): _problems(file)
        for path in files
        for file in ([path] if path.is_file() else sorted([*path.rglob("*.bpmn"), *path.rglob("*.dmn")]))
    }
    if as_json:
        show_json({name: [_as_dict(problem) for problem in problems] for name, problems in found.items()})
    else:
        for name, problems in found.items():
            click.echo(f"{name}: {_verdict(problems)}")
            for problem in problems:
                click.echo(f"  {problem.severity}: {problem}")
    if any(problem.severity == "error" for problems in found.values() for problem in problems):
        raise click.exceptions.Exit(1)


def _problems(file: Path) -> list[Problem]:
    from bpmn_engine.cli.deciding import read_model
    from bpmn_engine.parser import parse

    try:
        if file.suffix == ".dmn":
            return list(read_model(file).problems)
        return list(parse(file.read_bytes()).warnings)
    except InvalidModel as error:
        return list(error.problems)


def _verdict(problems: list[Problem]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    if not problems:
        return "fine"
    return ", ".join(
        f"{count} {word}{'s' * (count != 1)}" for count, word in ((errors, "error"), (warnings, "warning")) if count
    )


def _as_dict(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in Problem.__slots__}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@variable_options
@click.option("--handlers", type=click.Path(exists=True, path_type=Path), help="Python file with @task functions.")
@click.option("--process", "process_id", help="Id of the process, if the file has several.")
@click.option("--mock", is_flag=True, help="Complete jobs that have no handler, instead of waiting for one.")
@as_json
def run(
    file: Path,
    var: tuple[str, ...],
    var_file: Path | None,
    handlers: Path | None,
    process_id: str | None,
    mock: bool,
    as_json: bool,
) -> None:
    """Run a diagram in memory until it ends or waits, and show its tokens.

    Files of the same folder take part: a handlers.py is imported, diagrams can be called and receive messages, and
    decisions can be made.

    \b
    Example: bpmn run order.bpmn --var total=120 --mock
    """
    from bpmn_engine.cli.importing import import_handlers
    from bpmn_engine.engine import Engine

    beside = handlers or file.with_name("handlers.py")
    if beside.exists():
        import_handlers(beside)
    with Engine("sqlite://") as engine:
        _deploy_others(engine, file)
        beside_it = sorted([*file.parent.glob("*.form"), *file.parent.glob("*.dmn")])
        deployment = engine.deploy(file, *beside_it)
        ids = [item.id for item in deployment.items if item.kind == "process"]
        chosen = process_id or ids[0]
        key = engine.start(chosen, variables_of(var, var_file))
        _settle(engine, key, mock=mock)
        _report(engine, key, as_json=as_json)


def _deploy_others(engine: Any, file: Path) -> None:
    """Deploy the other diagrams of a file's folder; skip those that have problems."""
    for other in sorted(file.parent.glob("*.bpmn")):
        if other.name != file.name:
            with suppress(InvalidModel):
                engine.deploy(other)


def _settle(engine: Any, key: int, *, mock: bool) -> None:
    """Wait until the instance has ended or waits for work outside this process."""
    while engine.instance(key).ended_at is None:
        open_jobs = engine.jobs(state="CREATED")
        mine = [job for job in open_jobs if job.type in engine.runtime.handlers.types()]
        others = [job for job in open_jobs if job.type not in engine.runtime.handlers.types()]
        if mock:
            for job in others:
                engine.complete_job(job.key)
        if not mine and not (mock and others):
            return
        time.sleep(_SETTLED_AFTER)


def _report(engine: Any, key: int, *, as_json: bool) -> None:
    instance = engine.instance(key)
    elements = [_element(engine, row) for row in engine.elements(key)]
    variables, incidents = engine.variables(key, exact=True), engine.incidents(instance_key=key, state="ACTIVE")
    if as_json:
        messages = [{"element": incident.element_id, "message": incident.message} for incident in incidents]
        show_json({"state": instance.state, "elements": elements, "variables": variables, "incidents": messages})
        return
    show_table(elements, {"ELEMENT": "element", "NAME": "name", "STATE": "state"})
    click.echo(f"\n{instance.process_id}: {instance.state}")
    show_json(variables)
    for wait in engine.waiting_for(key):
        if not wait.sentence.startswith("is stuck"):
            click.echo(f"{wait.element_name or wait.element_id} {wait.sentence}.")
    for incident in incidents:
        click.echo(f"INCIDENT at {incident.element_id}: {incident.message}")


def _element(engine: Any, row: Any) -> dict[str, Any]:
    name = engine.process(row.definition_key).elements[row.element_id].node.name
    return {"element": row.element_id, "name": name or None, "state": row.state}
