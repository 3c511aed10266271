"""What the README shows works as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def blocks(language: str) -> list[str]:
    """The code blocks of a language."""
    return [code for kind, code in BLOCKS if kind == language]


def test_runnable_code_appears_before_line_30() -> None:
    assert "from bpmn_engine import Engine, task" in "\n".join(README.splitlines()[:30])


def test_the_python_program_runs(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(blocks("python")[0])
    shutil.copytree(ROOT / "processes", tmp_path / "processes")

    result = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert result.returncode == 0, result.stderr
    assert "'trackingCode': 'track-A1'" in result.stdout


def test_the_decision_and_the_expression_give_their_values() -> None:
    (lines,) = (block for block in blocks("sh") if "bpmn decide" in block)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-ec", lines],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PATH": path},
    )

    assert 'Insurance quote: {"premium":450' in done.stdout
    assert done.stdout.endswith("true\n")


@pytest.mark.skipif(not os.environ.get("CI") and shutil.which("curl") is None, reason="curl is not here")
def test_the_curl_lines_drive_an_order_and_a_loan_to_the_end(server: str) -> None:
    order, loan = (block for block in blocks("sh") if "curl" in block)

    def shell(script: str) -> str:
        script = script.replace("http://127.0.0.1:8080", server)
        return subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=60, check=True).stdout

    assert '"trackingCode":"track-A1"' in shell(order)
    assert '"state":"COMPLETED"' in shell(loan)
