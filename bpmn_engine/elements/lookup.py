"""Look-ups outside of the instance: definitions and callers. The answers belong to the step's transaction."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from bpmn_engine.dmn import Decision, DecisionModel
from bpmn_engine.elements.thrown import Thrown
from bpmn_engine.instance.state import Instance


class Wanted(NamedTuple):
    """The process that a call activity starts; `binding` is latest, deployment, version or versionTag."""

    process_id: str
    binding: str
    version: str | None


class WantedDecision(NamedTuple):
    """The decision that a business rule task makes; `binding` is latest, deployment, version or versionTag."""

    decision_id: str
    binding: str
    version: str | None


class Rules(NamedTuple):
    """A deployed decision: the key of its definition, and the model that it is in."""

    key: int
    model: DecisionModel
    decision: Decision


class Lookup(Protocol):
    """Answers from outside of the core."""

    def called(self, instance: Instance, wanted: Wanted) -> int | None:
        """The key of the definition that is to be called; None if it is not deployed."""
        ...

    def decision(self, instance: Instance, wanted: WantedDecision) -> Rules | None:
        """The decision that is to be made; None if it is not deployed."""
        ...

    def caught_by_callers(self, instance: Instance, thrown: Thrown) -> bool | None:
        """Whether an event around the calls that led here catches this by interrupting; None if no event does."""
        ...


class NoLookup:
    """Answers for an instance that is alone: nothing is deployed, and no process has called it."""

    def called(self, instance: Instance, wanted: Wanted) -> int | None:
        """Nothing can be called."""
        return None

    def decision(self, instance: Instance, wanted: WantedDecision) -> Rules | None:
        """No decision can be made."""
        return None

    def caught_by_callers(self, instance: Instance, thrown: Thrown) -> bool | None:
        """No process has called."""
        return None
