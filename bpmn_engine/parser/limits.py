"""Limits of a file, counted before anything is built from it.

1. Processes and flow nodes count as elements: activities, events and gateways, sub-processes and what is in them, in
   all processes of the file. Of everything else that BPMN has (flows, data, event definitions, messages, documentation
   ...) a file may have ten times as many. Shapes and extension elements are limited by the bytes of the file alone.
2. Ids and other attributes of BPMN elements are names, not prose: messages repeat them, and databases keep them.
3. A refusal names what was found, what is allowed, and the setting that changes it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Set
from dataclasses import dataclass
from typing import Any, cast
from xml.parsers import expat

from lxml import etree

from bpmn_engine import xml
from bpmn_engine.errors import InvalidModel, Problem
from bpmn_engine.model.problems import Located, Problems
from bpmn_engine.parser import vocabulary

#: How many elements of BPMN there may be in all, for each process or flow node that is allowed.
PARTS = 10
#: The longest id, and the longest of all other attributes without prefix (characters).
MAX_ID, MAX_ATTRIBUTE = 255, 4_000
#: After so many elements counting lets other threads go first for a moment: a process that deploys also runs instances.
_BREATH = 500
_LONG = etree.XPath(
    f"//b:*/@id[string-length() > {MAX_ID}] | //b:*/@*[namespace-uri() = '' and string-length() > {MAX_ATTRIBUTE}]",
    namespaces={"b": xml.BPMN},
)
#: How many errors and how many warnings of a file are kept, and how long each may be (characters).
MAX_PROBLEMS, MAX_MESSAGE = 1_000, 2_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest file that is read. Each field is a setting: BPMN_MAX_BYTES, BPMN_MAX_ELEMENTS, BPMN_MAX_NESTING."""

    max_bytes: int = xml.MAX_BYTES
    max_elements: int = 10_000
    max_nesting: int = 50


#: For files that were accepted before: what was deployed stays readable when a limit is lowered.
NO_LIMITS = Limits(sys.maxsize, sys.maxsize, sys.maxsize)


def read_within(data: bytes, limits: Limits, resource_name: str = "") -> xml.Element:
    """The root element of a file; raise `InvalidModel` for one that is larger than is allowed, or is not XML."""
    xml.check_size(data, resource_name, limits.max_bytes)
    if limits == NO_LIMITS:
        return xml.read(data, resource_name, limits.max_bytes)
    counted = _counted(data)
    problem = counted and _too_many(*counted, limits)
    if not problem:
        root = xml.read(data, resource_name, limits.max_bytes)
        if counted is None:  # an encoding that only the XML reader knows
            problem = _too_many(*_counted(etree.tostring(root)) or (0, 0), limits)
        problem = problem or _too_deep(root, limits) or _too_long(root)
    if problem:
        raise InvalidModel([problem], resource_name)
    return root


def _counted(data: bytes) -> tuple[int, int] | None:
    """Count the elements and all parts of a file; None if it cannot be read to its end.

    Nothing is kept of it. A tree of very many elements takes memory, and freeing it holds up all other threads.
    """
    elements, parts = 0, 0
    nodes = {f"{xml.BPMN}}}{tag}" for tag in (*vocabulary.FLOW_NODES, "process")}

    def count(name: str, _: object) -> None:
        nonlocal elements, parts
        elements += name in nodes
        parts += name.startswith(xml.BPMN)
        if not parts % _BREATH:
            time.sleep(0.0005)

    def refuse(*_: object) -> None:
        raise ValueError("a document type")

    counting = expat.ParserCreate(namespace_separator="}")
    counting.StartElementHandler, counting.StartDoctypeDeclHandler = count, refuse
    try:
        counting.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError):
        return None
    return elements, parts


def _too_many(elements: int, parts: int, limits: Limits) -> Problem | None:
    hint = "Divide the file, and let one process call the other."
    if elements > limits.max_elements:
        message = f"The file has {elements:,} elements; at most {limits.max_elements:,} are read"
        return Problem("size", f"{message} (setting max_elements, BPMN_MAX_ELEMENTS).", hint=hint)
    allowed = PARTS * limits.max_elements
    if parts > allowed:
        message = f"The file has {parts:,} elements with all flows, data and other parts; at most {allowed:,} are read"
        setting = f"{PARTS} times the setting max_elements, BPMN_MAX_ELEMENTS"
        return Problem("size", f"{message} ({setting}).", hint=hint)
    return None


def _too_deep(root: xml.Element, limits: Limits) -> Problem | None:
    names = _names(vocabulary.CONTAINERS - {"process"})
    depths: dict[xml.Element, int] = {}
    for element in root.iter(*names):
        around = next(element.iterancestors(*names), None)
        depths[element] = depths[around] + 1 if around is not None else 1
    deepest = max(depths, key=depths.__getitem__, default=None)
    if deepest is None or depths[deepest] <= limits.max_nesting:
        return None
    return Problem(
        "nesting",
        f"Sub-processes are nested {depths[deepest]} levels deep; at most {limits.max_nesting} are read (setting "
        "max_nesting, BPMN_MAX_NESTING).",
        deepest.get("id"),
        deepest.get("name"),
        xml.line(deepest),
        "Make a process of the inner ones and call it.",
    )


def _too_long(root: xml.Element) -> Problem | None:
    found = cast("list[Any]", _LONG(root))
    if not found:
        return None
    element, name = found[0].getparent(), found[0].attrname
    allowed = MAX_ID if name == "id" else MAX_ATTRIBUTE
    message = f"has {len(found[0]):,} characters; at most {allowed:,} are read."
    return Problem(
        "size", f"The {name} of a <{xml.tag(element)}> {message}", line=xml.line(element), hint="Shorten it."
    )


def _names(tags: Set[str]) -> list[str]:
    return [f"{{{xml.BPMN}}}{tag}" for tag in tags]


class FirstProblems(Problems):
    """Keeps the first problems of each severity and counts the others; a long message is cut."""

    def __init__(self) -> None:
        super().__init__()
        self._count = {"error": 0, "warning": 0}

    def _add(self, rule: str, at: Located, message: str, hint: str | None, severity: str) -> None:
        self._count[severity] += 1
        if self._count[severity] <= MAX_PROBLEMS:
            cut = message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]}..."
            super()._add(rule, at, cut, hint, severity)

    def in_order(self) -> list[Problem]:
        """Errors before warnings, each kind from top to bottom of the file, and how many more there are."""
        problems = super().in_order()
        for severity, count in self._count.items():
            if count > MAX_PROBLEMS:
                more = f"There are {count - MAX_PROBLEMS:,} more {severity}s; the first {MAX_PROBLEMS:,} are listed."
                at = sum(problem.severity <= severity for problem in problems)
                problems.insert(at, Problem("more-problems", more, severity=severity))
        return problems
