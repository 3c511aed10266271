"""The process that is killed: an engine that runs a scenario and notes each handler call in a file."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from bpmn_engine import Engine, Job, Registry, handler_of
from bpmn_engine.runtime.requests.instances import CreateProcessInstance
from tests.crash.scenarios import SCENARIOS


def main(url: str, log: str, name: str, count: int) -> None:
    """Run a scenario until all are done, or until somebody kills us."""
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def handler(job: Job) -> dict[str, int]:
        os.write(file, f"{job.key} {job.type} {job.instance_key}\n".encode())
        return {job.type: job.instance_key}

    scenario = SCENARIOS[name]
    registry = Registry(*(handler_of(kind, handler) for kind in scenario.handlers))
    with Engine(url, handlers=registry) as engine:
        if count:
            engine.deploy(*scenario.resources)
            for future in [
                engine.runtime.submit(CreateProcessInstance(scenario.process_id, variables={"n": n}))
                for n in range(count)
            ]:
                future.result(60)
        Path(log + ".started").touch()
        while engine.instances(state="ACTIVE"):
            time.sleep(0.01)
    Path(log + ".done").touch()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
