"""What a step may ask about the world around its instance. The answers belong to the step's transaction."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from bpmn_engine.dmn import Decision, DecisionModel
from bpmn_engine.elements.executable import ExecutableProcess
from bpmn_engine.instance.state import Instance


class Caller(NamedTuple):
    """The instance whose call activity started this one."""

    process: ExecutableProcess
    instance: Instance


class Wanted(NamedTuple):
    """Which process a call activity starts; `binding` is latest, deployment, version or versionTag."""

    process_id: str
    binding: str
    version: str | None


class WantedDecision(NamedTuple):
    """Which decision a business rule task makes; `binding` is latest, deployment, version or versionTag."""

    decision_id: str
    binding: str
    version: str | None


class Rules(NamedTuple):
    """A deployed decision: the key of its definition, and the model that it is in."""

    key: int
    model: DecisionModel
    decision: Decision


class World(Protocol):
    """Answers to what the core cannot know by itself."""

    def called(self, instance: Instance, wanted: Wanted) -> int | None:
        """The key of the definition that is to be called, None if there is none."""
        ...

    def caller(self, instance: Instance) -> Caller | None:
        """Who called an instance."""
        ...

    def decision(self, instance: Instance, wanted: WantedDecision) -> Rules | None:
        """The decision that is to be made, None if there is none."""
        ...


class Alone:
    """A world without other processes."""

    def called(self, instance: Instance, wanted: Wanted) -> int | None:
        """Nothing can be called."""
        return None

    def caller(self, instance: Instance) -> Caller | None:
        """Nobody called."""
        return None

    def decision(self, instance: Instance, wanted: WantedDecision) -> Rules | None:
        """Nothing can be decided."""
        return None
