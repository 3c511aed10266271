"""Operations on process instances."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection

from bpmn_engine.errors import InvalidArgument, Terminated, TimedOut
from bpmn_engine.instance import commands
from bpmn_engine.instance.state import InstanceState, Kind
from bpmn_engine.operations.arguments import MAX_BUSINESS_ID, MAX_TAGS, check_length, check_names
from bpmn_engine.operations.operation import Subject, operation
from bpmn_engine.operations.searching import existing
from bpmn_engine.operations.waiting_for import WaitingFor, waiting_for
from bpmn_engine.runtime.requests.instances import Created, CreateProcessInstance, MigrateProcessInstance
from bpmn_engine.store.queries.resources import PROCESS_INSTANCES
from bpmn_engine.store.reader import load_instances

#: How often to look in the database for an end that another node may have brought about, in seconds.
_LOOK_SECONDS = 2.0


class ProcessInstances(Subject):
    """Start, wait for, change and end process instances."""

    @operation("process-instance:read")
    async def waiting_for(self, key: int) -> list[WaitingFor]:
        """Say what the tokens of an instance wait for, in sentences; empty if it has ended. Raise `NotFound`."""

        def find(connection: Connection) -> list[WaitingFor]:
            row = existing(connection, PROCESS_INSTANCES, key)
            instance = load_instances(self.runtime.database, connection, [key]).get(key)
            if instance is None:
                return []
            process = self.runtime.definitions.process(connection, row.definition_key)
            return waiting_for(process, instance, self.runtime.handlers.types())

        return await self.read(find)

    @operation("process-instance:create")
    async def create(self, request: CreateProcessInstance) -> Created:
        """Start an instance. With `wait` in the request, pass the answer to `await_end`.

        Raise `NotFound` for an unknown definition, `InvalidArgument` for values that cannot be stored or a process that
        starts by events only, `Conflict` for an idempotency key that was used for another request.
        """
        if (request.definition_key is None) == (request.process_id is None):
            raise InvalidArgument("Name the process by exactly one of its id and the key of its definition.")
        length = 1 if request.business_id is None else len(request.business_id)
        if not 1 <= length <= MAX_BUSINESS_ID:
            raise InvalidArgument(f"The business id has {length} characters; expected 1 to {MAX_BUSINESS_ID}.")
        check_names(request.tags, "tag", MAX_TAGS)
        check_names(request.variables, "variable")
        check_length(request.idempotency_key, "idempotency key")
        return await self.ask(request)

    @operation("process-instance:read")
    async def await_end(self, created: Created, seconds: float) -> None:
        """Wait until an instance that was created with `wait` has completed.

        Raise `TimedOut` after so many seconds (the instance continues), `Terminated` as soon as it ends in another way.
        """
        state = await self._last_state(created, seconds)
        if state != InstanceState.COMPLETED:
            raise Terminated(
                f"The process instance {created.instance_key} was cancelled or terminated before it completed, so it "
                "has no result. Its variables can be read all the same."
            )

    async def _last_state(self, created: Created, seconds: float) -> str:
        ended = created.ended
        assert ended is not None
        deadline = time.monotonic() + seconds
        pause = 0.0 if created.is_repeated else _LOOK_SECONDS
        try:
            while (left := deadline - time.monotonic()) > 0:
                with suppress(TimeoutError):
                    return await self.waits.answer(ended, min(left, pause))
                row = await self.read(lambda connection: existing(connection, PROCESS_INSTANCES, created.instance_key))
                if row.ended_at is not None:
                    return str(row.state)
                pause = _LOOK_SECONDS
        finally:
            self.runtime.publisher.forget(created.instance_key, ended)
        raise TimedOut(f"The process instance {created.instance_key} did not end within {seconds:g} s; it continues.")

    @operation("process-instance:cancel")
    async def cancel(self, key: int) -> None:
        """Terminate an instance with everything inside it."""
        await self.command(Kind.INSTANCE, key, commands.CancelInstance())

    @operation("process-instance:suspend")
    async def suspend(self, key: int) -> None:
        """Suspend an instance: it takes no step until it is resumed."""
        await self.command(Kind.INSTANCE, key, commands.Suspend())

    @operation("process-instance:resume")
    async def resume(self, key: int) -> None:
        """Resume a suspended instance."""
        await self.command(Kind.INSTANCE, key, commands.Resume())

    @operation("process-instance:modify")
    async def modify(
        self,
        key: int,
        activate: Iterable[commands.Activation] = (),
        terminate: Iterable[str | int] = (),
        move: Iterable[commands.Move] = (),
    ) -> None:
        """Activate, terminate and move elements of an instance, all or none."""
        command = commands.ModifyInstance(activate=tuple(activate), terminate=tuple(terminate), move=tuple(move))
        await self.command(Kind.INSTANCE, key, command)

    @operation("process-instance:migrate")
    async def migrate(self, key: int, definition_key: int, mapping: Mapping[str, str]) -> None:
        """Migrate an instance to another definition; `mapping` maps the ids of its active elements."""
        await self.ask(MigrateProcessInstance(key, definition_key, mapping))

    @operation("variable:write")
    async def set_variables(self, key: int, variables: Mapping[str, Any], *, local: bool = False) -> None:
        """Write variables as an instance or an element instance sees them.

        Each goes to the nearest scope upwards that has it, else to the process instance; with `local` all go to exactly
        this scope.
        """
        command = commands.SetVariables(variables=variables, scope_key=key, local=local)
        await self.command(Kind.ELEMENT_INSTANCE, key, command)

    @operation("element-instance:activate")
    async def activate_ad_hoc(
        self, key: int, elements: Iterable[tuple[str, Mapping[str, Any]]], *, cancel_remaining: bool = False
    ) -> None:
        """Activate elements, each with variables, inside the ad-hoc sub-process of this element instance."""
        command = commands.ActivateAdHoc(token_key=key, elements=tuple(elements), cancel_remaining=cancel_remaining)
        await self.command(Kind.ELEMENT_INSTANCE, key, command)

    @operation("incident:resolve")
    async def resolve_incident(self, key: int) -> None:
        """Try the failed step again; a job must have been given retries first."""
        await self.command(Kind.INCIDENT, key, commands.ResolveIncident(incident_key=key))
