"""An engine belongs to the process that has made it."""

from __future__ import annotations

import os

import pytest

from bpmn_engine import Engine, Registry, StoreUnavailable


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")
def test_a_forked_process_is_told_to_make_its_own_engine() -> None:
    with Engine("sqlite://", handlers=Registry()) as engine:
        answers, out = os.pipe()
        child = os.fork()
        if child == 0:  # the forked process: no thread of the engine is here
            for call in (lambda: engine.publish("m"), engine.instances):
                try:
                    call()
                except StoreUnavailable as error:
                    os.write(out, f"{error}\n".encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(out)
        with os.fdopen(answers) as read:
            lines = read.read().splitlines()

        assert len(lines) == 2
        assert all("Make an engine in each process, after the fork." in line for line in lines)
        assert engine.instances() == []
