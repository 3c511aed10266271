"""The rows that searches find, whose fields are those to filter and sort by. Keys are integers, moments aware."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class DecisionRequirementsRow(NamedTuple):
    """A version of a decision model."""

    key: int
    requirements_id: str
    version: int
    name: str
    namespace: str
    resource_key: int
    resource_name: str
    deployment_key: int


class DecisionDefinitionRow(NamedTuple):
    """A version of a decision."""

    key: int
    decision_id: str
    version: int
    version_tag: str | None
    name: str
    requirements_key: int
    deployment_key: int
    requirements_id: str
    requirements_name: str
    requirements_version: int
    resource_name: str
    is_latest: bool


class DecisionInstanceRow(NamedTuple):
    """A decision that was made; `result`, `inputs` and `rules` are JSON texts."""

    key: int
    evaluation_key: int
    position: int
    definition_key: int
    root_definition_key: int
    type: str
    state: str
    failure: str | None
    instance_key: int | None
    token_key: int | None
    evaluated_at: datetime
    result: str
    inputs: str
    rules: str
    decision_id: str
    decision_name: str
    version: int
    requirements_key: int
    process_definition_key: int | None
    root_key: int | None
    business_id: str | None
    instance_id: str


class ProcessDefinitionRow(NamedTuple):
    """A version of a process."""

    key: int
    process_id: str
    version: int
    version_tag: str | None
    name: str | None
    resource_key: int
    resource_name: str
    deployment_key: int
    start_form_id: str | None
    is_latest: bool
    has_start_form: bool
    state: str


class ProcessInstanceRow(NamedTuple):
    """A process instance; `tags` is a JSON text."""

    key: int
    definition_key: int
    process_id: str
    parent_key: int | None
    parent_token_key: int | None
    root_key: int
    state: str
    business_id: str | None
    tags: str
    started_at: datetime
    ended_at: datetime | None
    version: int
    version_tag: str | None
    process_name: str | None
    has_incident: bool


class ElementInstanceRow(NamedTuple):
    """A token: a visit of one flow node, or the instance itself; `tags` is a JSON text."""

    key: int
    instance_key: int
    element_id: str
    type: str
    scope_key: int
    flow_id: str | None
    loop_counter: int | None
    compensates: int | None
    listeners: int
    started_at: datetime
    ended_at: datetime | None
    process_id: str
    definition_key: int
    root_key: int
    business_id: str | None
    tags: str
    version: int
    version_tag: str | None
    process_name: str | None
    state: str
    incident_key: int | None
    has_incident: bool


class VariableRow(NamedTuple):
    """A variable at a scope; `value` and `tags` are JSON texts."""

    key: int
    instance_key: int
    scope_key: int
    name: str
    value: str
    process_id: str
    definition_key: int
    root_key: int
    business_id: str | None
    tags: str
    version: int
    version_tag: str | None
    process_name: str | None


class JobRow(NamedTuple):
    """A job; `headers` and `tags` are JSON texts. `available_at` is its deadline while a worker has it."""

    key: int
    instance_key: int
    token_key: int
    element_id: str
    type: str
    kind: str
    event: str | None
    state: str
    suspended: bool
    retries: int
    headers: str
    worker: str | None
    available_at: datetime
    lapses: int
    error_code: str | None
    error_message: str | None
    created_at: datetime
    ended_at: datetime | None
    process_id: str
    definition_key: int
    root_key: int
    business_id: str | None
    tags: str
    version: int
    version_tag: str | None
    process_name: str | None
    listener_event_type: str
    failed_before: bool


class UserTaskRow(NamedTuple):
    """A user task; `candidate_users`, `candidate_groups`, `transition` and `tags` are JSON texts."""

    key: int
    instance_key: int
    token_key: int
    element_id: str
    name: str | None
    state: str
    assignee: str | None
    candidate_users: str
    candidate_groups: str
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    form_id: str | None
    form_key: str | None
    external_form: str | None
    transition: str | None
    denied: str | None
    created_at: datetime
    ended_at: datetime | None
    process_id: str
    definition_key: int
    root_key: int
    business_id: str | None
    tags: str
    version: int
    version_tag: str | None
    process_name: str | None


class IncidentRow(NamedTuple):
    """An incident; `tags` is a JSON text."""

    key: int
    instance_key: int
    token_key: int
    job_key: int | None
    element_id: str
    error_type: str
    message: str
    state: str
    created_at: datetime
    ended_at: datetime | None
    process_id: str
    definition_key: int
    root_key: int
    business_id: str | None
    tags: str
    version: int
    version_tag: str | None
    process_name: str | None
