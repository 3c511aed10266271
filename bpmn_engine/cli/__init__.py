"""The `bpmn` command. It imports a command's module only when it is used, so that `bpmn --help` answers at once."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from bpmn_engine.errors import EngineError

#: Command → the module that holds it.
_COMMANDS = {
    "serve": "serving",
    "run": "local",
    "lint": "local",
    "feel": "deciding",
    "decide": "deciding",
    "db": "database",
    "deploy": "operating",
    "start": "operating",
    "ps": "operating",
    "show": "operating",
    "tasks": "operating",
    "complete": "operating",
    "message": "operating",
    "signal": "intervening",
    "cancel": "operating",
    "incidents": "intervening",
    "retry": "intervening",
    "set": "intervening",
    "assign": "intervening",
    "suspend": "intervening",
    "resume": "intervening",
    "completion": "shell",
}


class _Commands(click.Group):
    """Finds a command by name without importing the rest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        attribute = {"set": "set_variables"}.get(name, name)
        command: click.Command = getattr(import_module(f"bpmn_engine.cli.{_COMMANDS[name]}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in _HELP.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))


_HELP = {
    "Run": {
        "serve": "Serve the REST API; deploy a folder of diagrams and watch it.",
        "run": "Run one diagram without a server, to its end or first wait.",
        "lint": "Check diagrams and decisions: each problem, its place and its remedy.",
        "feel": "Evaluate FEEL expressions.",
        "decide": "Make a decision of a DMN file and show which rules matched.",
        "db": "Maintain the database.",
    },
    "Operate a server": {
        "deploy": "Deploy diagrams, decisions and forms.",
        "start": "Start a process instance.",
        "ps": "List process instances.",
        "show": "Show an instance: its tokens, variables and incidents.",
        "tasks": "List user tasks.",
        "complete": "Complete a user task.",
        "message": "Publish a message.",
        "signal": "Broadcast a signal.",
        "cancel": "Cancel instances.",
    },
    "Intervene": {
        "incidents": "List incidents: what stops instances, where and why.",
        "retry": "Resolve incidents, of instances, a process or an error.",
        "set": "Set variables.",
        "assign": "Assign a user task.",
        "suspend": "Suspend instances.",
        "resume": "Resume suspended instances.",
    },
    "Shell": {"completion": "Print the completion script for your shell."},
}


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bpmn-engine", prog_name="bpmn")
def cli() -> None:
    """A lightweight, durable BPMN 2.0 process engine.

    \b
    Try it:
      bpmn serve processes/                  serve the examples on http://127.0.0.1:8080
      bpmn start order --var orderId=A1      start a process there
      bpmn ps                                list running instances
      bpmn run order.bpmn --var total=120    run one diagram without a server
      bpmn decide quote.dmn --var age=21     make a decision and see which rules matched
      bpmn feel '1 + 2 * x' --var x=3        try an expression

    Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
    """


def main() -> None:
    """Run the command line; an engine's error becomes one clear message and exit code 1."""
    try:
        cli(prog_name="bpmn")
    except EngineError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
