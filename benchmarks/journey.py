"""The way of a job's completion from REST to SQL: python -m benchmarks.journey [--list].

Counts the files of the engine and its API that one completion passes through, in all threads, how often it changes from
one file to another, and the functions. Fewer files and changes are easier to follow for a reader.
"""

from __future__ import annotations

import argparse
import sys
import threading
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import httpx

from bpmn_engine import Engine, Registry, Resource
from tests.diagrams import diagram, service
from tests.servers import serving

ROOT = Path(__file__).parents[1]
PACKAGES = (f"{ROOT / 'bpmn_engine'}/", f"{ROOT / 'api'}/")


class Trace:
    """The functions that each thread enters while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.entered: dict[int, list[tuple[str, str]]] = {}

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        name = frame.f_code.co_filename
        if self.on and event == "call" and name.startswith(PACKAGES):
            path = str(Path(name).relative_to(ROOT))
            self.entered.setdefault(threading.get_ident(), []).append((path, frame.f_code.co_qualname))


def main() -> None:
    """Complete one job over REST, after one to get warm."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--list", action="store_true", help="print the files")
    chosen = parser.parse_args()
    trace = Trace()
    threading.setprofile(trace)
    sys.setprofile(None)
    with Engine("sqlite://", handlers=Registry()) as engine, serving(engine) as address:
        engine.deploy(Resource("p.bpmn", diagram("start -> a -> end", service("a"))))
        for turn in range(2):
            engine.start("p")
            (job,) = engine.activate_jobs("a")
            trace.on = turn == 1
            httpx.post(f"{address}/v2/jobs/{job.key}/completion", json={"variables": {"done": True}}).raise_for_status()
            trace.on = False
    _report(trace, show=chosen.list)


def _report(trace: Trace, *, show: bool) -> None:
    calls = [call for thread in trace.entered.values() for call in thread]
    files = {path for path, _ in calls}
    changes = sum(a[0] != b[0] for thread in trace.entered.values() for a, b in pairwise(thread))
    print(f"{len(files)} files, {changes} changes of file, {len(set(calls))} functions")
    if show:
        print("\n".join(sorted(files)))


if __name__ == "__main__":
    main()
