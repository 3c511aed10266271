"""The rules that no linter knows: sizes, one file per element with a test, layers of classes, nothing unfit to publish."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator, Set
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from bpmn_engine.elements import ELEMENTS, Catcher, Element, Loop
from bpmn_engine.elements.element import AttachedEvent
from bpmn_engine.elements.event_definitions import EVENT_DEFINITIONS
from bpmn_engine.elements.events.throwing import ThrowingEvent

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path for folder in ("bpmn_engine", "api") for path in (ROOT / folder).rglob("*.py") if "versions" not in path.parts
)
MAX_FILE, MAX_FUNCTION = 500, 60


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function of the engine."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def test_no_file_is_too_long() -> None:
    assert [path for path in SOURCES if path.read_text().count("\n") > MAX_FILE] == []


def test_no_function_is_longer_than_a_screen() -> None:
    assert [
        (path.name, node.name) for path, node in functions() if (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION
    ] == []


def test_every_public_thing_of_the_engine_has_a_docstring() -> None:
    missing = [
        (path.name, node.name)
        for path in SOURCES
        if (tree := ast.parse(path.read_text()))
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not any(ast.unparse(decorator) == "overload" for decorator in node.decorator_list)
        and "schemas" not in path.parts
        and path.name
        not in (
            "syntax.py",
            "tokens.py",
            "waits.py",
            "beyond.py",
            "loops.py",
        )  # tables of small records; the module's docstring explains them
    ]
    assert missing == []


@pytest.mark.parametrize("kind", list(ELEMENTS.values()), ids=list(ELEMENTS))
def test_an_element_is_one_level_below_element_or_a_role_and_alone_in_its_file(kind: type[Element]) -> None:
    assert kind.__bases__ in {(Element,), (Catcher,), (AttachedEvent,), (ThrowingEvent,), (Loop,)}
    others = [other for other in ELEMENTS.values() if other.__module__ == kind.__module__ and other is not kind]
    assert others == []


@pytest.mark.parametrize("kind", [*ELEMENTS.values(), *EVENT_DEFINITIONS.values()], ids=[*ELEMENTS, *EVENT_DEFINITIONS])
def test_an_element_has_a_test_file_of_its_name(kind: type) -> None:
    name = f"test_{kind.__module__.rpartition('.')[2]}.py"

    assert list((ROOT / "tests" / "elements").rglob(name)), name


def test_no_file_of_an_element_is_longer_than_three_hundred_lines() -> None:
    files = (ROOT / "bpmn_engine" / "elements").rglob("*.py")

    assert [path for path in files if path.read_text().count("\n") > 300] == []


@pytest.mark.parametrize("tag", [*ELEMENTS, *EVENT_DEFINITIONS])
def test_an_element_has_a_test_and_stands_in_an_example_or_a_test_diagram(tag: str) -> None:
    places = [*(ROOT / "processes").rglob("*.bpmn"), *(ROOT / "tests").rglob("*.py")]

    built = {"eventSubProcess": "event_sub("}.get(tag, f'definition("{tag.removesuffix("EventDefinition")}"')
    assert any(word in path.read_text() for path in places for word in (f":{tag}", f'"{tag}"', built))


def test_the_repository_names_no_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()

    for name in listed:
        text = (ROOT / name).read_text(errors="replace") if (ROOT / name).is_file() else ""
        assert str(ROOT.parent) + "/" not in text, name


def test_every_test_that_the_page_of_rules_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "semantics.md").read_text()))
    defined = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }

    assert named - defined == set()


#: Files that may import each other, if only for types: the two halves of one grammar, and of one recursion (the verbs of
#: elements take a step, which moves tokens by the verbs of elements).
FAMILIES = (
    {"bpmn_engine.expressions.feel.types", "bpmn_engine.expressions.feel.values"},
    {"bpmn_engine.elements.element", "bpmn_engine.elements.step"},
)


def modules() -> dict[str, Path]:
    """The files of the engine and its API by their names as modules."""
    roots = {"bpmn_engine": ROOT / "bpmn_engine", "bpmn_engine_api": ROOT / "api" / "bpmn_engine_api"}
    named = {}
    for path in SOURCES:
        package = next(name for name, root in roots.items() if root in path.parents)
        parts = (package, *path.relative_to(roots[package]).with_suffix("").parts)
        named[".".join(part for part in parts if part != "__init__")] = path
    return named


def imported(path: Path, known: Set[str]) -> set[str]:
    """The modules that a file imports when it is loaded or for its types; not those that a function imports."""
    tree = ast.parse(path.read_text())
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and id(node) not in inside:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {name if name in known else node.module for name in names}
    return found & known


def test_no_files_import_each_other() -> None:
    known = modules()
    graph = {name: imported(path, known.keys()) - {name} for name, path in known.items()}
    for family in FAMILIES:
        for name in family:
            graph[name] -= family

    TopologicalSorter(graph).prepare()  # CycleError names a circle


def test_only_tables_are_laid_out_by_hand() -> None:
    folders = ("bpmn_engine", "api", "tests", "benchmarks")
    texts = [path.read_text() for folder in folders for path in (ROOT / folder).rglob("*.py")]

    assert sum(text.count("# fmt: " + "skip") for text in texts) < 30


def test_a_class_name_means_one_thing() -> None:
    homes: dict[str, list[str]] = {}
    for name, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(name)

    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


#: Words that sound foreign in English documentation, and what to write instead.
WORDS = {
    r"\b(is|are) not run\b": "is not supported",
    r"expected a text\b": "expected a string",
    r"\bwhich is no \w+": "which is not a ...",
    r"\bgives \{": "evaluates to",
    r"\bless than two\b": "fewer than two",
}


@pytest.mark.parametrize("pattern", WORDS)
def test_messages_and_pages_use_the_words_of_the_list(pattern: str) -> None:
    pages = [*SOURCES, *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]

    assert [path.name for path in pages if re.search(pattern, path.read_text())] == [], f"write: {WORDS[pattern]}"


#: Where docstrings say what a thing is or does, and do not begin with a question word.
PLAIN = ("runtime", "operations", "worker", "cli", "dmn", "api", "engine.py")
QUESTION = re.compile(r"(What|Who|Whose|Whoever|Where|When|Why|How|Which)\b")


def test_docstrings_begin_with_a_verb_or_a_noun() -> None:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    begun = [
        (path.name, text.splitlines()[0])
        for path in SOURCES
        if set(path.relative_to(ROOT).parts).intersection(PLAIN)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, kinds) and (text := ast.get_docstring(node)) and QUESTION.match(text)
    ]

    assert begun == []
