"""The ways into the parser: `read` a file as it was drawn, `parse` it into processes that can run, `load` it again."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bpmn_engine.elements import ExecutableProcess
from bpmn_engine.errors import InvalidModel, Problem
from bpmn_engine.model import Definitions, Problems
from bpmn_engine.model.graph import Graph
from bpmn_engine.model.problems import Place
from bpmn_engine.parser.build import build
from bpmn_engine.parser.limits import NO_LIMITS, Limits, read_within
from bpmn_engine.parser.lint import lint
from bpmn_engine.parser.reader import Reader

log = logging.getLogger("bpmn_engine.parser")

#: The limits of a file by default.
LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that can be deployed: its executable processes, and what is legal but probably not meant."""

    definitions: Definitions
    processes: tuple[ExecutableProcess, ...]
    warnings: tuple[Problem, ...]


def read(data: bytes, resource_name: str = "", limits: Limits = LIMITS) -> tuple[Definitions, list[Problem]]:
    """Read any BPMN file as drawn, with its problems; raise `InvalidModel` if it is not BPMN at all, or too large."""
    reader = _reader(data, resource_name, limits)
    return reader.definitions(), reader.problems.in_order()


def parse(data: bytes, resource_name: str = "", limits: Limits = LIMITS) -> Parsed:
    """Read and compile a file; raise `InvalidModel` with all problems (warnings included) if any is an error."""
    reader = _reader(data, resource_name, limits)
    definitions = reader.definitions()
    problems = reader.problems
    graphs = _executable(definitions)
    if not graphs:
        _explain_nothing_to_run(definitions, problems)
        graphs = [Graph(process) for process in definitions.processes]  # what else is wrong in them
    processes = tuple(build(graph, definitions, problems) for graph in graphs)
    lint(graphs, definitions, problems)
    if problems.errors:
        raise InvalidModel(problems.in_order(), resource_name)
    return Parsed(definitions, processes, tuple(problems.in_order()))


def load(data: bytes, resource_name: str = "") -> tuple[ExecutableProcess, ...]:
    """Compile a file that was deployed before. What was accepted stays accepted, whatever is refused since then.

    Nothing is limited and nothing is linted; what would be refused today is a warning in the log.
    """
    reader = _reader(data, resource_name, NO_LIMITS)
    definitions = reader.definitions()
    processes = tuple(build(graph, definitions, reader.problems) for graph in _executable(definitions))
    for problem in reader.problems.errors:
        log.warning("%s was deployed before, but would be refused today: %s", resource_name or "A file", problem)
    return processes


def _executable(definitions: Definitions) -> list[Graph]:
    return [Graph(process) for process in definitions.processes if process.executable]


def _reader(data: bytes, resource_name: str, limits: Limits) -> Reader:
    return Reader(read_within(data, limits, resource_name), resource_name)


def _explain_nothing_to_run(definitions: Definitions, problems: Problems) -> None:
    if definitions.processes:
        first = definitions.processes[0]
        problems.error(
            "not-executable", first, "No process in this file is executable.", 'Set isExecutable="true" on the process.'
        )
    else:
        problems.error("no-process", Place(), "There is no process in this file.", "Draw a process and save it again.")
