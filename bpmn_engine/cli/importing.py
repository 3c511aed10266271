"""Imports files with `@task` functions, and imports them again when they change."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from bpmn_engine.errors import InvalidArgument


def import_handlers(path: Path) -> None:
    """Run a Python file so that its `@task` functions register; raise `InvalidArgument` if it cannot be run.

    The file may import the modules beside it. Running it again registers its functions anew, with the modules beside it
    as they are by then; a function that it no longer has keeps its jobs until the program is started again.
    """
    path = path.resolve()
    name = "bpmn_handlers_" + "_".join(path.with_suffix("").parts[-3:])
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InvalidArgument(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _neighbours(path.parent):
            spec.loader.exec_module(module)
    except Exception as error:
        raise InvalidArgument(f"{path} cannot be imported: {type(error).__name__}: {error}") from error


@contextmanager
def _neighbours(folder: Path) -> Iterator[None]:
    """Let a file import the modules of its folder, and nobody else: other folders may have modules of these names."""
    importlib.invalidate_caches()
    known, writes_bytecode = set(sys.modules), sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # bytecode hides an edit within the same second
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes_bytecode
        sys.path.remove(str(folder))
        for name in sys.modules.keys() - known:
            file = getattr(sys.modules[name], "__file__", None)
            if file is not None and folder in Path(file).parents:
                del sys.modules[name]
        if str(folder) not in sys.path:
            sys.path.append(str(folder))  # for imports inside of functions


class Handlers:
    """The files named handlers.py below a folder, with the Python files beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[Path, tuple[tuple[str, int, int], ...]] = {}

    def load(self) -> None:
        """Import all files; raise `InvalidArgument` for one that cannot be imported."""
        for path in self._changed():
            import_handlers(path)

    def reload(self) -> None:
        """Import the files that are new or have changed, and say so; one that cannot be imported changes nothing."""
        for path in self._changed():
            name = path.relative_to(self.folder)
            try:
                import_handlers(path)
            except InvalidArgument as error:
                click.echo(f"{name} is not imported, its old version stays in use: {error}")
            else:
                click.echo(f"Imported {name} again.")

    def _changed(self) -> list[Path]:
        found = []
        for path in sorted(self.folder.rglob("handlers.py")):
            with suppress(OSError):  # gone again
                files = ((file, file.stat()) for file in sorted(path.parent.glob("*.py")))
                stamp = tuple((file.name, stat.st_mtime_ns, stat.st_size) for file, stat in files)
                if self._seen.get(path) != stamp:
                    self._seen[path] = stamp
                    found.append(path)
        return found
