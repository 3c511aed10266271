"""Imports files with `@task` functions, and imports them again when they change."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
