"""Look after the database."""

from __future__ import annotations

import click

from bpmn_engine.cli.output import as_json, show_json


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@click.option("--database", envvar="BPMN_DATABASE", default="sqlite:///bpmn.db", show_default=True, metavar="URL")
@as_json
def upgrade(database: str, as_json: bool) -> None:
    """Bring the schema up to date. `bpmn serve` does it at start; here it can be done before."""
    from bpmn_engine.store import connect
    from bpmn_engine.store.connect import schema_version

    opened = connect(database, upgrade=True)
    version = schema_version(opened)
    opened.close()
    show_json({"schema": version}) if as_json else click.echo(f"The schema is at version {version}.")
