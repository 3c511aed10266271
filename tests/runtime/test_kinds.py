"""What a file is follows from its content, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpmn_engine import Engine, InvalidModel, Resource
from bpmn_engine.runtime.preparation import FORM, OTHER, PROCESS, REQUIREMENTS, kind_of
from tests.diagrams import diagram
from tests.dmn.models import decision, literal, model

DIAGRAM, RULES = diagram("start -> end"), model(decision("d", literal("1")))
A_FORM = b'{"id": "f", "components": []}'


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("p.bpmn", DIAGRAM, PROCESS),
        ("leave.xml", DIAGRAM, PROCESS),
        ("leave.txt", DIAGRAM, PROCESS),
        ("leave", b"\xef\xbb\xbf" + DIAGRAM.lstrip(), PROCESS),
        ("leave.xml", DIAGRAM.decode().replace("UTF-8", "UTF-16").encode("utf-16"), PROCESS),
        ("p.dmn", DIAGRAM, PROCESS),
        ("rules.xml", RULES, REQUIREMENTS),
        ("rules.bpmn", RULES, REQUIREMENTS),
        ("f.json", A_FORM, FORM),
        ("f.form", b"nonsense", FORM),
        ("p.bpmn", b"nonsense", PROCESS),
        ("p.bpmn20.xml", b"", PROCESS),
        ("rules.dmn", b"", REQUIREMENTS),
        ("notes.txt", b"hi", OTHER),
        ("data.json", b'{"id": 1}', OTHER),
        ("list.json", b"[1]", OTHER),
        ("page.xml", b"<page/>", OTHER),
        ("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', OTHER),
    ],
)
def test_what_a_file_is_follows_from_its_content(name: str, content: bytes, kind: str) -> None:
    assert kind_of(name, content) == kind


def test_a_diagram_in_a_file_of_another_name_can_be_started(engine: Engine) -> None:
    engine.deploy(Resource("leave.xml", DIAGRAM), Resource("rules.txt", RULES))

    assert engine.start("p")
    assert engine.decide("d").outcome.value == 1


def test_a_diagram_with_problems_in_a_file_of_another_name_is_refused(engine: Engine) -> None:
    with pytest.raises(InvalidModel):
        engine.deploy(Resource("leave.xml", diagram("start -> a -> end", '<bpmn:task id="a" default="x"/>')))


def test_a_folder_is_deployed_with_its_diagrams_in_xml_files(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "leave.xml").write_bytes(DIAGRAM)
    (tmp_path / "pom.xml").write_bytes(b"<project/>")

    deployed = engine.deploy(tmp_path)

    assert [item.resource_name for item in deployed.items] == ["leave.xml"]
