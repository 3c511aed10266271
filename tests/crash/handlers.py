"""The Python handlers of the nodes; each call is noted in the file that CRASH_CALLS names."""

from __future__ import annotations

import os

from bpmn_engine import BpmnError, Job, task

_CALLS = os.open(os.environ["CRASH_CALLS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def _note(job: Job) -> dict[str, str]:
    os.write(_CALLS, f"{job.key} {job.type} {os.getpid()}\n".encode())
    return {f"by_{job.type}": str(job.key)}


for _name in ("pay", "ship", "refund", "pick", "note", "clean", "remind", "hire", "unhire"):
    task(_name)(_note)


@task("decide")
def decide(job: Job, deny: bool) -> dict[str, str]:
    """Say no if the claim is to be denied."""
    noted = _note(job)
    if deny:
        raise BpmnError("DENIED", "the claim is to be denied")
    return noted
