"""Variables, element instances, incidents and messages."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from bpmn_engine.operations.types import ElementInstanceRow, IncidentRow, Published, VariableRow
from bpmn_engine_api.schemas.base import (
    TENANT,
    Milliseconds,
    Schema,
    Tenant,
    Variables,
    key_text,
    moment_of,
    moment_text,
)
from bpmn_engine_api.schemas.search import SearchQueryPageResponse

#: Values longer than this are cut in search results.
MAX_VALUE = 8191

VARIABLE_FIELDS = {
    "name": "name", "value": "value", "variableKey": "key", "scopeKey": "scope_key",
    "processInstanceKey": "instance_key",
}  # fmt: skip

ELEMENT_FIELDS = {
    "elementInstanceKey": "key", "processInstanceKey": "instance_key", "processDefinitionKey": "definition_key",
    "processDefinitionId": "process_id", "state": "state", "type": "type", "elementId": "element_id",
    "hasIncident": "has_incident", "incidentKey": "incident_key", "startDate": "started_at", "endDate": "ended_at",
    "elementInstanceScopeKey": "scope_key",
}  # fmt: skip

INCIDENT_FIELDS = {
    "incidentKey": "key", "processDefinitionKey": "definition_key", "processDefinitionId": "process_id",
    "processInstanceKey": "instance_key", "errorType": "error_type", "errorMessage": "message",
    "elementId": "element_id", "elementInstanceKey": "token_key", "creationTime": "created_at", "state": "state",
    "jobKey": "job_key",
}  # fmt: skip

#: BPMN names to the API's types; what it has no name for is UNKNOWN.
ELEMENT_TYPES = {
    "transaction": "SUB_PROCESS", "standardLoopCharacteristics": "MULTI_INSTANCE_BODY",
    "multiInstanceLoopCharacteristics": "MULTI_INSTANCE_BODY", "eventSubProcess": "EVENT_SUB_PROCESS",
    "adHocSubProcess": "AD_HOC_SUB_PROCESS", "callActivity": "CALL_ACTIVITY",
    "businessRuleTask": "BUSINESS_RULE_TASK", "inclusiveGateway": "INCLUSIVE_GATEWAY",
    "eventBasedGateway": "EVENT_BASED_GATEWAY",
    "process": "PROCESS", "subProcess": "SUB_PROCESS", "startEvent": "START_EVENT", "endEvent": "END_EVENT",
    "intermediateCatchEvent": "INTERMEDIATE_CATCH_EVENT", "intermediateThrowEvent": "INTERMEDIATE_THROW_EVENT",
    "boundaryEvent": "BOUNDARY_EVENT", "task": "TASK", "manualTask": "MANUAL_TASK", "serviceTask": "SERVICE_TASK",
    "sendTask": "SEND_TASK", "scriptTask": "SCRIPT_TASK", "userTask": "USER_TASK", "receiveTask": "RECEIVE_TASK",
    "exclusiveGateway": "EXCLUSIVE_GATEWAY", "parallelGateway": "PARALLEL_GATEWAY", "complexGateway": "UNKNOWN",
}  # fmt: skip
#: The other way round; a type may be that of several elements.
TYPES_TO_BPMN = {
    name: [tag for tag, other in ELEMENT_TYPES.items() if other == name] for name in sorted(set(ELEMENT_TYPES.values()))
}


class VariableResult(Schema):
    """`value` is JSON text."""

    name: str
    value: str
    tenant_id: str
    variable_key: str
    scope_key: str
    process_instance_key: str
    root_process_instance_key: str

    @classmethod
    def fields_of(cls, row: VariableRow) -> dict[str, Any]:
        return {
            "name": row.name,
            "value": row.value,
            "tenant_id": TENANT,
            "variable_key": str(row.key),
            "scope_key": str(row.scope_key),
            "process_instance_key": str(row.instance_key),
            "root_process_instance_key": str(row.root_key),
        }

    @classmethod
    def of(cls, row: VariableRow) -> VariableResult:
        return cls(**cls.fields_of(row))


class VariableSearchResult(VariableResult):
    """A variable in a search result; a long value may be cut."""

    is_truncated: bool

    @classmethod
    def found(cls, row: VariableRow, *, truncate: bool) -> VariableSearchResult:
        fields = cls.fields_of(row)
        cut = truncate and len(row.value) > MAX_VALUE
        return cls(**{**fields, "value": row.value[:MAX_VALUE] if cut else row.value}, is_truncated=cut)


class VariableSearchQueryResult(Schema):
    page: SearchQueryPageResponse
    items: list[VariableSearchResult]


class SetVariableRequest(Schema):
    variables: Variables
    local: bool | None = False


class ElementInstanceResult(Schema):
    process_definition_id: str
    start_date: str
    end_date: str | None
    element_id: str
    element_name: str
    type: str
    state: str
    has_incident: bool
    tenant_id: str
    element_instance_key: str
    process_instance_key: str
    root_process_instance_key: str
    process_definition_key: str
    incident_key: str | None

    @classmethod
    def of(cls, row: ElementInstanceRow, name: str) -> ElementInstanceResult:
        return cls(
            process_definition_id=row.process_id,
            start_date=moment_of(row.started_at),
            end_date=moment_text(row.ended_at),
            element_id=row.element_id,
            element_name=name or row.element_id,
            type=ELEMENT_TYPES.get(row.type, "UNKNOWN"),
            state=row.state,
            has_incident=bool(row.has_incident),
            tenant_id=TENANT,
            element_instance_key=str(row.key),
            process_instance_key=str(row.instance_key),
            root_process_instance_key=str(row.root_key),
            process_definition_key=str(row.definition_key),
            incident_key=key_text(row.incident_key),
        )


class ElementInstanceSearchQueryResult(Schema):
    page: SearchQueryPageResponse
    items: list[ElementInstanceResult]


class IncidentResult(Schema):
    process_definition_id: str
    error_type: str
    error_message: str
    element_id: str
    creation_time: str
    state: str
    tenant_id: str
    incident_key: str
    process_definition_key: str
    process_instance_key: str
    root_process_instance_key: str
    element_instance_key: str
    job_key: str | None

    @classmethod
    def of(cls, row: IncidentRow) -> IncidentResult:
        return cls(
            process_definition_id=row.process_id,
            error_type=row.error_type,
            error_message=row.message,
            element_id=row.element_id,
            creation_time=moment_of(row.created_at),
            state=row.state,
            tenant_id=TENANT,
            incident_key=str(row.key),
            process_definition_key=str(row.definition_key),
            process_instance_key=str(row.instance_key),
            root_process_instance_key=str(row.root_key),
            element_instance_key=str(row.token_key),
            job_key=key_text(row.job_key),
        )


class IncidentSearchQueryResult(Schema):
    page: SearchQueryPageResponse
    items: list[IncidentResult]


class MessagePublicationRequest(Schema):
    name: str
    correlation_key: str | None = ""
    time_to_live: Milliseconds | None = 0
    message_id: str | None = None
    variables: Variables | None = None
    tenant_id: Tenant = None


class MessagePublicationResult(Schema):
    tenant_id: str
    message_key: str

    @classmethod
    def of(cls, published: Published) -> MessagePublicationResult:
        return cls(tenant_id=TENANT, message_key=str(published.message_key))


class MessageCorrelationRequest(Schema):
    name: str
    correlation_key: str | None = ""
    variables: Variables | None = None
    tenant_id: Tenant = None


class MessageCorrelationResult(Schema):
    tenant_id: str
    message_key: str
    process_instance_key: str

    @classmethod
    def of(cls, published: Published) -> MessageCorrelationResult:
        first = published.instance_keys[0]
        return cls(tenant_id=TENANT, message_key=str(published.message_key), process_instance_key=str(first))


class ClockPinRequest(Schema):
    timestamp: int = Field(description="epoch milliseconds", ge=0, le=253402300799000)
