"""What must hold for every model of the family, whatever happens; seen from outside.

`FAMILY_CASES=10000 pytest tests/properties/test_family.py` (`make family`) tries as many rows by chance.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator

from bpmn_engine.instance import changes, commands
from bpmn_engine.instance.state import Incident, Instance, Job, UserTask
from bpmn_engine.instance.variables import visible
from tests.play import Play
from tests.properties.driver import attempt, possible
from tests.properties.family import Row, any_row, model, pairwise

_ENDED = (changes.TokenCompleted, changes.TokenTerminated, changes.TokenConsumed)
#: The elements whose handlers see what the input mapping of the host gives, and those that may do so.
_SEES = ("host", "work", "more")
_MAY_SEE = (*_SEES, "undo_host")
CASES = int(os.environ.get("FAMILY_CASES", "0"))


def rows() -> Iterator[Row]:
    """Each pair of values once, or as many rows as are wanted by chance."""
    yield from pairwise()
    chance = random.Random(int(os.environ.get("FAMILY_SEED", "1")))
    for _ in range(CASES):
        yield any_row(chance)


def test_whatever_happens_tokens_end_once_and_nothing_is_left_and_undoing_is_in_reverse() -> None:
    for number, row in enumerate(rows()):
        data, calls = model(row)
        for unruly in (False, True):
            try:
                _live(Play(data, calls=calls), random.Random(number), unruly=unruly)
            except Exception as error:
                raise AssertionError(f"row {number}, unruly={unruly}: {row}") from error


def _live(play: Play, chance: random.Random, *, unruly: bool) -> None:
    for _ in range(chance.randrange(25)):
        choices = [(one, command) for one in _plays(play) for command in possible(one, unruly=unruly)]
        if choices:
            attempt(*chance.choice(choices))
            _check_visibility(play)
    _finish(play)
    for one in _plays(play):
        _check_nothing_left(one)
        _check_undoing(one)
    assert {"secret", "item", "loopCounter"}.isdisjoint(play.variables)


def _plays(play: Play) -> list[Play]:
    return [play, *(inner for child in play.children for inner in _plays(child))]


def _finish(play: Play) -> None:
    """Do all the work that is open; what waits for something else then is cancelled."""
    for _ in range(300):
        work = [
            (one, command)
            for one in _plays(play)
            for command in possible(one, unruly=False)
            if isinstance(command, commands.CompleteJob | commands.CompleteUserTask | commands.UpdateJobRetries)
            or (isinstance(command, commands.ResolveIncident) and _may_resolve(one, command))
        ]
        if not work:
            break
        attempt(*work[-1])
    if not play.instance.ended:
        play.do(commands.CancelInstance())


def _may_resolve(play: Play, command: commands.ResolveIncident) -> bool:
    incident = play.instance.waits[command.incident_key]
    job = play.instance.waits.get(incident.job_key or 0) if isinstance(incident, Incident) else None
    return isinstance(job, Job) and job.retries > 0


def _check_nothing_left(play: Play) -> None:
    instance = play.instance
    assert instance.ended
    rest = ("tokens", "waits", "joins", "ready", "conditions", "variables", "variable_keys", "loops", "compensations")
    assert {name: getattr(instance, name) for name in rest if getattr(instance, name)} == {}
    begun = [change.key for change in play.history if isinstance(change, changes.TokenCreated)]
    ended = [change.key for change in play.history if isinstance(change, _ENDED)]
    assert Counter(ended) == Counter(begun)


def _check_visibility(play: Play) -> None:
    """Whoever works sees the local variables of its own activity and of no other."""
    for one in _plays(play):
        for wait in one.waits(Job, UserTask):
            names = visible(one.instance, wait.token_key)
            assert wait.element_id not in _SEES or "secret" in names, wait.element_id
            assert wait.element_id in _MAY_SEE or {"secret", "item"}.isdisjoint(names), wait.element_id


def _check_undoing(play: Play) -> None:
    """One undoing for each completion at most, one at a time, what completed last first."""
    done: dict[int, list[int]] = {}  # by scope: the keys of what can be undone
    open_now: Counter[int] = Counter()
    scope_of: dict[int, int] = {}
    for change in play.history:
        if isinstance(change, changes.CompensationRecorded):
            done.setdefault(change.compensation.scope_key, []).append(change.compensation.key)
        elif isinstance(change, changes.TokenCreated) and change.element_id in ("undo_host", "undo_first"):
            open_now[change.scope_key] += 1
            scope_of[change.key] = change.scope_key
            assert open_now[change.scope_key] == 1
        elif isinstance(change, _ENDED) and change.key in scope_of:
            open_now[scope_of[change.key]] -= 1
    undone = [play.names[key] for key in scope_of]
    by_scope: dict[int, list[str]] = {}
    for key, name in zip(scope_of, undone, strict=True):
        by_scope.setdefault(scope_of[key], []).append(name)
    for names in by_scope.values():
        assert names == sorted(names, reverse=True)  # undo_host before undo_first
    for name in ("host", "first"):
        assert undone.count(f"undo_{name}") <= play.completed.count(name)


def test_the_family_has_each_pair_of_values() -> None:
    assert len(pairwise()) < 120
    assert isinstance(Play(model(pairwise()[0])[0], calls=model(pairwise()[0])[1]).instance, Instance)
