"""What is slow, and why: by resource, field and use. A reason that begins with a database is true of that one only."""

from __future__ import annotations

OTHER = "the field stands in another table than the rows: a copy in each row would cost every step"
LISTS = "a list is kept as one JSON text; each of its items would need a row of its own"
HOT = "an index of these rows costs every order about one per cent; within an instance, where there is one, it is fast"
MADE = "the value is made from others for each row"
SELDOM = "hardly anybody asks for it without an instance, a person or a state; an index would cost every write"
TIES = "the value descends, the key ascends: the many rows of equal value are sorted"
RANGE = "on sqlite: a range may hold most rows, so they are read in the order of their keys until the page is full"

ALL, SORTS, FILTER, DOWN = ("filter", "sort", "sort down"), ("sort", "sort down"), ("filter",), ("sort down",)

_ROWS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("decision instance", FILTER, "position", "on sqlite: " + SELDOM),
    ("decision instance", SORTS, "position instance_key token_key", SELDOM),
    ("decision instance", ALL, "root_definition_key type state failure result inputs rules", SELDOM),
    ("decision instance", DOWN, "definition_key", OTHER),
    ("decision instance", SORTS, (
        "decision_id decision_name version requirements_key process_definition_key root_key business_id"
    ), OTHER),
    ("decision instance", FILTER, "evaluated_at", RANGE),
    ("decision instance", FILTER, (
        "decision_id decision_name version requirements_key process_definition_key"
    ), "on sqlite: " + OTHER),
    ("decision instance", SORTS, "instance_id", MADE),
    ("process instance", DOWN, "definition_key process_id state", TIES),
    ("process instance", SORTS, "parent_key root_key business_id tags", SELDOM),
    ("process instance", ALL, "parent_token_key", SELDOM),
    ("process instance", FILTER, "tags", LISTS),
    ("process instance", FILTER, "started_at", RANGE),
    ("process instance", ALL, "ended_at", HOT),
    ("process instance", ALL, "version version_tag process_name", OTHER),
    ("process instance", SORTS, "has_incident", MADE),
    ("element instance", ALL, (
        "element_id type flow_id loop_counter compensates listeners started_at ended_at state"
    ), HOT),
    ("element instance", SORTS, "scope_key tags", SELDOM),
    ("element instance", FILTER, "process_id definition_key", "on sqlite: " + OTHER),
    ("element instance", SORTS, "process_id definition_key root_key business_id", OTHER),
    ("element instance", ALL, "version version_tag process_name", OTHER),
    ("element instance", FILTER, "tags", LISTS),
    ("element instance", SORTS, "incident_key has_incident", MADE),
    ("variable", SORTS, "scope_key tags", SELDOM),
    ("variable", ALL, "name", HOT),
    ("variable", SORTS, "value", HOT),
    ("variable", FILTER, "process_id definition_key version version_tag process_name", "on sqlite: " + OTHER),
    ("variable", SORTS, "process_id definition_key root_key business_id version version_tag process_name", OTHER),
    ("variable", FILTER, "tags", LISTS),
    ("job", SORTS, "token_key tags", SELDOM),
    ("job", ALL, (
        "element_id type kind event suspended retries headers worker available_at lapses error_code "
        "error_message created_at"
    ), HOT),
    ("job", SORTS, "state ended_at", HOT),
    ("job", FILTER, "ended_at", RANGE),
    ("job", FILTER, "process_id definition_key", "on sqlite: " + OTHER),
    ("job", SORTS, "process_id definition_key root_key business_id", OTHER),
    ("job", ALL, "version version_tag process_name", OTHER),
    ("job", FILTER, "tags", LISTS),
    ("job", ALL, "listener_event_type failed_before", MADE),
    ("user task", SORTS, "token_key candidate_users candidate_groups tags", SELDOM),
    ("user task", ALL, "name form_id form_key external_form transition denied", SELDOM),
    ("user task", DOWN, "element_id state follow_up_at priority ended_at assignee", TIES),
    ("user task", FILTER, "tags", "on sqlite: " + LISTS),
    ("user task", FILTER, "candidate_users candidate_groups candidate_user candidate_group", LISTS),
    ("user task", FILTER, "due_at follow_up_at created_at ended_at", RANGE),
    ("user task", FILTER, "process_id definition_key version version_tag process_name", "on sqlite: " + OTHER),
    ("user task", SORTS, "process_id definition_key root_key business_id version version_tag process_name", OTHER),
    ("incident", SORTS, "token_key message tags", SELDOM),
    ("incident", DOWN, "element_id error_type state", TIES),
    ("incident", DOWN, "ended_at", "on postgresql: " + TIES),
    ("incident", FILTER, "created_at ended_at", RANGE),
    ("incident", FILTER, "process_id definition_key", "on sqlite: " + OTHER),
    ("incident", SORTS, "process_id definition_key root_key business_id", OTHER),
    ("incident", ALL, "version version_tag process_name", OTHER),
    ("incident", FILTER, "tags", LISTS),
)  # fmt: skip

SLOW: dict[tuple[str, str, str], str] = {
    (resource, name, use): reason for resource, uses, names, reason in _ROWS for name in names.split() for use in uses
}

#: What only a million instances show, on PostgreSQL: with fewer rows its plan is a good one.
AT_A_MILLION: dict[tuple[str, str, str], str] = {
    **{("user task", name, "filter"): OTHER for name in ("process_id", "version", "version_tag", "process_name")},
    **{("variable", name, "filter"): OTHER for name in ("version", "version_tag", "process_name")},
    ("element instance", "process_id", "filter"): OTHER,
    ("element instance", "has_incident", "filter"): MADE,
}
