"""Shell completion."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for your shell.

    \b
    bash: eval "$(bpmn completion bash)"
    zsh:  eval "$(bpmn completion zsh)"
    fish: bpmn completion fish | source
    """
    from bpmn_engine.cli import cli

    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(cli, {}, "bpmn", "_BPMN_COMPLETE").source())
