"""The benchmarks run; how fast they are is not a test's matter."""

from pathlib import Path

from benchmarks import bare, diagrams, engine, expressions, fairness, floor, million
from bpmn_engine.parser import parse


def test_the_floor_and_the_engine_run_orders(tmp_path: Path) -> None:
    assert engine.orders(f"sqlite:///{tmp_path / 'orders.db'}", 4).instances > 0
    assert floor.orders(f"sqlite:///{tmp_path / 'floor.db'}", 4, 2) > 0
    assert bare.sqlite(tmp_path, 4, 2) > 0


def test_the_expressions_and_tables_give_what_they_should() -> None:
    assert all(expressions.own(text) for text in expressions.EXPRESSIONS)
    assert expressions.tables(20, inputs=3, evaluations=20) > 0


def test_loops_forks_and_items_run(tmp_path: Path) -> None:
    assert engine.loop_of(f"sqlite:///{tmp_path / 'loop.db'}", 10) > 0
    assert engine.fork_of(f"sqlite:///{tmp_path / 'fork.db'}", 3) > 0
    assert engine.items_of(f"sqlite:///{tmp_path / 'items.db'}", 5_000, sequential=False) > 0


def test_the_crowd_of_greedy_processes_can_be_deployed() -> None:
    assert all(parse(text.encode()).processes for text in diagrams.crowd("=1 + 1").values())
    assert fairness.main.__doc__
    assert million.__doc__
