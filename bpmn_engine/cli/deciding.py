"""Commands for expressions and decisions; they need no server."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bpmn_engine.cli.output import as_json, show_json, show_table, variable_options, variables_of
from bpmn_engine.dmn import DecisionModel, EvaluatedDecision, Outcome
from bpmn_engine.errors import EngineError, InvalidModel, NotFound
from bpmn_engine.store.decisions import value_text
from bpmn_engine.store.json import loads

_SET = re.compile(r"\s*([^\W\d]\w*)\s*:=\s*(.+)", re.DOTALL)
_REPL = "FEEL. Enter an expression to evaluate it, or `name := expression` to set a variable; Ctrl-D ends."


@click.command()
@click.argument("expression", required=False)
@variable_options
@as_json
def feel(expression: str | None, var: tuple[str, ...], var_file: Path | None, as_json: bool) -> None:
    """Evaluate a FEEL expression; without one, read expressions line by line.

    \b
    Example: bpmn feel 'some x in [1,2] satisfies x > y' --var y=1
    """
    from bpmn_engine.instance.variables import json_variables

    variables = json_variables(variables_of(var, var_file))
    if expression is None:
        _read_lines(variables)
        return
    value, warnings = _evaluated(expression, variables)
    if as_json:
        show_json({"result": loads(value_text(value)), "warnings": list(warnings)})
    else:
        _show(value, warnings)


def _evaluated(expression: str, variables: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
    from bpmn_engine.expressions import compile_feel

    return compile_feel(expression.strip().removeprefix("=").strip()).evaluate(variables, datetime.now(UTC))


def _show(value: Any, warnings: tuple[str, ...]) -> None:
    from bpmn_engine.expressions.feel.text import to_text

    click.echo((to_text([value]) or "")[1:-1])
    for warning in warnings:
        click.echo(f"  warning: {warning}", err=True)


def _read_lines(variables: dict[str, Any]) -> None:
    """Evaluate one line of input after the other; an error does not end the loop."""
    asking = sys.stdin.isatty()
    if asking:
        click.echo(_REPL)
    while (line := _line(asking=asking)) is not None:
        if not line.strip():
            continue
        assignment = _SET.fullmatch(line)
        try:
            value, warnings = _evaluated(assignment[2] if assignment else line, variables)
        except EngineError as error:
            click.echo(f"Error: {error}", err=True)
            continue
        if assignment:
            variables[assignment[1]] = value
        _show(value, warnings)


def _line(*, asking: bool) -> str | None:
    try:
        return input("feel> " if asking else "")
    except (EOFError, KeyboardInterrupt):
        return None


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@variable_options
@click.option("--decision", help="Id or name of the decision to make; optional if only one is not required by another.")
@as_json
def decide(file: Path, var: tuple[str, ...], var_file: Path | None, decision: str | None, as_json: bool) -> None:
    """Make a decision of a DMN file and show its result with the rules that matched.

    FILE may import other DMN files of its folder.

    \b
    Example: bpmn decide quote.dmn --var age=21 --var claims=0
    """
    from bpmn_engine.dmn import decide as make
    from bpmn_engine.dmn import find_decision
    from bpmn_engine.instance.variables import json_variables

    model = read_model(file)
    if errors := [problem for problem in model.problems if problem.severity == "error"]:
        raise InvalidModel(errors, file.name)
    chosen = find_decision(model, decision) if decision else find_decision(model, _top(model))
    outcome = make(model, chosen, json_variables(variables_of(var, var_file)), datetime.now(UTC))
    if as_json:
        show_json(_as_dict(chosen.id, outcome))
    else:
        _report(outcome)
    if outcome.failure is not None:
        raise click.exceptions.Exit(1)


def read_model(file: Path) -> DecisionModel:
    """A decision model with its imports, which are read from the same folder."""
    from bpmn_engine.dmn import read_together

    files = {file.name: file.read_bytes()}
    for other in sorted(file.parent.glob("*.dmn")):
        files.setdefault(other.name, other.read_bytes())
    return read_together(files)[file.name]


def _top(model: DecisionModel) -> str:
    """The id of the only decision that no other decision requires; raise `NotFound` if there are several or none."""
    needed = {reference.id for decision in model.decisions for reference in decision.decisions}
    top = [decision.id for decision in model.decisions if decision.id not in needed]
    if len(top) != 1:
        raise NotFound(f"Choose a decision with --decision: {', '.join(top) or 'there is none'}.")
    return top[0]


def _as_dict(decision_id: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "decision": decision_id,
        "result": _plain(outcome.value),
        "failure": outcome.failure,
        "warnings": list(outcome.warnings),
        "evaluated": [
            {
                "decision": made.id,
                "name": made.name,
                "result": _plain(made.value),
                "inputs": {item.name: _plain(item.value) for item in made.inputs},
                "rules": [
                    {
                        "id": rule.id,
                        "number": rule.number,
                        "outputs": {out.name: _plain(out.value) for out in rule.outputs},
                    }
                    for rule in made.rules
                ],
            }
            for made in outcome.evaluated
        ],
    }


def _plain(value: Any) -> Any:
    return loads(value_text(value))


def _report(outcome: Outcome) -> None:
    for made in outcome.evaluated:
        click.echo(f"{made.name}: {value_text(made.value)}")
        _report_table(made)
    for warning in outcome.warnings:
        click.echo(f"warning: {warning}", err=True)
    if outcome.failure is not None:
        click.echo(f"FAILED: {outcome.failure}", err=True)


def _report_table(made: EvaluatedDecision) -> None:
    if made.inputs:
        click.echo("  " + ", ".join(f"{item.name} = {value_text(item.value)}" for item in made.inputs))
    rows = [
        {"rule": rule.number, "id": rule.id, **{item.name: value_text(item.value) for item in rule.outputs}}
        for rule in made.rules
    ]
    if rows:
        show_table(rows, {"RULE": "rule", "ID": "id", **{item.name: item.name for item in made.rules[0].outputs}})
    elif made.kind == "decisionTable":
        click.echo("  no rule matched")
