"""The named tuples that leave the store have the columns of the tables, with their types."""

from __future__ import annotations

from collections.abc import Iterable
from types import UnionType
from typing import Any, NamedTuple, get_args, get_type_hints

import pytest
from sqlalchemy import Column, ColumnElement, Table

from bpmn_engine.store import tables
from bpmn_engine.store.idempotency import Answered
from bpmn_engine.store.jobs import ClaimedJob
from bpmn_engine.store.messages import BufferedMessage, OpenSubscription
from bpmn_engine.store.nodes import NodeRow
from bpmn_engine.store.process_definitions import DefinitionSource, DeployedResource, FormRow
from bpmn_engine.store.queries.resources import SEARCHABLES
from bpmn_engine.store.reader import EndedIteration, LiveCompensation, LiveInstance, LiveLoop, LiveToken, LiveVariable
from bpmn_engine.store.rows import columns
from bpmn_engine.store.timers import DueTimer
from bpmn_engine.store.versions import DecisionVersion, FormVersion, ProcessVersion, RequirementsVersion
from bpmn_engine.store.waits import WAITS

ROWS: dict[type, tuple[Table, ...]] = {
    Answered: (tables.idempotency,),
    BufferedMessage: (tables.message,),
    ClaimedJob: (tables.job,),
    DecisionVersion: (tables.decision_definition,),
    DefinitionSource: (tables.process_definition, tables.resource),
    DeployedResource: (tables.resource,),
    DueTimer: (tables.timer,),
    EndedIteration: (tables.loop_run,),
    FormRow: (tables.form, tables.resource),
    FormVersion: (tables.form,),
    LiveCompensation: (tables.compensation,),
    LiveInstance: (tables.process_instance,),
    LiveLoop: (tables.loop,),
    LiveToken: (tables.token,),
    LiveVariable: (tables.variable,),
    NodeRow: (tables.node,),
    OpenSubscription: (tables.subscription,),
    ProcessVersion: (tables.process_definition,),
    RequirementsVersion: (tables.decision_requirements,),
    **{of.row: (of.table,) for of in WAITS},
}


def unlike(row: Any, fields: Iterable[tuple[str, ColumnElement[Any]]]) -> list[str]:
    """The fields whose type is not that of their column."""
    hints = get_type_hints(row)
    return [name for name, column in fields if isinstance(column, Column) and not _holds(hints[name], column)]


def _holds(hint: Any, column: Column[Any]) -> bool:
    """Whether a field can hold what is in a column, and nothing of another type."""
    kinds = set(get_args(hint)) if isinstance(hint, UnionType) else {hint}
    return kinds - {type(None)} == {column.type.python_type} and (type(None) in kinds or not column.nullable)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.__name__))
def test_a_row_has_the_types_of_its_columns(row: type) -> None:
    fields = zip(get_type_hints(row), columns(row, *ROWS[row]), strict=True)

    assert unlike(row, fields) == []


@pytest.mark.parametrize("name", SEARCHABLES)
def test_a_row_that_a_search_finds_has_the_types_of_its_columns(name: str) -> None:
    searchable = SEARCHABLES[name]

    assert unlike(searchable.row, searchable.fields.items()) == []


def test_a_row_type_with_a_field_that_no_table_has_is_refused() -> None:
    class Renamed(NamedTuple):
        parked: bool

    with pytest.raises(KeyError, match="parked"):
        columns(Renamed, tables.job)
