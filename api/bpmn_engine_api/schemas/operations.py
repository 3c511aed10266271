"""Operators' requests: modification, migration and ad-hoc activation of instances; signals and conditions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.operations.types import Activation, Move, Started
from bpmn_engine_api.edge import parse_key
from bpmn_engine_api.schemas.base import TENANT, Schema, Tenant, Variables


class ModifyProcessInstanceVariableInstruction(Schema):
    """`scopeId` is the element that gets the variables; empty is the process."""

    variables: Variables
    scope_id: str = ""


class ProcessInstanceModificationActivateInstruction(Schema):
    element_id: str
    ancestor_element_instance_key: str | None = None
    variable_instructions: list[ModifyProcessInstanceVariableInstruction] = Field(default_factory=list)

    def activation(self) -> Activation:
        """In the engine's words."""
        ancestor = self.ancestor_element_instance_key
        named = ancestor is not None and ancestor != "-1"
        return Activation(
            self.element_id, parse_key(ancestor or "") if named else None, _variables(self.variable_instructions)
        )


def _variables(instructions: list[ModifyProcessInstanceVariableInstruction]) -> tuple[tuple[str, Variables], ...]:
    return tuple((instruction.scope_id, instruction.variables) for instruction in instructions)


class ProcessInstanceModificationTerminateInstruction(Schema):
    """By `elementId` or by `elementInstanceKey`."""

    element_id: str | None = None
    element_instance_key: str | None = None

    def element(self) -> str | int:
        """In the engine's words."""
        if (self.element_id is None) == (self.element_instance_key is None):
            raise InvalidArgument("Terminate by exactly one of elementId and elementInstanceKey.")
        return self.element_id if self.element_id is not None else parse_key(self.element_instance_key or "")


class SourceElementIdInstruction(Schema):
    source_type: Literal["byId"]
    source_element_id: str


class SourceElementInstanceKeyInstruction(Schema):
    source_type: Literal["byKey"]
    source_element_instance_key: str


class AncestorScopeInstruction(Schema):
    ancestor_scope_type: Literal["direct", "inferred", "sourceParent"]
    ancestor_element_instance_key: str | None = None


class ProcessInstanceModificationMoveInstruction(Schema):
    source_element_instruction: Annotated[
        SourceElementIdInstruction | SourceElementInstanceKeyInstruction, Field(discriminator="source_type")
    ]
    target_element_id: str
    ancestor_scope_instruction: AncestorScopeInstruction | None = None
    variable_instructions: list[ModifyProcessInstanceVariableInstruction] = Field(default_factory=list)

    def move(self) -> Move:
        """In the engine's words."""
        source, ancestor = self.source_element_instruction, self.ancestor_scope_instruction
        key = ancestor.ancestor_element_instance_key if ancestor else None
        return Move(
            self.target_element_id,
            element_id=source.source_element_id if isinstance(source, SourceElementIdInstruction) else None,
            key=parse_key(source.source_element_instance_key)
            if isinstance(source, SourceElementInstanceKeyInstruction)
            else None,
            scope=ancestor.ancestor_scope_type if ancestor else "inferred",
            ancestor=None if key is None else parse_key(key),
            variables=_variables(self.variable_instructions),
        )


class ProcessInstanceModificationInstruction(Schema):
    """All instructions are carried out, or none."""

    activate_instructions: list[ProcessInstanceModificationActivateInstruction] = Field(default_factory=list)
    terminate_instructions: list[ProcessInstanceModificationTerminateInstruction] = Field(default_factory=list)
    move_instructions: list[ProcessInstanceModificationMoveInstruction] = Field(default_factory=list)
    operation_reference: int | None = None

    def activate(self) -> list[Activation]:
        """The elements to activate."""
        return [instruction.activation() for instruction in self.activate_instructions]

    def terminate(self) -> list[str | int]:
        """The elements to terminate, by id or key."""
        return [instruction.element() for instruction in self.terminate_instructions]

    def move(self) -> list[Move]:
        """The tokens to move."""
        return [instruction.move() for instruction in self.move_instructions]


class MigrateProcessInstanceMappingInstruction(Schema):
    source_element_id: str
    target_element_id: str


class ProcessInstanceMigrationInstruction(Schema):
    """Every active element is to be mapped to an element of the target."""

    target_process_definition_key: str
    mapping_instructions: list[MigrateProcessInstanceMappingInstruction]
    operation_reference: int | None = None

    def mapping(self) -> dict[str, str]:
        """Target ids by source ids; raise `InvalidArgument` for a source that is mapped twice."""
        pairs = [(item.source_element_id, item.target_element_id) for item in self.mapping_instructions]
        if len(dict(pairs)) != len(pairs):
            raise InvalidArgument("A source element is mapped twice.")
        return dict(pairs)


class AdHocSubProcessActivateActivityReference(Schema):
    element_id: str
    variables: Variables | None = None


class AdHocSubProcessActivateActivitiesInstruction(Schema):
    elements: list[AdHocSubProcessActivateActivityReference]
    cancel_remaining_instances: bool = False


class SignalBroadcastRequest(Schema):
    signal_name: str
    variables: Variables | None = None
    tenant_id: Tenant = None


class SignalBroadcastResult(Schema):
    tenant_id: str = TENANT
    signal_key: str


class ConditionalEvaluationInstruction(Schema):
    variables: Variables
    process_definition_key: str | None = None
    tenant_id: Tenant = None


class ProcessInstanceReference(Schema):
    process_definition_key: str
    process_instance_key: str


class EvaluateConditionalResult(Schema):
    conditional_evaluation_key: str
    tenant_id: str = TENANT
    process_instances: list[ProcessInstanceReference]

    @classmethod
    def of(cls, key: int, started: list[Started]) -> EvaluateConditionalResult:
        instances: list[Any] = [
            ProcessInstanceReference(
                process_definition_key=str(item.definition_key), process_instance_key=str(item.instance_key)
            )
            for item in started
        ]
        return cls(conditional_evaluation_key=str(key), process_instances=instances)
