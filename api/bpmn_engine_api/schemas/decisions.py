"""Decision definitions, decision requirements, decision instances and the evaluation of decisions and expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bpmn_engine.operations.types import (
    Decided,
    DecisionDefinitionRow,
    DecisionInstanceRow,
    DecisionRequirementsRow,
    DecisionVersion,
    EvaluatedDecision,
)
from bpmn_engine.operations.values import DECISION_TYPES, loads, value_text
from bpmn_engine_api.schemas.base import TENANT, Schema, Tenant, Variables, key_text, moment_of
from bpmn_engine_api.schemas.search import SearchQueryPageResponse

REQUIREMENTS_FIELDS = {
    "decisionRequirementsKey": "key", "decisionRequirementsId": "requirements_id", "decisionRequirementsName": "name",
    "version": "version", "resourceName": "resource_name",
}  # fmt: skip

DECISION_FIELDS = {
    "decisionDefinitionKey": "key", "decisionDefinitionId": "decision_id", "name": "name", "version": "version",
    "isLatestVersion": "is_latest", "decisionRequirementsId": "requirements_id",
    "decisionRequirementsKey": "requirements_key", "decisionRequirementsName": "requirements_name",
    "decisionRequirementsVersion": "requirements_version",
}  # fmt: skip

DECISION_INSTANCE_FIELDS = {
    "decisionEvaluationInstanceKey": "instance_id", "decisionEvaluationKey": "evaluation_key", "state": "state",
    "evaluationDate": "evaluated_at", "evaluationFailure": "failure", "decisionDefinitionId": "decision_id",
    "decisionDefinitionName": "decision_name", "decisionDefinitionVersion": "version", "decisionDefinitionType": "type",
    "decisionDefinitionKey": "definition_key", "rootDecisionDefinitionKey": "root_definition_key",
    "decisionRequirementsKey": "requirements_key", "processDefinitionKey": "process_definition_key",
    "processInstanceKey": "instance_key", "elementInstanceKey": "token_key", "businessId": "business_id",
}  # fmt: skip


class DecisionRequirementsResult(Schema):
    decision_requirements_id: str
    decision_requirements_key: str
    decision_requirements_name: str
    resource_name: str
    tenant_id: str
    version: int

    @classmethod
    def of(cls, row: DecisionRequirementsRow) -> DecisionRequirementsResult:
        return cls(
            decision_requirements_id=row.requirements_id,
            decision_requirements_key=str(row.key),
            decision_requirements_name=row.name,
            resource_name=row.resource_name,
            tenant_id=TENANT,
            version=row.version,
        )


class DecisionRequirementsSearchQueryResult(Schema):
    page: SearchQueryPageResponse
    items: list[DecisionRequirementsResult]


class DecisionDefinitionResult(Schema):
    decision_definition_id: str
    decision_definition_key: str
    decision_requirements_id: str
    decision_requirements_key: str
    decision_requirements_name: str
    decision_requirements_version: int
    name: str
    tenant_id: str
    version: int

    @classmethod
    def of(cls, row: DecisionDefinitionRow) -> DecisionDefinitionResult:
        return cls(
            decision_definition_id=row.decision_id,
            decision_definition_key=str(row.key),
            decision_requirements_id=row.requirements_id,
            decision_requirements_key=str(row.requirements_key),
            decision_requirements_name=row.requirements_name,
            decision_requirements_version=row.requirements_version,
            name=row.name,
            tenant_id=TENANT,
            version=row.version,
        )


class DecisionDefinitionSearchQueryResult(Schema):
    page: SearchQueryPageResponse
    items: list[DecisionDefinitionResult]


class EvaluatedDecisionInputItem(Schema):
    input_id: str
    input_name: str
    input_value: str


class EvaluatedDecisionOutputItem(Schema):
    output_id: str
    output_name: str
    output_value: str
    rule_id: str | None
    rule_index: int | None


class MatchedDecisionRuleItem(Schema):
    rule_id: str
    rule_index: int
    evaluated_outputs: list[EvaluatedDecisionOutputItem]

    @classmethod
    def of(cls, rule_id: str, number: int, outputs: list[tuple[str, str, str]]) -> MatchedDecisionRuleItem:
        return cls(
            rule_id=rule_id,
            rule_index=number,
            evaluated_outputs=[
                EvaluatedDecisionOutputItem(
                    output_id=key, output_name=name, output_value=text, rule_id=rule_id, rule_index=number
                )
                for key, name, text in outputs
            ],
        )


def _key_or_none(key: int | None) -> str:
    """A key of a process, -1 for a decision that was made without one: Camunda's Java client reads a number here."""
    return "-1" if key is None else str(key)


