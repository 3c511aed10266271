"""Operations that bring events from outside: messages, signals, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bpmn_engine.operations.arguments import check_length, check_names, check_text, check_time
from bpmn_engine.operations.operation import Subject, operation
from bpmn_engine.runtime.correlation import Published
from bpmn_engine.runtime.requests.messages import PublishMessage
from bpmn_engine.runtime.requests.signals import BroadcastSignal, EvaluateConditions, Evaluated


class Events(Subject):
    """Publish messages, broadcast signals, evaluate conditions."""

    @operation("message:publish")
    async def publish(self, request: PublishMessage) -> Published:
        """Publish a message. It is buffered for its time to live; a `synchronous` one must be correlated at once.

        Raise `AlreadyExists` if a message with this id is buffered, `NotFound` if nothing waits for a synchronous one.
        """
        check_text(request.name, "name of the message")
        check_length(request.correlation_key, "correlation key")
        check_length(request.message_id, "message id")
        check_length(request.idempotency_key, "idempotency key")
        check_names(request.variables, "variable")
        check_time(request.time_to_live, "time to live")
        return await self.ask(request)

    @operation("signal:broadcast")
    async def broadcast(self, name: str, variables: Mapping[str, Any] | None = None) -> int:
        """Broadcast a signal to all that wait for it, and start the processes that it starts; return its key."""
        check_text(name, "name of the signal")
        return await self.ask(BroadcastSignal(name, variables or {}))

    @operation("condition:evaluate")
    async def evaluate_conditions(self, variables: Mapping[str, Any], definition_key: int | None = None) -> Evaluated:
        """Start the processes (or one definition) whose conditional start event holds for these variables."""
        return await self.ask(EvaluateConditions(variables, definition_key))
