"""The `bpmn db` commands."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from bpmn_engine.cli.output import as_json, show_json

if TYPE_CHECKING:
    from bpmn_engine.store.checks import Finding

database_option = click.option(
    "--database",
    envvar="BPMN_DATABASE",
    default="sqlite:///bpmn.db",
    show_default=True,
    metavar="URL",
    help="sqlite:///FILE or postgresql://USER@HOST/NAME (also $BPMN_DATABASE).",
)


@click.group()
def db() -> None:
    """Maintain the database."""


@db.command()
@database_option
@as_json
def upgrade(database: str, as_json: bool) -> None:
    """Upgrade the schema to this version. `bpmn serve` also does so when it starts."""
    from bpmn_engine.store import connect
    from bpmn_engine.store.connect import schema_version

    opened = connect(database, upgrade=True)
    version = schema_version(opened)
    opened.close()
    show_json({"schema": version}) if as_json else click.echo(f"The schema is at version {version}.")


@db.command()
@click.option("--repair", is_flag=True, help="Repair what can be repaired.")
@click.option("--limit", default=20, show_default=True, help="Number of findings to show for each check; 0 shows all.")
@database_option
@as_json
def check(repair: bool, limit: int, database: str, as_json: bool) -> None:
    """Find rows that break a promise of the engine: lost calls, work without its token, and the like.

    Engines may keep running, here or elsewhere. The exit code is 1 if anything is wrong; with --repair, if anything is
    left.

    \b
    Example: bpmn db check --repair --database sqlite:///orders.db
    """
    from bpmn_engine.store import connect

    opened = connect(database, upgrade=False)
    try:
        repaired, left = _repaired(opened, limit) if repair else ([], _found(opened, limit))
    finally:
        opened.close()
    if as_json:
        show_json({"found": [kind.as_json() for kind in left], "repaired": [kind.as_json() for kind in repaired]})
    else:
        for line in _report(repaired, left):
            click.echo(line)
    sys.exit(1 if left else 0)


class _Kind:
    """The findings of one check: their number, and the first of them, each with its repair."""

    def __init__(self, name: str) -> None:
        self.name, self.count = name, 0
        self.shown: list[tuple[Finding, str]] = []

    def add(self, finding: Finding, done: str, limit: int) -> None:
        """Count a finding, and keep it if it is to be shown."""
        self.count += 1
        if not limit or len(self.shown) < limit:
            self.shown.append((finding, done))

    @property
    def mendable(self) -> bool:
        """Whether a repair exists for this check."""
        return not self.shown[0][0].check.remedy

    def lines(self) -> Iterator[str]:
        """The lines of its report; a remedy that all findings share is printed once."""
        remedies = {finding.remedy for finding, _ in self.shown}
        yield f"{self.name[0].upper()}{self.name[1:]}: {self.count:,}"
        for finding, done in self.shown:
            own = finding.remedy if len(remedies) > 1 and not done else ""
            yield "  " + " ".join(filter(None, (finding.text, done, own)))
        if self.count > len(self.shown):
            yield f"  and {self.count - len(self.shown):,} more."
        if len(remedies) == 1 and not self.shown[0][1] and (remedy := remedies.pop()):
            yield f"  What to do: {remedy}"

    def as_json(self) -> dict[str, Any]:
        """The same findings as JSON, for scripts."""
        return {
            "check": self.name,
            "promise": self.shown[0][0].check.promise,
            "count": self.count,
            "repairable": self.mendable,
            "findings": [_as_json(finding, done) for finding, done in self.shown],
        }


def _as_json(finding: Finding, done: str) -> dict[str, Any]:
    return {
        "text": finding.text,
        "key": str(finding.row.key),
        "processInstanceKey": str(finding.row.instance_key) if finding.row.instance_key else None,
        "processDefinitionId": finding.row.process_id,
        "elementId": finding.row.element_id,
        **({"done": done} if done else {"remedy": finding.remedy or None}),
    }


def _grouped(findings: Iterable[tuple[Finding, str]], limit: int) -> list[_Kind]:
    kinds: dict[str, _Kind] = {}
    for finding, done in findings:
        kinds.setdefault(finding.name, _Kind(finding.name)).add(finding, done, limit)
    return list(kinds.values())


def _found(database: Any, limit: int) -> list[_Kind]:
    """The findings of one snapshot; only those to show are kept in memory."""
    from bpmn_engine.runtime.check import findings

    with database.read() as connection:
        database.take_time(connection)
        return _grouped(((finding, "") for finding in findings(connection)), limit)


def _repaired(database: Any, limit: int) -> tuple[list[_Kind], list[_Kind]]:
    from bpmn_engine.runtime.repair import repair

    result = repair(database)
    return _grouped(result.repaired, limit), _grouped(((finding, "") for finding in result.left), limit)


def _report(repaired: list[_Kind], left: list[_Kind]) -> Iterator[str]:
    for title, kinds in (("Repaired", repaired), ("Wrong", left)):
        if kinds:
            yield f"{title}: {sum(kind.count for kind in kinds):,}"
            for kind in kinds:
                yield ""
                yield from kind.lines()
            yield ""
    if not left:
        yield "Nothing is wrong." if not repaired else "Nothing is wrong any longer."
    elif not repaired and any(kind.mendable for kind in left):
        yield "`bpmn db check --repair` repairs all of these except where an operator has to act."
