"""The folder that `bpmn serve` deploys and watches."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpmn_engine import Engine, Resource
from bpmn_engine.cli.importing import Handlers
from bpmn_engine.cli.watching import Watcher
from bpmn_engine.errors import InvalidArgument
from bpmn_engine.store.queries.resources import PROCESS_DEFINITIONS
from tests.diagrams import diagram
from tests.dmn.models import decision, literal, model


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        (".bpmn", diagram("start -> end")),
        (".dmn", model(decision("p", literal("1")))),
        (".form", b'{"id": "p"}'),
    ],
)
def test_files_that_hold_the_same_are_named_and_none_is_deployed(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str, data: bytes
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}{suffix}").write_bytes(data)
    watcher = Watcher(engine, tmp_path, Handlers(tmp_path))

    watcher.look()
    watcher.look()

    said = capsys.readouterr().out
    assert said.count(f"'p' is in 2 files, which are not deployed: one{suffix}, two{suffix}") == 1
    assert "Deployed" not in said


def test_the_file_that_remains_is_deployed(engine: Engine, tmp_path: Path) -> None:
    for name in ("one.bpmn", "two.bpmn"):
        (tmp_path / name).write_bytes(diagram("start -> end"))
    watcher = Watcher(engine, tmp_path, Handlers(tmp_path))
    watcher.look()

    (tmp_path / "one.bpmn").unlink()
    watcher.look()

    assert [row.resource_name for row in engine.search(PROCESS_DEFINITIONS).items] == ["two.bpmn"]


def test_a_copy_beside_a_deployed_file_makes_no_version_of_it(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "b.bpmn").write_bytes(diagram("start -> end"))
    watcher = Watcher(engine, tmp_path, Handlers(tmp_path))
    watcher.look()

    (tmp_path / "a.bpmn").write_bytes(diagram("start -> x -> end"))
    watcher.look()
    Watcher(engine, tmp_path, Handlers(tmp_path)).look()

    assert [row.version for row in engine.search(PROCESS_DEFINITIONS).items] == [1]


def test_a_deployment_names_the_files_that_hold_the_same(engine: Engine) -> None:
    form = b'{"id": "f"}'

    with pytest.raises(InvalidArgument, match=r"'f' is in this deployment twice: in a\.form and b\.form"):
        engine.deploy(Resource("a.form", form), Resource("b.form", form))
