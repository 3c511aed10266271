"""Instances whose agenda is not done: whose turn it is, whose they are, and when they have gone too far."""

from __future__ import annotations

from bpmn_engine.runtime.unfinished import Unfinished


class Watch:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_they_go_on_in_turn() -> None:
    unfinished = Unfinished(100, 100, Watch())
    unfinished.note(1, 0)
    unfinished.note(2, 0)

    unfinished.entered(1, 5)

    assert unfinished.in_turn() == [2, 1]


def test_one_that_has_entered_the_limit_without_a_wait_has_gone_too_far() -> None:
    unfinished = Unfinished(10, 100, Watch())
    unfinished.note(1, 0)

    assert unfinished.entered(1, 9)
    assert not unfinished.entered(1, 1)
    assert 1 not in unfinished


def test_a_wait_ends_the_count() -> None:
    unfinished = Unfinished(10, 100, Watch())
    unfinished.note(1, 0)
    unfinished.entered(1, 9)
    unfinished.remove(1)

    unfinished.note(1, 5)

    assert unfinished.entered(1, 9)


def test_what_exceeds_the_pace_goes_on_in_the_next_second() -> None:
    watch = Watch()
    unfinished = Unfinished(1000, 10, watch)
    unfinished.note(1, 0)
    unfinished.entered(1, 10)
    assert unfinished.in_turn() == []
    assert unfinished.seconds_to_wait() == 1

    watch.seconds += 1

    assert unfinished.in_turn() == [1]


def test_one_that_is_computed_beside_the_loop_is_left_alone_until_that_is_here() -> None:
    unfinished = Unfinished(100, 100, Watch())
    unfinished.note(1, 0)
    unfinished.begin_beside(1)
    assert (unfinished.in_turn(), unfinished.seconds_to_wait()) == ([], None)

    unfinished.end_beside(1)

    assert unfinished.in_turn() == [1]


def test_the_only_node_takes_over_what_it_finds() -> None:
    unfinished = Unfinished(100, 100, Watch())

    unfinished.find([(1, 7)], alone=True)

    assert unfinished.is_mine(1, 7)


def test_beside_other_nodes_only_what_has_stood_still_is_taken_over() -> None:
    unfinished = Unfinished(100, 100, Watch())
    unfinished.find([(1, 7), (2, 3)], alone=False)
    assert len(unfinished) == 0

    unfinished.find([(1, 8), (2, 3)], alone=False)

    assert list(unfinished) == [2]


def test_one_that_another_node_has_moved_is_not_mine() -> None:
    unfinished = Unfinished(100, 100, Watch())
    unfinished.note(1, 7)

    assert not unfinished.is_mine(1, 8)
