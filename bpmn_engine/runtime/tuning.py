"""Settings of the Python process itself, for programs that are nothing but an engine."""

from __future__ import annotations

import gc
import sys


def tune_process() -> None:
    """Let the garbage collector run less often, and threads take turns more often.

    A running engine makes many short-lived objects and keeps many that stay: at Python's usual thresholds the collector
    takes 15 to 25 % of the time to find nothing. What was imported so far is left out of its search, and what is older
    is seldom looked at. Of young objects it looks at few at a time, or a large diagram that is compiled would hold up
    everybody. The writing thread gives way at each statement; it has to get its turn back soon when others compile
    diagrams or evaluate expressions.
    """
    sys.setswitchinterval(0.0002)
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 200, 50)
