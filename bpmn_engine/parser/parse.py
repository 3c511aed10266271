"""The two ways into the parser: `read` a file as it was drawn, or `parse` it into processes that can run."""

from __future__ import annotations

from dataclasses import dataclass

from bpmn_engine import xml
from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.errors import InvalidModel, Problem
from bpmn_engine.model import Definitions, Problems
from bpmn_engine.model.problems import Place
from bpmn_engine.parser.build import build
from bpmn_engine.parser.lint import lint
from bpmn_engine.parser.reader import Reader


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that can be deployed: its executable processes, and what is legal but probably not meant."""

    definitions: Definitions
    processes: tuple[ExecutableProcess, ...]
    warnings: tuple[Problem, ...]


def read(data: bytes, resource_name: str = "") -> tuple[Definitions, list[Problem]]:
    """Read any BPMN file as drawn, with its problems; raise `InvalidModel` only if it is not BPMN at all."""
    reader = Reader(xml.read(data, resource_name), resource_name)
    return reader.definitions(), reader.problems.in_order()


def parse(data: bytes, resource_name: str = "") -> Parsed:
    """Read and compile a file; raise `InvalidModel` with all problems (warnings included) if any is an error."""
    reader = Reader(xml.read(data, resource_name), resource_name)
    definitions = reader.definitions()
    problems = reader.problems
    executable = [process for process in definitions.processes if process.executable]
    if not executable:
        _explain_nothing_to_run(definitions, problems)
    processes = tuple(build(process, definitions, problems) for process in executable)
    for process in executable:
        lint(process, definitions, problems)
    if problems.errors:
        raise InvalidModel(problems.in_order(), resource_name)
    return Parsed(definitions, processes, tuple(problems.in_order()))


def _explain_nothing_to_run(definitions: Definitions, problems: Problems) -> None:
    if definitions.processes:
        first = definitions.processes[0]
        problems.error(
            "not-executable", first, "No process in this file is executable.", 'Set isExecutable="true" on the process.'
        )
    else:
        problems.error("no-process", Place(), "There is no process in this file.", "Draw a process and save it again.")
