"""Changes that concern other instances too: the runtime acts on these after the step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bpmn_engine.instance.changes.change import Change, WaitClosed
from bpmn_engine.instance.changes.structure import add_wait
from bpmn_engine.instance.state import Call, Instance


@dataclass(slots=True)
class MessagePublished(Change):
    name: str
    correlation_key: str
    variables: Mapping[str, Any]

    def happen(self, instance: Instance) -> None:
        """Nothing changes in the instance that publishes it."""


@dataclass(slots=True)
class SignalBroadcast(Change):
    name: str
    variables: Mapping[str, Any]

    def happen(self, instance: Instance) -> None:
        """Nothing changes in the instance that broadcasts it."""


@dataclass(slots=True)
class ProcessCalled(Change):
    """Another instance starts; its key is that of the call."""

    at: datetime
    call: Call
    definition_key: int
    variables: Mapping[str, Any]
    business_id: str | None

    def happen(self, instance: Instance) -> None:
        add_wait(instance, self.call)


@dataclass(slots=True)
class CallEnded(WaitClosed):
    pass


@dataclass(slots=True)
class CallCanceled(WaitClosed):
    """The call activity has ended; the called instance is to be terminated."""


@dataclass(slots=True)
class ThrownToCaller(Change):
    """An error or escalation that an event around the call activity catches."""

    definition: str
    code: str
    message: str
    variables: Mapping[str, Any]

    def happen(self, instance: Instance) -> None:
        """The caller acts on it."""
