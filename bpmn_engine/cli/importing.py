"""Imports files with `@task` functions."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from bpmn_engine.errors import InvalidArgument


def import_handlers(path: Path) -> None:
    """Run a Python file so that its `@task` functions register; raise `InvalidArgument` if it cannot be run."""
    name = "bpmn_handlers_" + "_".join(path.resolve().with_suffix("").parts[-3:])
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InvalidArgument(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise InvalidArgument(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
