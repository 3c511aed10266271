"""Collecting every problem of a file, so that the analyst hears of all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bpmn_engine.errors import Problem


class Located(Protocol):
    """Anything drawn: it has an id, a name and a line."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def line(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file for things that are not part of the model."""

    id: str = ""
    name: str = ""
    line: int | None = None


#: Rules after which paths in the model are not those of the diagram.
_BREAKING = ("unknown-reference", "duplicate-id")


class Problems:
    """The problems found so far: errors prevent the deployment, warnings do not."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self._said: set[tuple[str, str]] = set()
        self._unread: set[str] = set()

    def error(self, rule: str, at: Located, message: str, hint: str | None = None) -> None:
        """Note something that prevents the deployment."""
        self._add(rule, at, message, hint, "error")

    def warning(self, rule: str, at: Located, message: str, hint: str | None = None) -> None:
        """Note something that is legal but probably not meant."""
        self._add(rule, at, message, hint, "warning")

    def _add(self, rule: str, at: Located, message: str, hint: str | None, severity: str) -> None:
        self._said.add((rule, message))
        if rule == "unknown-element" and at.id:
            self._unread.add(at.id)
        self.found.append(Problem(rule, message, at.id or None, at.name or None, at.line, hint, severity))

    def has(self, rule: str, message: str) -> bool:
        """Whether something was noted already, at whatever element."""
        return (rule, message) in self._said

    def known_as_wrong(self, element_id: str) -> bool:
        """Whether an element could not be read at all; what refers to it is no second mistake."""
        return element_id in self._unread

    @property
    def broken(self) -> bool:
        """Whether something that was drawn is missing in the model, so that its paths say nothing."""
        return bool(self._unread) or any(rule in _BREAKING for rule, _ in self._said)

    @property
    def errors(self) -> list[Problem]:
        """The problems that prevent the deployment."""
        return [problem for problem in self.found if problem.severity == "error"]

    def in_order(self) -> list[Problem]:
        """Errors before warnings, each kind from top to bottom of the file."""
        return sorted(self.found, key=lambda problem: (problem.severity, problem.line or 0))


def on_one_line(name: str) -> str:
    """Take the line breaks out of a name: they are there because a shape is narrow."""
    return " ".join(name.split())


def flow_label(flow: Located, source: str, target: str) -> str:
    """Name a flow as it is seen in a diagram: `the flow 'Yes' from 'In stock?' to 'Ship' (Flow_1)`."""
    name = f" '{on_one_line(flow.name)}'" if flow.name else ""
    ends = "".join(f" {word} '{on_one_line(end)}'" for word, end in (("from", source), ("to", target)) if end)
    return f"the flow{name}{ends} ({flow.id})"


def label(at: Located, what: str) -> str:
    """Name an element for a message: `Gateway 'Check stock' (Gateway_1a)`."""
    return f"{what} '{on_one_line(at.name)}' ({at.id})" if at.name else f"{what} '{at.id}'"
