"""No file makes the reader of diagrams raise anything but `InvalidModel`, or work for long.

FUZZ_DIAGRAMS says how many are tried from number FUZZ_FIRST on, FUZZ_SECONDS how much CPU time each may take: enough for
any machine unless `make fuzz` says that it shall be a second. A diagram depends on FUZZ_SEED and its own number alone.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from bpmn_engine.elements.gateways.complex import ComplexGateway
from bpmn_engine.elements.gateways.inclusive import InclusiveGateway
from bpmn_engine.errors import InvalidModel
from bpmn_engine.parser import parse
from tests.fuzz.broken import broken_diagram, sources

DIAGRAMS = int(os.environ.get("FUZZ_DIAGRAMS", "300"))
FIRST = int(os.environ.get("FUZZ_FIRST", "0"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
SECONDS = float(os.environ.get("FUZZ_SECONDS", "10"))
#: After so many seconds by the clock something hangs where no signal gets through: all stacks are shown.
HANGS = 300


class Hang(BaseException):
    """A diagram has taken too long."""


@contextmanager
def watched() -> Iterator[None]:
    """Show the stack and raise `Hang` after ten times the CPU time that is allowed."""

    def hang(*_: object) -> None:
        faulthandler.dump_traceback(sys.__stderr__, all_threads=False)
        raise Hang

    before = signal.signal(signal.SIGPROF, hang)
    signal.setitimer(signal.ITIMER_PROF, 10 * SECONDS)
    faulthandler.dump_traceback_later(HANGS, file=sys.__stderr__)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def is_accepted(data: bytes) -> bool:
    """Read, compile and lint a diagram; whether it could be deployed. What joins ask for later is computed too."""
    try:
        processes = parse(data).processes
    except InvalidModel as refused:
        if not all(problem.rule and problem.message for problem in refused.problems):
            raise AssertionError("a problem without a message") from refused
        return False
    for process in processes:
        for element in process.elements.values():
            if isinstance(element, InclusiveGateway | ComplexGateway):
                element.graph.sources_of(element.node)
    return True


def test_broken_diagrams_are_refused_or_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin_with = sources()
    accepted, slowest = 0, (0.0, 0)
    for number in range(FIRST, FIRST + DIAGRAMS):
        random = Random(f"{SEED} {number}")
        data = broken_diagram(random, begin_with[int(len(begin_with) * random.random() ** 2)])
        began = time.process_time()
        try:
            with watched():
                accepted += is_accepted(data)
        except (Exception, Hang) as error:  # what must not come out says which diagram it was
            (tmp_path / "broken.bpmn").write_bytes(data)
            raise AssertionError(f"diagram {number} ({tmp_path / 'broken.bpmn'}) raised {error!r}") from error
        slowest = max(slowest, (time.process_time() - began, number))
        assert slowest[0] < SECONDS, f"diagram {number} took {slowest[0]:.1f} s"
    told = f"{accepted:,} accepted, the slowest was {slowest[1]} with {slowest[0]:.2f} s"
    with capsys.disabled():
        print(f"\n  {DIAGRAMS:,} broken diagrams: {told}")  # noqa: T201
    assert accepted > 0