class DecisionInstanceResult(Schema):
    business_id: str | None
    decision_definition_id: str
    decision_definition_key: str
    decision_definition_name: str
    decision_definition_type: str
    decision_definition_version: int
    decision_evaluation_instance_key: str
    decision_evaluation_key: str
    element_instance_key: str
    evaluation_date: str
    evaluation_failure: str | None
    process_definition_key: str
    process_instance_key: str
    result: str
    root_decision_definition_key: str
    root_process_instance_key: str | None
    state: str
    tenant_id: str

    @classmethod
    def fields_of(cls, row: DecisionInstanceRow) -> dict[str, Any]:
        return {
            "business_id": row.business_id,
            "decision_definition_id": row.decision_id,
            "decision_definition_key": str(row.definition_key),
            "decision_definition_name": row.decision_name,
            "decision_definition_type": row.type,
            "decision_definition_version": row.version,
            "decision_evaluation_instance_key": row.instance_id,
            "decision_evaluation_key": str(row.evaluation_key),
            "element_instance_key": _key_or_none(row.token_key),
            "evaluation_date": moment_of(row.evaluated_at),
            "evaluation_failure": row.failure,
            "process_definition_key": _key_or_none(row.process_definition_key),
            "process_instance_key": _key_or_none(row.instance_key),
            "result": row.result,
            "root_decision_definition_key": str(row.root_definition_key),
            "root_process_instance_key": key_text(row.root_key),
            "state": row.state,
            "tenant_id": TENANT,
        }

    @classmethod
    def of(cls, row: DecisionInstanceRow) -> DecisionInstanceResult:
        return cls(**cls.fields_of(row))


class DecisionInstanceGetQueryResult(DecisionInstanceResult):
    evaluated_inputs: list[EvaluatedDecisionInputItem]
    matched_rules: list[MatchedDecisionRuleItem]

    @classmethod
    def of(cls, row: DecisionInstanceRow) -> DecisionInstanceGetQueryResult:
        return cls(
            evaluated_inputs=[
                EvaluatedDecisionInputItem(input_id=key, input_name=name, input_value=text)
                for key, name, text in loads(row.inputs)
            ],
            matched_rules=[MatchedDecisionRuleItem.of(*rule) for rule in loads(row.rules)],
            **cls.fields_of(row),
        )


class DecisionInstanceSearchQueryResult(Schema):
    page: SearchQueryPageResponse
    items: list[DecisionInstanceResult]


class DecisionEvaluationInstruction(Schema):
    """Exactly one of `decisionDefinitionKey` and `decisionDefinitionId`."""

    decision_definition_key: str | None = None
    decision_definition_id: str | None = None
    variables: Variables | None = None
    tenant_id: Tenant = None


class EvaluatedDecisionResult(Schema):
    decision_definition_id: str
    decision_definition_name: str
    decision_definition_version: int
    decision_definition_type: str
    output: str
    tenant_id: str
    matched_rules: list[MatchedDecisionRuleItem]
    evaluated_inputs: list[EvaluatedDecisionInputItem]
    decision_definition_key: str
    decision_evaluation_instance_key: str

    @classmethod
    def of(
        cls, made: EvaluatedDecision, definitions: Mapping[str, DecisionVersion], instance_id: str
    ) -> EvaluatedDecisionResult:
        row = definitions[made.id]
        return cls(
            decision_definition_id=made.id,
            decision_definition_name=made.name,
            decision_definition_version=row.version,
            decision_definition_type=DECISION_TYPES.get(made.kind, "UNKNOWN"),
            output=value_text(made.value),
            tenant_id=TENANT,
            matched_rules=[
                MatchedDecisionRuleItem.of(
                    rule.id, rule.number, [(o.id, o.name, value_text(o.value)) for o in rule.outputs]
                )
                for rule in made.rules
            ],
            evaluated_inputs=[
                EvaluatedDecisionInputItem(input_id=item.id, input_name=item.name, input_value=value_text(item.value))
                for item in made.inputs
            ],
            decision_definition_key=str(row.key),
            decision_evaluation_instance_key=instance_id,
        )


class EvaluateDecisionResult(Schema):
    decision_definition_id: str
    decision_definition_key: str
    decision_definition_name: str
    decision_definition_version: int
    decision_evaluation_key: str
    decision_instance_key: str
    decision_requirements_id: str
    decision_requirements_key: str
    evaluated_decisions: list[EvaluatedDecisionResult]
    failed_decision_definition_id: str | None
    failure_message: str | None
    output: str
    tenant_id: str

    @classmethod
    def of(cls, decided: Decided) -> EvaluateDecisionResult:
        row, outcome, key = decided.definition, decided.outcome, str(decided.keys[0])
        return cls(
            decision_definition_id=row.decision_id,
            decision_definition_key=str(row.key),
            decision_definition_name=row.name,
            decision_definition_version=row.version,
            decision_evaluation_key=key,
            decision_instance_key=key,
            decision_requirements_id=decided.requirements.requirements_id,
            decision_requirements_key=str(row.requirements_key),
            evaluated_decisions=[
                EvaluatedDecisionResult.of(made, decided.definitions, f"{key}-{position}")
                for position, made in enumerate(outcome.evaluated, 1)
            ],
            failed_decision_definition_id=outcome.failed.id if outcome.failed else None,
            failure_message=outcome.failure,
            output=value_text(outcome.value),
            tenant_id=TENANT,
        )


class ExpressionEvaluationRequest(Schema):
    """`expression` with or without the `=` in front."""

    expression: str
    variables: Variables | None = None
    scope_key: str | None = None
    tenant_id: str | None = None


class ExpressionEvaluationWarningItem(Schema):
    message: str


class ExpressionEvaluationResult(Schema):
    expression: str
    result: Any
    warnings: list[ExpressionEvaluationWarningItem]
    referenced_secrets: list[str]
