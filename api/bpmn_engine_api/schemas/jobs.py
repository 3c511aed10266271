"""Jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field

from bpmn_engine.errors import InvalidArgument
from bpmn_engine.operations.types import ActivatedJob, JobRow, UserTask
from bpmn_engine.operations.values import loads
from bpmn_engine_api.schemas.base import (
    TENANT,
    Milliseconds,
    Schema,
    Variables,
    Whole,
    moment_of,
    moment_text,
)
from bpmn_engine_api.schemas.search import SearchQueryPageResponse
from bpmn_engine_api.schemas.user_tasks import Changeset

JOB_FIELDS = {
    "deadline": "available_at", "elementId": "element_id", "elementInstanceKey": "token_key", "endTime": "ended_at",
    "errorCode": "error_code", "errorMessage": "error_message", "jobKey": "key", "processDefinitionId": "process_id",
    "processDefinitionKey": "definition_key", "processInstanceKey": "instance_key", "retries": "retries",
    "state": "state", "type": "type", "worker": "worker", "creationTime": "created_at",
    "kind": "kind", "listenerEventType": "listener_event_type", "hasFailedWithRetriesLeft": "failed_before",
}  # fmt: skip


class JobActivationRequest(Schema):
    type: str
    timeout: Milliseconds
    max_jobs_to_activate: Whole
    worker: str | None = ""
    fetch_variable: list[str] | None = None
    request_timeout: Milliseconds | None = 0
    tenant_ids: list[str] | None = None
    with_lease: bool | None = None


class UserTaskProperties(Schema):
    """The user task of a task listener's job, as it is to become."""

    action: str
    assignee: str | None
    candidate_groups: list[str]
    candidate_users: list[str]
    changed_attributes: list[str]
    due_date: str | None
    follow_up_date: str | None
    form_key: str | None
    priority: int | None
    user_task_key: str | None

    @classmethod
    def of(cls, task: UserTask) -> UserTaskProperties:
        asked = task.transition
        changes = dict(asked.changes) if asked else {}
        wanted = replace(task, **changes)
        return cls(
            action=_ACTIONS[asked.event] if asked else "",
            assignee=wanted.assignee,
            candidate_groups=list(wanted.candidate_groups),
            candidate_users=list(wanted.candidate_users),
            changed_attributes=[_ATTRIBUTES[name] for name in changes],
            due_date=moment_text(wanted.due_at),
            follow_up_date=moment_text(wanted.follow_up_at),
            form_key=None,
            priority=wanted.priority,
            user_task_key=str(task.key),
        )


_ACTIONS = {"creating": "create", "assigning": "assign", "updating": "update", "completing": "complete"}
_ATTRIBUTES = {
    "assignee": "assignee", "candidate_groups": "candidateGroups", "candidate_users": "candidateUsers",
    "due_at": "dueDate", "follow_up_at": "followUpDate", "priority": "priority",
}  # fmt: skip


class ActivatedJobResult(Schema):
    type: str
    process_definition_id: str
    process_definition_version: int
    element_id: str
    custom_headers: dict[str, str]
    worker: str
    retries: int
    deadline: int
    variables: Variables
    tenant_id: str
    physical_tenant_id: str
    job_key: str
    process_instance_key: str
    process_definition_key: str
    element_instance_key: str
    kind: str
    listener_event_type: str
    user_task: UserTaskProperties | None
    tags: list[str]
    root_process_instance_key: str
    business_id: str | None
    priority: int
    job_lease_token: str | None

    @classmethod
    def of(cls, job: ActivatedJob, names: list[str] | None) -> ActivatedJobResult:
        deadline: datetime = job.deadline
        variables = {name: value for name, value in job.variables.items() if not names or name in names}
        return cls(
            type=job.type,
            process_definition_id=job.process_id,
            process_definition_version=job.version,
            element_id=job.element_id,
            custom_headers=dict(job.headers),
            worker=job.worker,
            retries=job.retries,
            deadline=int(deadline.timestamp() * 1000),
            variables=variables,
            tenant_id=TENANT,
            physical_tenant_id="default",
            job_key=str(job.key),
            process_instance_key=str(job.instance_key),
            process_definition_key=str(job.definition_key),
            element_instance_key=str(job.token_key),
            kind=job.kind.value,
            listener_event_type=(job.event or "unspecified").upper(),
            user_task=UserTaskProperties.of(job.task) if job.task else None,
            tags=list(job.tags),
            root_process_instance_key=str(job.root_key),
            business_id=job.business_id,
            priority=0,
            job_lease_token=None,
        )


