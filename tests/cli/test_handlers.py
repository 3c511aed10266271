"""Files with handlers: their neighbours, and what an edit of them does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bpmn_engine.cli.importing import Handlers, import_handlers
from bpmn_engine.errors import InvalidArgument
from bpmn_engine.worker.registry import Registry, registry

HANDLERS = "from bpmn_engine import task\nfrom prices import PRICE\n\n@task('{}')\ndef price() -> dict[str, int]:\n    return {{'price': PRICE}}\n"


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = Registry()
    for name in ("_handlers", "_types"):
        monkeypatch.setattr(registry, name, getattr(fresh, name))


def write(folder: Path, job_type: str, price: int) -> Path:
    """A handlers.py and the module that it imports, newer than what was there."""
    folder.mkdir(exist_ok=True)
    (folder / "handlers.py").write_text(HANDLERS.format(job_type))
    (folder / "prices.py").write_text(f"PRICE = {price}\n")
    for file in folder.glob("*.py"):
        os.utime(file, (price, price))
    return folder / "handlers.py"


def given(job_type: str) -> object:
    """What the handler of a type returns."""
    return registry.get(job_type).function()


def test_a_file_may_import_its_neighbours_which_are_not_those_of_another_folder(tmp_path: Path) -> None:
    import_handlers(write(tmp_path / "one", "one", 1))
    import_handlers(write(tmp_path / "two", "two", 2))

    assert (given("one"), given("two")) == ({"price": 1}, {"price": 2})


def test_an_edit_of_a_neighbour_counts_and_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "one", 1)
    handlers = Handlers(tmp_path)
    handlers.load()
    write(tmp_path, "one", 7)

    handlers.reload()
    handlers.reload()

    assert given("one") == {"price": 7}
    assert capsys.readouterr().out == "Imported handlers.py again.\n"


def test_an_edit_with_a_mistake_is_said_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, "one", 1)
    handlers = Handlers(tmp_path)
    handlers.load()
    file.write_text("raise OSError('broken')")

    handlers.reload()

    assert given("one") == {"price": 1}
    assert "is not imported, its old version stays in use" in capsys.readouterr().out
    with pytest.raises(InvalidArgument, match="OSError: broken"):
        import_handlers(file)
