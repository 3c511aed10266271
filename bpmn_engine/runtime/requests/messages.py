"""Requests about messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bpmn_engine.instance.variables import json_variables
from bpmn_engine.runtime import correlation
from bpmn_engine.runtime.batch import Batch
from bpmn_engine.runtime.correlation import IncomingMessage, Published
from bpmn_engine.runtime.idempotency import once
from bpmn_engine.runtime.requests.request import Request


@dataclass(slots=True)
class PublishMessage(Request[Published]):
    """Publish a message. A `synchronous` one must be correlated at once and is never buffered."""

    name: str
    correlation_key: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    time_to_live: timedelta = timedelta()
    message_id: str | None = None
    synchronous: bool = False
    idempotency_key: str | None = None

    def carry_out(self, batch: Batch) -> Published:
        message = IncomingMessage(self.name, self.correlation_key, self.variables, self.time_to_live, self.message_id)
        publish = correlation.correlate if self.synchronous else correlation.publish
        return once(batch, self, lambda: publish(batch, message))

    # idempotency

    @property
    def operation(self) -> str:
        """Its name in idempotency keys."""
        return "Publish"

    def wording(self) -> list[Any]:
        """The arguments as JSON values."""
        seconds = str(self.time_to_live.total_seconds())
        variables = json_variables(self.variables)
        return [self.name, self.correlation_key, variables, seconds, self.message_id, self.synchronous]

    def kept(self, answer: Published) -> list[Any]:
        """An answer as JSON values."""
        return [answer.message_key, list(answer.instance_keys)]

    def repeated(self, kept: list[Any]) -> Published:
        """The answer that was kept."""
        return Published(kept[0], tuple(kept[1]))
