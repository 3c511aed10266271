"""Every change is compared with the tables of legal transitions."""

from __future__ import annotations

from collections.abc import Iterable

from bpmn_engine.instance.changes import Change
from bpmn_engine.instance.transitions import State, transition


class States:
    """The states of one instance's tokens and jobs, followed from change to change."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], State] = {}

    def follow(self, changes: Iterable[Change]) -> None:
        """Fail for a change that is no legal transition."""
        for change in changes:
            found = transition(change)
            if found is None:
                continue
            what = (id(found.table), found.key)
            before = self._known.get(what)
            assert found.state in found.table.get(before, ()), f"{before} becomes {found.state} by {change}"
            self._known[what] = found.state
