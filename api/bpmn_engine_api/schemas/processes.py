"""Deployments, process definitions, forms and process instances."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from bpmn_engine.operations.types import (
    FORM,
    PROCESS,
    REQUIREMENTS,
    Created,
    Deployed,
    Deployment,
    FormRow,
    ProcessDefinitionRow,
    ProcessInstanceRow,
    WaitingFor,
)
from bpmn_engine.operations.values import loads
from bpmn_engine_api.schemas.base import (
    TENANT,
    Milliseconds,
    Schema,
    Tenant,
    Variables,
    Whole,
    key_text,
    moment_of,
    moment_text,
)
from bpmn_engine_api.schemas.search import SearchQueryPageResponse

DEFINITION_FIELDS = {
    "name": "name", "processDefinitionId": "process_id", "isLatestVersion": "is_latest",
    "resourceName": "resource_name", "version": "version", "versionTag": "version_tag", "processDefinitionKey": "key",
    "hasStartForm": "has_start_form", "state": "state",
}  # fmt: skip

INSTANCE_FIELDS = {
    "processInstanceKey": "key", "processDefinitionId": "process_id", "processDefinitionName": "process_name",
    "processDefinitionVersion": "version", "processDefinitionVersionTag": "version_tag",
    "processDefinitionKey": "definition_key", "parentProcessInstanceKey": "parent_key",
    "parentElementInstanceKey": "parent_token_key", "rootProcessInstanceKey": "root_key", "startDate": "started_at",
    "endDate": "ended_at", "state": "state", "hasIncident": "has_incident", "businessId": "business_id",
    "variables": "variables", "tags": "tags", "elementId": "element_id", "errorMessage": "error_message",
}  # fmt: skip


class DeploymentProcessResult(Schema):
    process_definition_id: str
    process_definition_version: int
    resource_name: str
    tenant_id: str
    process_definition_key: str


class DeploymentFormResult(Schema):
    form_id: str
    version: int
    resource_name: str
    tenant_id: str
    form_key: str


class DeploymentResourceResult(Schema):
    resource_id: str
    resource_name: str
    version: int
    tenant_id: str
    resource_key: str


class DeploymentDecisionResult(Schema):
    decision_definition_id: str
    version: int
    name: str
    tenant_id: str
    decision_requirements_id: str
    decision_definition_key: str
    decision_requirements_key: str


class DeploymentDecisionRequirementsResult(Schema):
    decision_requirements_id: str
    decision_requirements_name: str
    version: int
    resource_name: str
    tenant_id: str
    decision_requirements_key: str


class DeploymentMetadataResult(Schema):
    process_definition: DeploymentProcessResult | None = None
    decision_definition: DeploymentDecisionResult | None = None
    decision_requirements: DeploymentDecisionRequirementsResult | None = None
    form: DeploymentFormResult | None = None
    resource: DeploymentResourceResult | None = None

    @classmethod
    def of(cls, item: Deployed) -> DeploymentMetadataResult:
        common: dict[str, Any] = {"resource_name": item.resource_name, "tenant_id": TENANT}
        if item.kind == PROCESS:
            return cls(
                process_definition=DeploymentProcessResult(
                    process_definition_id=item.id,
                    process_definition_version=item.version,
                    process_definition_key=str(item.key),
                    **common,
                )
            )
        if item.kind == FORM:
            return cls(
                form=DeploymentFormResult(form_id=item.id, version=item.version, form_key=str(item.key), **common)
            )
        if item.within is not None:
            return cls(
                decision_definition=DeploymentDecisionResult(
                    decision_definition_id=item.id,
                    version=item.version,
                    name=item.name or item.id,
                    tenant_id=TENANT,
                    decision_requirements_id=item.within.id,
                    decision_definition_key=str(item.key),
                    decision_requirements_key=str(item.within.key),
                )
            )
        if item.kind == REQUIREMENTS:
            return cls(
                decision_requirements=DeploymentDecisionRequirementsResult(
                    decision_requirements_id=item.id,
                    decision_requirements_name=item.name or item.id,
                    version=item.version,
                    decision_requirements_key=str(item.key),
                    **common,
                )
            )
        resource = DeploymentResourceResult(
            resource_id=item.id, version=item.version, resource_key=str(item.key), **common
        )
        return cls(resource=resource)


class DeploymentResult(Schema):
    deployment_key: str
    tenant_id: str
    deployments: list[DeploymentMetadataResult]

    @classmethod
    def of(cls, deployment: Deployment) -> DeploymentResult:
        items = [DeploymentMetadataResult.of(item) for item in deployment.items]
        return cls(deployment_key=str(deployment.key), tenant_id=TENANT, deployments=items)


class ProcessDefinitionResult(Schema):
    name: str | None
    resource_name: str
    version: int
    version_tag: str | None
    process_definition_id: str
    tenant_id: str
    process_definition_key: str
    has_start_form: bool
    state: str

    @classmethod
    def of(cls, row: ProcessDefinitionRow) -> ProcessDefinitionResult:
        return cls(
            name=row.name,
            resource_name=row.resource_name,
            version=row.version,
            version_tag=row.version_tag,
            process_definition_id=row.process_id,
            tenant_id=TENANT,
            process_definition_key=str(row.key),
            has_start_form=bool(row.has_start_form),
            state=row.state,
        )


class ProcessDefinitionSearchQueryResult(Schema):
    page: SearchQueryPageResponse
    items: list[ProcessDefinitionResult]


class FormResult(Schema):
    tenant_id: str
    form_id: str
    schema_: str = Field(alias="schema")
    version: int
    form_key: str

    @classmethod
    def of(cls, row: FormRow) -> FormResult:
        text = bytes(row.content).decode("utf-8", "replace")
        return cls(tenant_id=TENANT, form_id=row.form_id, schema_=text, version=row.version, form_key=str(row.key))


class ProcessInstanceCreationStartInstruction(Schema):
    element_id: str


class ProcessInstanceCreationInstruction(Schema):
    """Exactly one of `processDefinitionKey` and `processDefinitionId`."""

    process_definition_key: str | None = None
    process_definition_id: str | None = None
    process_definition_version: Whole = -1
    process_definition_version_tag: str | None = None
    variables: Variables | None = None
    tenant_id: Tenant = None
    start_instructions: list[ProcessInstanceCreationStartInstruction] | None = None
    runtime_instructions: list[dict[str, Any]] | None = None
    await_completion: bool | None = False
    fetch_variables: list[str] | None = None
    request_timeout: Milliseconds | None = 0
    tags: list[str] | None = None
    business_id: str | None = None


class CreateProcessInstanceResult(Schema):
    process_definition_id: str
    process_definition_version: int
    tenant_id: str
    variables: Variables
    process_definition_key: str
    process_instance_key: str
    tags: list[str]
    business_id: str | None

    @classmethod
    def of(
        cls, created: Created, body: ProcessInstanceCreationInstruction, variables: Variables
    ) -> CreateProcessInstanceResult:
        return cls(
            process_definition_id=created.process_id,
            process_definition_version=created.version,
            tenant_id=TENANT,
            variables=variables,
            process_definition_key=str(created.definition_key),
            process_instance_key=str(created.instance_key),
            tags=body.tags or [],
            business_id=body.business_id,
        )


class ProcessInstanceResult(Schema):
    process_definition_id: str
    process_definition_name: str | None
    process_definition_version: int
    process_definition_version_tag: str | None
    start_date: str
    end_date: str | None
    state: str
    suspended_date: str | None
    has_incident: bool
    tenant_id: str
    process_instance_key: str
    process_definition_key: str
    parent_process_instance_key: str | None
    parent_element_instance_key: str | None
    root_process_instance_key: str
    tags: list[str]
    business_id: str | None

    @classmethod
    def of(cls, row: ProcessInstanceRow) -> ProcessInstanceResult:
        return cls(
            process_definition_id=row.process_id,
            process_definition_name=row.process_name,
            process_definition_version=row.version,
            process_definition_version_tag=row.version_tag,
            start_date=moment_of(row.started_at),
            end_date=moment_text(row.ended_at),
            state=row.state,
            suspended_date=None,
            has_incident=bool(row.has_incident),
            tenant_id=TENANT,
            process_instance_key=str(row.key),
            process_definition_key=str(row.definition_key),
            parent_process_instance_key=key_text(row.parent_key),
            parent_element_instance_key=key_text(row.parent_token_key),
            root_process_instance_key=str(row.root_key),
            tags=loads(row.tags),
            business_id=row.business_id,
        )


class ProcessInstanceSearchQueryResult(Schema):
    page: SearchQueryPageResponse
    items: list[ProcessInstanceResult]


class WaitingForItem(Schema):
    element_id: str
    element_name: str
    element_instance_key: str
    sentence: str


class WaitingForResult(Schema):
    items: list[WaitingForItem]

    @classmethod
    def of(cls, found: list[WaitingFor]) -> WaitingForResult:
        items = [
            WaitingForItem(
                element_id=one.element_id,
                element_name=one.element_name,
                element_instance_key=str(one.element_instance_key),
                sentence=one.sentence,
            )
            for one in found
        ]
        return cls(items=items)
