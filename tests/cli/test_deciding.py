"""`bpmn feel`, `bpmn decide`, and decisions in `lint` and `run`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.test_cli import as_json, bpmn, ok
from tests.diagrams import diagram, element, extensions
from tests.dmn.models import decision, knowledge, literal, model, table
from tests.servers import ROOT


def written(folder: Path, *parts: str, name: str = "rules.dmn", namespace: str = "test") -> str:
    file = folder / name
    file.write_bytes(model(*parts, namespace=namespace))
    return str(file)


def test_feel_gives_the_value_of_an_expression() -> None:
    assert ok("feel", "some x in [1,2] satisfies x > y", "--var", "y=1") == "true\n"
    assert ok("feel", '="a" + "b"') == '"ab"\n'
    assert as_json("feel", "a.b") == {
        "result": None,
        "warnings": ["there is no variable 'a'", "a null has no property 'b'"],
    }


def test_feel_shows_warnings_and_errors() -> None:
    missing, broken = bpmn("feel", "1 + x"), bpmn("feel", "1 +")

    assert (missing.returncode, missing.stdout) == (0, "null\n")
    assert "warning: there is no variable 'x'" in missing.stderr
    assert broken.returncode == 1
    assert "expected a value, found the end (at column 4 of '1 +')" in broken.stderr


def test_feel_without_an_expression_reads_lines() -> None:
    lines = 'x := 5\n\nx * 2\n1 +\nif x > 1 then "big" else "small"\n'
    command = [sys.executable, "-m", "bpmn_engine", "feel", "--var", "y=1"]
    done = subprocess.run(command, cwd=ROOT, input=lines, capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == '5\n10\n"big"\n'
    assert "Error: expected a value" in done.stderr


def test_decide_shows_the_result_and_the_rules(tmp_path: Path) -> None:
    rules = table("FIRST", ["base"], ["level"], ["> 50", '"old"'], ["-", '"young"'])
    file = written(tmp_path, decision("base", literal("age * 2")), decision("d", rules, needs=["base"]))

    assert (
        ok("decide", file, "--var", "age=30") == 'base: 60\nd: "old"\n  base = 60\nRULE  ID  level\n1     r1  "old"\n'
    )
    shown = as_json("decide", file, "--var", "age=10")
    assert shown["result"] == "young"
    assert shown["evaluated"][1]["rules"] == [{"id": "r2", "number": 2, "outputs": {"level": "young"}}]
    assert as_json("decide", file, "--decision", "base", "--var", "age=1")["result"] == 2


def test_decide_fails_with_a_reason(tmp_path: Path) -> None:
    clash = written(tmp_path, decision("d", table("UNIQUE", ["1"], ["y"], ["-", "1"], ["-", "2"])))
    several = written(
        tmp_path, decision("a", literal("1")), decision("b", literal("1")), name="several.dmn", namespace="s"
    )
    broken = written(tmp_path, decision("a", literal("1 +")), name="broken.dmn", namespace="b")

    assert "FAILED: 'd': rules 1 and 2" in bpmn("decide", clash).stderr
    assert bpmn("decide", clash).returncode == 1
    assert "Choose a decision with --decision: a, b" in bpmn("decide", several).stderr
    assert "cannot be read" in bpmn("decide", broken).stderr


def test_decide_imports_from_the_files_beside(tmp_path: Path) -> None:
    written(tmp_path, knowledge("tax", {"n": ""}, literal("n / 10")), name="lib.dmn", namespace="lib")
    imported = '<import namespace="lib" name="lib" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
    needing = f'<decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="lib#tax"/></knowledgeRequirement>{literal("lib.tax(50)")}</decision>'

    assert ok("decide", written(tmp_path, imported, needing)) == "d: 5\n"


def test_lint_and_run_know_decisions(tmp_path: Path) -> None:
    file = written(tmp_path, decision("d", literal("age > 18")))
    called = extensions('<zeebe:calledDecision decisionId="d" resultVariable="adult"/>')
    (tmp_path / "p.bpmn").write_bytes(diagram("start -> a -> end", element("businessRuleTask", "a", called)))

    assert f"{file}: fine" in ok("lint", str(tmp_path))
    assert as_json("run", str(tmp_path / "p.bpmn"), "--var", "age=20")["variables"] == {"age": 20, "adult": True}
    Path(file).write_bytes(model(decision("d", literal("age >"))))
    wrong = bpmn("lint", file, "--json")
    assert wrong.returncode == 1
    assert [problem["element_id"] for problem in json.loads(wrong.stdout)[file]] == ["d"]
