"""Whether cost grows with size: long loops, wide forks, many items. Runs in a process of its own."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from benchmarks import diagrams, engine
from benchmarks.expressions import NOW, microseconds
from bpmn_engine import Engine, Resource
from bpmn_engine.expressions import compile_feel
from bpmn_engine.runtime.tuning import tune_process

MARK = 100_000


def peak() -> float:
    """The most memory that this process has had so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def loops(folder: Path) -> None:
    """Cost per turn of short loops."""
    for turns in (1_000, 10_000):
        seconds = engine.loop_of(f"sqlite:///{folder / f'loop{turns}.db'}", turns)
        print(f"loop of {turns:>9,} turns     {seconds:7.2f} s   {1e6 * seconds / turns:7.0f} µs a turn")


def conditions(folder: Path) -> None:
    """What the condition of the loop costs, beside a step of its token from one element to the next."""
    turns, elements = 10_000, 3
    a_step = engine.loop_of(f"sqlite:///{folder / 'conditions.db'}", turns) / turns / elements * 1e6
    condition, names = compile_feel("n < limit"), {"n": 1, "limit": turns}
    a_condition = microseconds(lambda: condition.evaluate(names, NOW))
    print(f"a condition costs {a_condition:.2f} µs of the {a_step:.1f} µs of a step: {a_condition / a_step:.1%}")


def forks(folder: Path) -> None:
    """Cost per branch."""
    for count in (10, 100, 1_000):
        seconds = engine.fork_of(f"sqlite:///{folder / f'fork{count}.db'}", count)
        print(f"fork of {count:>9,} branches  {seconds:7.2f} s   {1e6 * seconds / count:7.0f} µs a branch")


def items(folder: Path) -> None:
    """Cost per item of a multi-instance service task with an output list, parallel and sequential."""
    for way in ("parallel", "sequential"):
        costs = []
        for count in (100, 1_000, 10_000):
            seconds = engine.items_of(f"sqlite:///{folder / f'{way}{count}.db'}", count, sequential=way == "sequential")
            costs.append(seconds / count)
            print(f"{way:<10} {count:>6,} items     {seconds:7.2f} s   {1e6 * seconds / count:7.0f} µs an item")
        print(f"{way:<10} the dearest item costs {max(costs) / min(costs):.2f} times the cheapest")


def endless(folder: Path, turns: int) -> None:
    """A loop that nothing stops for a long time: time and peak memory of each hundred thousand turns."""
    url = f"sqlite:///{folder / 'endless.db'}"
    with Engine(url, handlers=engine.HANDLERS, settings=engine.UNLIMITED) as running:
        running.deploy(Resource("loop.bpmn", diagrams.loop().encode()))
        running.deploy(Resource("order.bpmn", diagrams.order().encode()))
        running.run("order", {"orderId": 0})
        instance = running.start("loop", {"n": 0, "limit": turns})
        began = time.perf_counter()
        for mark in range(MARK, turns + 1, MARK):
            done, asked = 0, 0.0
            while done < mark:
                before = time.perf_counter()
                running.run("order", {"orderId": mark})
                asked = max(asked, time.perf_counter() - before)
                time.sleep(0.2)
                done = running.variables(instance)["n"]
            seconds, began = time.perf_counter() - began, time.perf_counter()
            print(
                f"loop at {done:>9,} turns     {seconds:7.2f} s   peak memory {peak():5.0f} MiB   "
                f"an order meanwhile at most {1000 * asked:4.0f} ms",
                flush=True,
            )


def main() -> None:
    """Print everything; about three minutes."""
    tune_process()  # as `bpmn serve` does
    with tempfile.TemporaryDirectory(prefix="bpmn-bench-") as name:
        folder = Path(name)
        loops(folder)
        conditions(folder)
        forks(folder)
        items(folder)
        endless(folder, 1_000_000)


if __name__ == "__main__":
    main()
