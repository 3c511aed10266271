"""Who gets how much of a turn, and which processes are heavy."""

from __future__ import annotations

from bpmn_engine.runtime.shares import PART, Shares


class Watch:
    """Two clocks that are moved by hand: of the wall and of the processor."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def work(self, seconds: float, cpu: float | None = None) -> None:
        """Let time pass, by default all of it on the processor."""
        self.wall += seconds
        self.cpu += seconds if cpu is None else cpu


def made() -> tuple[Shares, Watch]:
    """Shares on clocks that stand still."""
    watch = Watch()
    shares = Shares(lambda: watch.wall, lambda: watch.cpu)
    shares.begin()
    return shares, watch


def test_a_process_has_its_part_when_its_requests_together_have_taken_that_long() -> None:
    shares, watch = made()

    watch.work(PART * 0.6)
    first = shares.charge("a", PART)
    watch.work(PART * 0.6)
    second = shares.charge("a", PART)

    assert (first, second) == (False, True)


def test_what_another_process_takes_does_not_count() -> None:
    shares, watch = made()
    watch.work(PART * 0.9)
    shares.charge("a", PART)
    watch.work(PART * 0.9)

    assert not shares.charge("b", PART)


def test_a_new_turn_begins_anew() -> None:
    shares, watch = made()
    watch.work(PART * 0.9)
    shares.charge("a", PART)
    shares.begin()
    watch.work(PART * 0.9)

    assert not shares.charge("a", PART)


def test_a_process_that_keeps_the_processor_busy_for_long_twice_is_heavy() -> None:
    shares, watch = made()
    for _ in range(2):
        watch.work(PART * 2)
        shares.charge("a", PART)

    assert shares.heavy == {"a"}


def test_a_process_that_only_waited_for_the_processor_is_not_heavy() -> None:
    shares, watch = made()
    for _ in range(10):
        watch.work(PART * 2, cpu=PART / 10)
        shares.charge("a", PART)

    assert not shares.heavy


def test_one_slow_request_makes_nobody_heavy() -> None:
    shares, watch = made()
    watch.work(PART * 2)
    shares.charge("a", PART)
    for _ in range(100):
        watch.work(PART / 10)
        shares.charge("a", PART)

    watch.work(PART * 2)
    shares.charge("a", PART)

    assert not shares.heavy


def test_a_heavy_process_whose_steps_are_quick_again_is_not_heavy_any_more() -> None:
    shares, _ = made()
    shares.heavy.add("a")

    shares.computed("a", PART * 2)
    assert shares.heavy
    shares.computed("a", PART / 10)

    assert not shares.heavy


def test_work_that_nobody_waits_for_gets_a_part_while_others_wait_and_a_turn_otherwise() -> None:
    shares, watch = made()
    contended, alone = (shares.end_of_background(contended=contended) for contended in (True, False))

    watch.work(PART * 1.5)

    assert shares.is_over(contended)
    assert not shares.is_over(alone)
