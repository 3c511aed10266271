"""Threads take turns often while somebody computes beside the loop, and not otherwise."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from bpmn_engine.runtime import tuning
usual = sys.getswitchinterval()
with tuning.computing():
    assert sys.getswitchinterval() == usual, "a process that is not tuned stays as it is"
tuning.tune_process()
with tuning.computing():
    with tuning.computing():
        assert sys.getswitchinterval() < usual
    assert sys.getswitchinterval() < usual
assert sys.getswitchinterval() == usual
"""


def test_threads_take_turns_often_only_while_somebody_computes() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
