"""Shared parts of commands: variables as options, output as tables or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


def variable_options(command: F) -> F:
    """`--var name=value` and `--vars FILE`."""
    command = click.option(
        "--vars",
        "var_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Read variables from a JSON file.",
    )(command)
    return click.option(
        "--var",
        "var",
        multiple=True,
        metavar="NAME=VALUE",
        help="Set a variable; the value is parsed as JSON, or taken as a string.",
    )(command)


def variables_of(var: Sequence[str], var_file: Path | None) -> dict[str, Any]:
    """The variables of the command line: `total=120.5`, `name=Ada`, `items=[1,2]`."""
    variables: dict[str, Any] = {}
    if var_file is not None:
        variables.update(_object(var_file))
    for item in var:
        name, equals, text = item.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"'{item}' is not NAME=VALUE.", param_hint="--var")
        try:
            variables[name] = json.loads(text, parse_float=Decimal)
        except ValueError:
            variables[name] = text
    return variables


def _object(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(), parse_float=Decimal)
    except ValueError as error:
        raise click.BadParameter(f"{path} is not JSON: {error}", param_hint="--vars") from None
    if not isinstance(read, dict):
        raise click.BadParameter(f"{path} is not a JSON object.", param_hint="--vars")
    return read


def say(text: str, data: Any, as_json: bool) -> None:
    """Print a sentence, or for scripts what it is about."""
    show_json(data) if as_json else click.echo(text)


def show_json(value: Any) -> None:
    """Print JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


def show_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Print rows under headings; `columns` maps headings to fields."""
    cells = [[_cell(row.get(field)) for field in columns.values()] for row in rows]
    widths = [
        max(len(heading), *(len(line[n]) for line in cells)) if cells else len(heading)
        for n, heading in enumerate(columns)
    ]
    for line in [list(columns), *cells]:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return str(value)
