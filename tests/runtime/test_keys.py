"""Keys."""

import time

from bpmn_engine.runtime.keys import KeyGenerator


def test_keys_rise_and_are_unique_also_within_a_millisecond() -> None:
    keys = KeyGenerator(7)

    made = [next(keys) for _ in range(20_000)]

    assert made == sorted(set(made))


def test_keys_of_two_nodes_never_meet() -> None:
    first, second = KeyGenerator(1), KeyGenerator(2)

    assert not {next(first) for _ in range(10_000)} & {next(second) for _ in range(10_000)}


def test_keys_follow_the_clock_and_do_not_run_ahead_of_it() -> None:
    keys = KeyGenerator(1)
    for _ in range(5_000):
        keys.refresh()
        next(keys)
    time.sleep(0.01)
    keys.refresh()

    assert (next(keys) >> 22) - (next(KeyGenerator(1)) >> 22) <= 1
