"""Operations with decisions and expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from bpmn_engine.dmn import Outcome
from bpmn_engine.errors import Failure, InvalidArgument, InvalidExpression, NotFound
from bpmn_engine.expressions import Result, compile_feel
from bpmn_engine.instance.variables import json_variables
from bpmn_engine.operations.operation import Subject, operation
from bpmn_engine.operations.searching import existing
from bpmn_engine.runtime.decisions import Compiled, Decided
from bpmn_engine.runtime.requests.decisions import RecordDecision
from bpmn_engine.runtime.tuning import computing
from bpmn_engine.store import decisions as decision_rows
from bpmn_engine.store.queries import resources
from bpmn_engine.store.versions import DECISIONS, DecisionVersion


class Decisions(Subject):
    """Make decisions, evaluate expressions."""

    @operation("decision:evaluate")
    async def decide(
        self,
        decision_id: str | None = None,
        variables: Mapping[str, Any] | None = None,
        *,
        key: int | None = None,
        version: int = -1,
    ) -> Decided:
        """Make a decision, by id (latest or numbered version) or by key, and store how it came about.

        Raise `NotFound`. `outcome.failure` says why there is no result.
        """
        now = self.runtime.clock.now()

        def make(connection: Connection) -> tuple[DecisionVersion, Outcome, Compiled]:
            row = _wanted(connection, decision_id, key, version)
            outcome, compiled = self.runtime.definitions.decisions.make(connection, row, variables or {}, now)
            return row, outcome, compiled

        with computing():
            row, outcome, compiled = await self.read(make)
        keys = await self.ask(RecordDecision(row.key, compiled.definitions, outcome))
        return Decided(row, compiled.requirements, compiled.definitions, outcome, keys)

    @operation("decision:read")
    async def source(self, *, key: int | None = None, requirements_key: int | None = None) -> bytes:
        """The file that a decision, or a decision model, was deployed with; raise `NotFound`."""

        def find(connection: Connection) -> bytes:
            row = DECISIONS.by_key(connection, key) if key is not None else None
            model = row.requirements_key if row is not None else requirements_key
            content = decision_rows.requirements_source(connection, model or 0)
            if content is None:
                raise NotFound("There is no such decision.")
            return content

        return await self.read(find)

    @operation("expression:evaluate")
    async def evaluate(
        self, expression: str, variables: Mapping[str, Any] | None = None, *, scope_key: int | None = None
    ) -> Result:
        """The value of a FEEL expression, and warnings; with a scope key it sees the variables there, too.

        Raise `InvalidArgument` for an expression that cannot be read or takes too much, and `NotFound`.
        """
        names: dict[str, Any] = {}
        if scope_key is not None:
            names = await self.read(lambda connection: _visible(connection, scope_key))
        names |= json_variables(variables or {})
        now = self.runtime.clock.now()

        def evaluate() -> Result:
            try:
                return compile_feel(expression.strip().removeprefix("=")).evaluate(names, now)
            except (InvalidExpression, Failure) as error:
                raise InvalidArgument(str(error)) from None

        with computing():
            return await self.waits.query(evaluate)


def _wanted(connection: Connection, decision_id: str | None, key: int | None, version: int) -> DecisionVersion:
    if (key is None) == (decision_id is None):
        raise InvalidArgument("Name the decision by exactly one of its id and its key.")
    if key is not None:
        row, what = DECISIONS.by_key(connection, key), f"with key {key}"
    else:
        row, what = DECISIONS.find(connection, decision_id or "", version), f"'{decision_id}'"
    if row is None:
        raise NotFound(f"There is no decision {what}. Deploy it first.")
    return row


def _visible(connection: Connection, scope_key: int) -> dict[str, Any]:
    """The variables that a scope sees."""
    existing(connection, resources.ELEMENT_INSTANCES, scope_key)
    names: dict[str, Any] = {}
    for scope in reversed(resources.scope_chain(connection, scope_key)):
        names |= resources.scope_variables(connection, scope)
    return names
