"""`python -m tests.crash.skewed SECONDS ARGUMENTS...`: the command line on a machine whose clock is that far ahead."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from bpmn_engine.cli import main
from bpmn_engine.runtime import clock


def skew(seconds: float) -> None:
    """Let this machine's clock be wrong."""
    clock.system_time = lambda: datetime.now(UTC) + timedelta(seconds=seconds)


if __name__ == "__main__":
    skew(float(sys.argv[1]))
    del sys.argv[1]
    main()
