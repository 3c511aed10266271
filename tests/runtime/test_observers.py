"""Observers are told after each commit what has changed, in order."""

from __future__ import annotations

import logging

import pytest

from bpmn_engine import Engine, InvalidArgument, Resource
from bpmn_engine.instance import changes
from bpmn_engine.runtime.observers import Commit
from tests.diagrams import diagram, user
from tests.runtime.test_engine import eventually

FORM = Resource("p.bpmn", diagram("start -> u -> end", user("u")))


class _Notes:
    def __init__(self) -> None:
        self.commits: list[Commit] = []

    def committed(self, commit: Commit) -> None:
        self.commits.append(commit)

    @property
    def happened(self) -> list[changes.Change]:
        return [change for commit in self.commits for _, changes in commit.steps for change in changes]


def test_an_observer_hears_of_every_change_in_the_order_of_the_commits(engine: Engine) -> None:
    engine.deploy(FORM)
    notes = _Notes()
    engine.runtime.observers.add(notes, steps=True)

    key = engine.start("p", {"x": 1})
    engine.complete(engine.tasks(instance_key=key)[0].key)

    eventually(lambda: any(commit.ended for commit in notes.commits))
    entered = [change.element_id for change in notes.happened if isinstance(change, changes.TokenCreated)]
    assert entered == ["p", "start", "u", "end"]
    assert [commit.key for commit in notes.commits] == sorted(commit.key for commit in notes.commits)
    assert [instance.key for commit in notes.commits for instance in commit.ended] == [key]


def test_what_an_observer_hears_of_is_on_disk(engine: Engine) -> None:
    engine.deploy(FORM)
    found: list[int] = []

    class Looking:
        def committed(self, commit: Commit) -> None:
            with engine.runtime.reading() as connection:
                row = connection.exec_driver_sql("SELECT count(*) FROM process_instance").scalar()
            found.append(row if commit.steps else -1)

    engine.runtime.observers.add(Looking(), steps=True)
    engine.start("p")

    eventually(lambda: 1 in found)


def test_what_is_rolled_back_is_not_told(engine: Engine) -> None:
    engine.deploy(FORM)
    notes = _Notes()
    engine.runtime.observers.add(notes, steps=True)

    with pytest.raises(InvalidArgument, match="value cannot be stored"):
        engine.start("p", business_id="\ud800")

    assert notes.happened == []


def test_an_observer_that_fails_spoils_nothing(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    engine.deploy(FORM)
    notes = _Notes()

    class Failing:
        def committed(self, commit: Commit) -> None:
            raise ValueError("no")

    failing = Failing()
    engine.runtime.observers.add(failing, steps=True)
    engine.runtime.observers.add(notes, steps=True)

    with caplog.at_level(logging.ERROR):
        engine.start("p")
        eventually(lambda: notes.happened)

    assert "failed to take in commit" in caplog.text
    engine.runtime.observers.remove(failing)
    caplog.clear()
    engine.start("p")
    eventually(lambda: sum(isinstance(change, changes.InstanceStarted) for change in notes.happened) == 2)
    assert caplog.text == ""
