"""What a step may ask about the world around its instance. The answers belong to the step's transaction."""

from __future__ import annotations

from typing import NamedTuple, Protocol

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


class World(Protocol):
    """Answers to what the core cannot know by itself."""

    def called(self, instance: Instance, wanted: Wanted) -> int | None:
        """The key of the definition that is to be called, None if there is none."""
        ...

    def caller(self, instance: Instance) -> Caller | None:
        """Who called an instance."""
        ...


class Alone:
    """A world without other processes."""

    def called(self, instance: Instance, wanted: Wanted) -> int | None:
        """Nothing can be called."""
        return None

    def caller(self, instance: Instance) -> Caller | None:
        """Nobody called."""
        return None
