"""The tables of legal transitions are what docs/states.md draws; that they are kept is asserted for every change that
the tests of elements and the property tests make (`tests/transitions.py`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bpmn_engine.instance import changes
from bpmn_engine.instance.state import TokenState
from bpmn_engine.instance.transitions import INSTANCE, JOB, TOKEN, State
from tests.transitions import States

PAGE = Path(__file__).parents[2] / "docs" / "states.md"


@pytest.mark.parametrize(("title", "table"), [("A token", TOKEN), ("A job", JOB), ("A process instance", INSTANCE)])
def test_the_page_draws_the_table(title: str, table: Mapping[State | None, frozenset[State]]) -> None:
    drawing = PAGE.read_text().split(f"## {title}\n")[1].split("```")[1]
    drawn = {(before, after) for before, after in re.findall(r"^ +(\S+) --> (\w+)", drawing, re.M)}

    assert drawn == {
        ("[*]" if before is None else str(before), str(after)) for before in table for after in table[before]
    }


def test_an_illegal_transition_is_noticed() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    states = States()
    states.follow([changes.TokenCreated(now, 2, "a", 1, TokenState.ACTIVATING, None), changes.TokenCompleted(now, 2)])

    with pytest.raises(AssertionError, match="COMPLETED becomes ACTIVE"):
        states.follow([changes.TokenActivated(2)])
