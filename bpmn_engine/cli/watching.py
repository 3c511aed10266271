"""The folder of `bpmn serve`: its files are deployed at first and whenever they change.

Files that hold the same process, decision or form would become versions of each other, in the order in which they
happen to be saved. So none of them is deployed while there are several.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import click

from bpmn_engine.cli.importing import Handlers
from bpmn_engine.errors import EngineError, InvalidModel

_WATCH_SECONDS = 1.0

#: What a file holds: kinds and ids.
Held = frozenset[tuple[str, str]]


class Watcher:
    """Deploys the files of a folder, at first and whenever they change; imports its handlers when they change."""

    def __init__(self, engine: Any, folder: Path, handlers: Handlers) -> None:
        self.engine, self.folder, self.handlers = engine, folder, handlers
        self._seen: dict[Path, tuple[int, int]] = {}
        self._held: dict[Path, Held] = {}
        self._kept_back: set[Path] = set()
        self._told: set[str] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bpmn-watcher", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_WATCH_SECONDS):
            self.handlers.reload()
            self.look()

    def look(self) -> None:
        """Deploy files that are new or have changed, and those that no other one is in the way of any more."""
        from bpmn_engine.engine import deployable_files

        present = deployable_files(self.folder)
        changed = {path for path in present if self._is_new(path)}
        self._held |= {path: held_by(path) for path in changed}
        twins = self._twins(present)
        due = [path for path in present if path in (changed | self._kept_back) - twins]
        self._kept_back = twins & (changed | self._kept_back)
        decisions = [path for path in due if path.suffix == ".dmn"]
        if decisions:  # together, for they may import each other
            self._deploy(decisions)
        for path in due:
            if path not in decisions:
                self._deploy([path])

    def _is_new(self, path: Path) -> bool:
        try:
            stat = path.stat()
        except OSError:  # gone again
            return False
        stamp = (stat.st_mtime_ns, stat.st_size)
        seen, self._seen[path] = self._seen.get(path), stamp
        return seen != stamp

    def _twins(self, present: list[Path]) -> set[Path]:
        """The files that hold the same as another one; says so once."""
        holders: dict[tuple[str, str], list[Path]] = {}
        for path in present:
            for thing in self._held.get(path, ()):
                holders.setdefault(thing, []).append(path)
        several = {thing: paths for thing, paths in holders.items() if len(paths) > 1}
        told = {self._twins_text(thing, paths) for thing, paths in several.items()}
        for text in sorted(told - self._told):
            click.echo(text)
        self._told = told
        return {path for paths in several.values() for path in paths}

    def _twins_text(self, thing: tuple[str, str], paths: list[Path]) -> str:
        kind, name = thing
        files = ", ".join(map(self._name, paths))
        return (
            f"The {kind} '{name}' is in {len(paths)} files, which are not deployed: {files}. Give it another id in one "
            "of them, or remove that file."
        )

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.folder))

    def _deploy(self, paths: list[Path]) -> None:
        from bpmn_engine.runtime.preparation import Resource

        name = ", ".join(map(self._name, paths))
        try:
            deployment = self.engine.deploy(*(Resource(self._name(path), path.read_bytes()) for path in paths))
        except InvalidModel as error:
            click.echo(f"{name} has problems and is not deployed:")
            for problem in error.problems:
                click.echo(f"  {problem.severity}: {problem}")
            return
        except (EngineError, OSError) as error:
            click.echo(f"{name} is not deployed: {error}")
            return
        for item in deployment.items:
            click.echo(f"Deployed {item.resource_name}: {item.kind} '{item.id}' version {item.version}")
        for warning in deployment.warnings:
            click.echo(f"  warning: {warning}")


def held_by(path: Path) -> Held:
    """Return the kinds and ids of what a file holds; nothing of one that cannot be read, which its deployment tells."""
    from bpmn_engine.dmn import read_decisions
    from bpmn_engine.parser import read

    try:
        data = path.read_bytes()
        if path.suffix == ".bpmn":
            return frozenset(("process", process.id) for process in read(data)[0].processes if process.executable)
        if path.suffix == ".dmn":
            return frozenset(("decision", decision.id) for decision in read_decisions(data).decisions)
        return frozenset((("form", str(json.loads(data)["id"])),))
    except (InvalidModel, OSError, ValueError, TypeError, KeyError, RecursionError):
        return frozenset()
