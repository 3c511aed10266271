"""A node whose handler takes the whole process with it."""

from __future__ import annotations

import os
import sys
import time

from bpmn_engine import Engine, Registry, Settings, handler_of


def main(url: str) -> None:
    """Run until the handler kills us, or until an incident says that it would."""
    handlers = Registry(handler_of("a", lambda: os._exit(9)), handler_of("b", lambda: {"done": True}))
    with Engine(url, handlers=handlers, settings=Settings(job_lapses=3)) as engine:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and (engine.jobs(state="CREATED") or not engine.incidents(state="ACTIVE")):
            time.sleep(0.01)


if __name__ == "__main__":
    main(sys.argv[1])
