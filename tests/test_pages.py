"""The pages for contributors name files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("docs/architecture.md", "CONTRIBUTING.md", "README.md")
#: Where a short name of a file may begin.
STARTS = (ROOT, ROOT / "bpmn_engine", ROOT / "processes" / "order")


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text()
    quoted = re.findall(
        r"`([\w./]+\.(?:py|md|toml)|(?:bpmn_engine|api|tests|docs|processes|benchmarks)/[\w./]*)`", text
    )
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", text)

    missing = [name for name in quoted if not any((start / name).exists() for start in STARTS)]
    missing += [name for name in linked if not (ROOT / page).parent.joinpath(name).exists()]

    assert missing == []


def test_every_package_is_on_the_map() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    packages = [path.parent.name for path in (ROOT / "bpmn_engine").glob("*/__init__.py")]

    assert [name for name in packages if f"`bpmn_engine/{name}/`" not in page] == []


def test_every_thread_is_on_the_map() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    sources = "".join(path.read_text() for path in (ROOT / "bpmn_engine").rglob("*.py"))
    names = {
        name.replace("{n}", "N")
        for name in re.findall(r'Thread\([^()]*(?:\([^()]*\)[^()]*)*name=f?"(bpmn-[\w{}-]+)"', sources)
    }

    assert names >= {"bpmn-loop", "bpmn-handler-N"}
    assert {name for name in names if f"`{name}`" not in page} == set()
