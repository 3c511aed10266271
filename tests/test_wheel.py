"""What `pip install` gives: two packages, with types that a user's own checks see."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PROGRAM = """
from bpmn_engine import Engine, Job, Registry, handler_of, task

@task("charge-card")
def charge(total: float) -> dict[str, bool]:
    return {"paid": total < 1000}

with Engine("sqlite:///orders.db", handlers=Registry(handler_of("ship", charge))) as engine:
    key: int = engine.start("order", {"total": 12}, business_id="A1")
    jobs: list[Job] = engine.activate_jobs("ship", limit=5)
    engine.complete_job(jobs[0].key, {"weight": 3})
    found: bytes = engine.source(jobs[0].definition_key)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_has_two_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"bpmn_engine", "bpmn_engine_api"}
    assert {"bpmn_engine/py.typed", "bpmn_engine_api/py.typed"} <= set(names)


@pytest.mark.parametrize(("wrong", "words"), [("", "Success"), ("engine.start(7)\n", 'expected "str"')])
def test_a_users_program_is_checked_against_the_wheel(wheel: Path, tmp_path: Path, wrong: str, words: str) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    python = next((tmp_path / "env").glob("[bS]*/python*"))
    packages = next((tmp_path / "env").rglob("site-packages"))
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    (tmp_path / "program.py").write_text(f"{PROGRAM}    {wrong}" if wrong else PROGRAM)

    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), "program.py"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout

    assert words in said, said
