"""Settings of the Python process, for programs that run only an engine."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds for which a thread may hold the interpreter while threads compute beside the loop, and Python's usual time.
_SHORT, _USUAL = 0.0002, 0.005

_lock = threading.Lock()
_tuned = False
_computing = 0


def tune_process() -> None:
    """Make the garbage collector run less often, and threads switch more often while one computes.

    A running engine makes many short-lived objects and keeps many that stay: at Python's usual thresholds the collector
    takes 15 to 25 % of the time to find nothing. What was imported so far is left out of its search, and what is older
    is seldom looked at. It looks at few young objects at a time, or compiling a large diagram would delay all other
    threads.
    """
    global _tuned
    _tuned = True
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 200, 50)


@contextmanager
def computing() -> Iterator[None]:
    """Context for work that keeps the processor busy in a thread beside the loop.

    The writing thread gives way at each statement and has to get its turn back soon. Handing over that often costs
    three per cent of the orders per second, so it is done only while a thread computes.
    """
    _count(+1)
    try:
        yield
    finally:
        _count(-1)


def _count(change: int) -> None:
    global _computing
    with _lock:
        _computing += change
        if _tuned:
            sys.setswitchinterval(_SHORT if _computing else _USUAL)