class JobActivationResult(Schema):
    jobs: list[ActivatedJobResult]


class JobResultCorrections(Changeset):
    """Fields of a user task that a listener corrects; an empty assignee unassigns it."""

    assignee: str | None = None

    def changes(self) -> dict[str, Any]:
        assignee = {} if self.assignee is None else {"assignee": self.assignee or None}
        return {**super().changes(), **assignee}


class JobResultUserTask(Schema):
    """The answer of a task listener."""

    type: str | None = "userTask"
    denied: bool | None = None
    denied_reason: str | None = None
    corrections: JobResultCorrections | None = None

    @property
    def reason(self) -> str | None:
        """The reason why the listener denies the change; None if it does not."""
        return (self.denied_reason or "") if self.denied else None

    def changes(self) -> dict[str, Any]:
        """The fields that the listener corrects."""
        return self.corrections.changes() if self.corrections else {}


class JobCompletionRequest(Schema):
    variables: Variables | None = None
    result: JobResultUserTask | None = None

    def listener_result(self) -> JobResultUserTask:
        """The answer of a task listener; raise `InvalidArgument` for results of other kinds."""
        result = self.result or JobResultUserTask()
        if result.type not in (None, "userTask"):
            raise InvalidArgument(f"A job result of type '{result.type}' is not supported; use 'userTask'.")
        return result


class JobFailRequest(Schema):
    retries: Whole | None = 0
    error_message: str | None = None
    retry_back_off: Milliseconds | None = Field(None, description="without it the job waits as its diagram says")
    variables: Variables | None = None


class JobErrorRequest(Schema):
    error_code: str
    error_message: str | None = None
    variables: Variables | None = None


class JobChangeset(Schema):
    retries: Whole | None = None
    timeout: Milliseconds | None = None


class JobUpdateRequest(Schema):
    changeset: JobChangeset


class JobSearchResult(Schema):
    custom_headers: dict[str, str]
    deadline: str | None
    denied_reason: str | None
    element_id: str
    element_instance_key: str
    end_time: str | None
    error_code: str | None
    error_message: str | None
    has_failed_with_retries_left: bool
    is_denied: bool | None
    job_key: str
    kind: str
    listener_event_type: str
    process_definition_id: str
    process_definition_key: str
    process_instance_key: str
    root_process_instance_key: str
    business_id: str | None
    retries: int
    state: str
    tenant_id: str
    type: str
    worker: str
    creation_time: str
    last_update_time: str
    priority: int

    @classmethod
    def of(cls, row: JobRow) -> JobSearchResult:
        return cls(
            custom_headers=loads(row.headers),
            deadline=moment_text(row.available_at) if row.worker else None,
            denied_reason=None,
            element_id=row.element_id,
            element_instance_key=str(row.token_key),
            end_time=moment_text(row.ended_at),
            error_code=row.error_code,
            error_message=row.error_message,
            has_failed_with_retries_left=bool(row.failed_before),
            is_denied=None,
            job_key=str(row.key),
            kind=row.kind,
            listener_event_type=row.listener_event_type,
            process_definition_id=row.process_id,
            process_definition_key=str(row.definition_key),
            process_instance_key=str(row.instance_key),
            root_process_instance_key=str(row.root_key),
            business_id=row.business_id,
            retries=row.retries,
            state=row.state,
            tenant_id=TENANT,
            type=row.type,
            worker=row.worker or "",
            creation_time=moment_of(row.created_at),
            last_update_time=moment_of(row.ended_at or row.created_at),
            priority=0,
        )


class JobSearchQueryResult(Schema):
    page: SearchQueryPageResponse
    items: list[JobSearchResult]
