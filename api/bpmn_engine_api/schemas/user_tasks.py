"""User tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.operations.types import UserTaskRow
from bpmn_engine.operations.values import loads, parse_datetime
from bpmn_engine_api.schemas.base import TENANT, Schema, Variables, Whole, key_text, moment_of, moment_text
from bpmn_engine_api.schemas.search import SearchQueryPageResponse

USER_TASK_FIELDS = {
    "state": "state",
    "assignee": "assignee",
    "businessId": "business_id",
    "priority": "priority",
    "elementId": "element_id",
    "name": "name",
    "candidateGroup": "candidate_group",
    "candidateUser": "candidate_user",
    "processDefinitionId": "process_id",
    "creationDate": "created_at",
    "completionDate": "ended_at",
    "followUpDate": "follow_up_at",
    "dueDate": "due_at",
    "processInstanceVariables": "instance_variables",
    "localVariables": "local_variables",
    "userTaskKey": "key",
    "processDefinitionKey": "definition_key",
    "processInstanceKey": "instance_key",
    "elementInstanceKey": "token_key",
    "tags": "tags",
}


class UserTaskResult(Schema):
    name: str | None
    state: str
    assignee: str | None
    element_id: str
    candidate_groups: list[str]
    candidate_users: list[str]
    process_definition_id: str
    creation_date: str
    completion_date: str | None
    follow_up_date: str | None
    due_date: str | None
    tenant_id: str
    external_form_reference: str | None
    process_definition_version: int
    custom_headers: dict[str, str]
    priority: int
    user_task_key: str
    element_instance_key: str
    process_name: str | None
    process_definition_key: str
    process_instance_key: str
    root_process_instance_key: str
    business_id: str | None
    form_key: str | None
    tags: list[str]

    @classmethod
    def of(cls, row: UserTaskRow, form_key: int | None, headers: Mapping[str, str]) -> UserTaskResult:
        return cls(
            name=row.name,
            state=row.state,
            assignee=row.assignee,
            element_id=row.element_id,
            candidate_groups=loads(row.candidate_groups),
            candidate_users=loads(row.candidate_users),
            process_definition_id=row.process_id,
            creation_date=moment_of(row.created_at),
            completion_date=moment_text(row.ended_at) if row.state == "COMPLETED" else None,
            follow_up_date=moment_text(row.follow_up_at),
            due_date=moment_text(row.due_at),
            tenant_id=TENANT,
            external_form_reference=row.external_form or row.form_key,
            process_definition_version=row.version,
            custom_headers=dict(headers),
            priority=row.priority,
            user_task_key=str(row.key),
            element_instance_key=str(row.token_key),
            process_name=row.process_name,
            process_definition_key=str(row.definition_key),
            process_instance_key=str(row.instance_key),
            root_process_instance_key=str(row.root_key),
            business_id=row.business_id,
            form_key=key_text(form_key),
            tags=loads(row.tags),
        )


class UserTaskSearchQueryResult(Schema):
    page: SearchQueryPageResponse
    items: list[UserTaskResult]


class UserTaskAssignmentRequest(Schema):
    assignee: str
    allow_override: bool | None = True
    action: str | None = "assign"


class UserTaskCompletionRequest(Schema):
    variables: Variables | None = None
    action: str | None = "complete"


class Changeset(Schema):
    """Changes to a user task: absent and null keep a field; an empty string clears a date, an empty list a list."""

    due_date: str | None = None
    follow_up_date: str | None = None
    candidate_users: list[str] | None = None
    candidate_groups: list[str] | None = None
    priority: Whole | None = None

    def changes(self) -> dict[str, Any]:
        """The changed fields in the engine's words."""
        given = {
            "due_at": _date(self.due_date),
            "follow_up_at": _date(self.follow_up_date),
            "candidate_users": self.candidate_users,
            "candidate_groups": self.candidate_groups,
            "priority": self.priority,
        }
        changed = {name: value for name, value in given.items() if value is not None}
        return {
            name: None if value == "" else tuple(value) if isinstance(value, list) else value
            for name, value in changed.items()
        }


class UserTaskUpdateRequest(Schema):
    changeset: Changeset | None = None
    action: str | None = "update"


def _date(text: str | None) -> datetime | str | None:
    if not text:
        return text
    try:
        return parse_datetime(text)
    except ValueError as error:
        raise InvalidArgument(f"{error}.") from None
