"""Twenty and more ways to break the order diagram: each gets a clear answer and leaves nothing behind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bpmn_engine import Engine, InvalidModel, Resource
from bpmn_engine.parser import parse
from bpmn_engine.store.queries.resources import PROCESS_DEFINITIONS
from tests.diagrams import diagram, element, exclusive, service, user

ORDER = Path(__file__).parents[2] / "processes" / "order" / "order.bpmn"

SAMPLE = b"""<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn">
<bpmn:process id="OrderProcess" isExecutable="true"><bpmn:startEvent id="StartEvent" /><bpmn:sequenceFlow id="Flow_1" sourceRef="StartEvent" targetRef="CheckInventory" />
<bpmn:serviceTask id="CheckInventory" camunda:delegateExpression="${inventoryChecker}" /><bpmn:sequenceFlow id="Flow_2" sourceRef="CheckInventory" targetRef="Gateway_1" />
<bpmn:exclusiveGateway id="Gateway_1" default="Flow_4"><bpmn:sequenceFlow id="Flow_3" sourceRef="Gateway_1" targetRef="ProcessPayment" conditionExpression="${inventoryAvailable}" />
<bpmn:sequenceFlow id="Flow_4" sourceRef="Gateway_1" targetRef="NotifyOutOfStock" /></bpmn:exclusiveGateway></bpmn:process></bpmn:definitions>"""


def replaced(old: str, new: str, count: int = 1) -> Callable[[bytes], bytes]:
    """Replace text of the diagram, and see that it was there."""

    def change(data: bytes) -> bytes:
        assert old.encode() in data
        return data.replace(old.encode(), new.encode(), count)

    return change


def entity_bomb(data: bytes) -> bytes:
    """A billion laughs."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>'.encode() + data.partition(b"?>")[
        2
    ].replace(b'"Order"', b'"&l9;"', 1)


def external_entity(data: bytes) -> bytes:
    """A file of the machine."""
    return b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + data.partition(b"?>")[2].replace(
        b'"Order"', b'"&f;"', 1
    )


def nested(data: bytes) -> bytes:
    """A thousand levels."""
    return replaced("</bpmn:process>", "<bpmn:subProcess>" * 1_000 + "</bpmn:subProcess>" * 1_000 + "</bpmn:process>")(
        data
    )


TYPOS: dict[str, tuple[Callable[[bytes], bytes], str, str]] = {
    "unknown target": (replaced('targetRef="ShipOrder"', 'targetRef="ShipOrdr"'), "unknown-reference", "'ShipOrdr'"),
    "unknown source": (replaced('sourceRef="OrderReceived"', 'sourceRef="Nowhere"'), "unknown-reference", "'Nowhere'"),
    "unknown default": (replaced('default="Flow_out_of_stock"', 'default="Flow_x"'), "unknown-reference", "'Flow_x'"),
    "unknown host": (replaced('attachedToRef="ShipOrder"', 'attachedToRef="Shop"'), "unknown-reference", "'Shop'"),
    "unknown error": (replaced('errorRef="Error_shipping"', 'errorRef="Error_x"'), "unknown-reference", "'Error_x'"),
    "missing condition": (replaced("=available", ""), "missing-condition", "no condition"),
    "bad FEEL": (replaced("=available", "=available and and"), "expression", "expected a value"),
    "bad operator": (replaced("=available", "=available &amp;&amp; paid"), "expression", "FEEL writes 'and'"),
    "bad JUEL": (replaced("=available", "${available"), "expression", "closing '}'"),
    "bad duration": (replaced("R3/PT24H", "R3/24h"), "timer", "'24h'"),
    "bad cycle": (replaced("R3/PT24H", "every day"), "timer", "every day"),
    "unknown element": (replaced("bpmn:serviceTask", "bpmn:servceTask", 99), "unknown-element", "<servceTask>"),
    "unknown part of an event": (replaced("</bpmn:timerEventDefinition>", "<bpmn:timeCycel/></bpmn:timerEventDefinition>"), "unknown-element", "<timeCycel>"),
    "text of another element": (replaced("</bpmn:serviceTask>", "<bpmn:script>1</bpmn:script></bpmn:serviceTask>"), "unknown-element", "<script>"),
    "unsupported element": (replaced("</bpmn:serviceTask>", "<bpmn:resourceRole/></bpmn:serviceTask>"), "not-supported", "<resourceRole>"),
    "unknown extension": (replaced("zeebe:taskDefinition", "zeebe:taskDefiniton"), "unknown-extension", "taskDefiniton"),
    "unknown attribute": (replaced('id="InStock"', 'id="InStock" defualt="x"'), "unknown-attribute", "'defualt'"),
    "unknown attribute of an event definition": (replaced('errorRef="Error_shipping"', 'errorRef="Error_shipping" erorRef="x"'), "unknown-attribute", "Is 'errorRef' meant?"),
    "duplicate id": (replaced('id="ProcessPayment"', 'id="ShipOrder"'), "duplicate-id", "'ShipOrder'"),
    "no job type": (replaced('type="check-inventory"', 'type=""'), "job-type", "no type"),
    "no id": (replaced('id="OrderShipped"', ""), "unknown-reference", "'OrderShipped'"),
    "flow into start": (replaced('targetRef="OrderShipped"', 'targetRef="OrderReceived"'), "flow-direction", "leads into"),
    "not executable": (replaced('isExecutable="true"', 'isExecutable="false"'), "not-executable", "executable"),
    "broken XML": (replaced("</bpmn:process>", ""), "xml", "not well-formed"),
    "undeclared prefix": (replaced('xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"', ""), "undeclared-prefix", "'zeebe'"),
    "empty file": (lambda _: b"", "xml", "not well-formed"),
    "not BPMN": (lambda _: b"<html/>", "not-bpmn", "not BPMN"),
    "entity bomb": (entity_bomb, "doctype", "DOCTYPE"),
    "external entity": (external_entity, "doctype", "DOCTYPE"),
    "1,000 levels": (nested, "depth", "too deeply"),
    "50 MB": (lambda data: data + b" " * 50_000_000, "size", "bytes"),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPOS)
def test_a_typo_is_named_with_its_rule(name: str) -> None:
    change, rule, words = TYPOS[name]

    with pytest.raises(InvalidModel) as caught:
        parse(change(ORDER.read_bytes()))

    named = [problem for problem in caught.value.problems if problem.rule == rule]
    assert named
    assert any(words in str(problem) for problem in named)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (replaced("bpmn:serviceTask", "bpmn:servceTask", 99), "Is <serviceTask> meant?"),
        (replaced('id="InStock"', 'id="InStock" defualt="x"'), "Is 'default' meant?"),
    ],
)
def test_what_is_probably_meant_is_proposed(change: Callable[[bytes], bytes], words: str) -> None:
    with pytest.raises(InvalidModel) as caught:
        parse(change(ORDER.read_bytes()))

    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["bad FEEL", "duplicate id", "unknown host", "missing condition", "unknown element"])
def test_a_typo_is_named_with_its_line_and_a_remedy(name: str) -> None:
    change, rule, _ = TYPOS[name]

    with pytest.raises(InvalidModel) as caught:
        parse(change(ORDER.read_bytes()))

    problem = next(problem for problem in caught.value.problems if problem.rule == rule)
    assert problem.line


def test_a_typo_leaves_nothing_behind(engine: Engine) -> None:
    good = ORDER.read_bytes()
    for change, _, _ in TYPOS.values():
        with pytest.raises(InvalidModel):
            engine.deploy(Resource("good.bpmn", good), Resource("order.bpmn", change(good)))

    assert engine.search(PROCESS_DEFINITIONS).items == []


def test_all_problems_of_a_file_come_at_once() -> None:
    with pytest.raises(InvalidModel) as caught:
        parse(SAMPLE, "order.bpmn")

    rules = [problem.rule for problem in caught.value.problems]
    assert rules.count("misplaced-element") == 2
    assert rules.count("unknown-reference") == 2
    assert "unknown-attribute" in rules
    assert "no-end-event" in rules
    assert "'ProcessPayment'" in str(caught.value)
    assert "'NotifyOutOfStock'" in str(caught.value)


def test_a_file_that_is_not_executable_is_read_to_its_end() -> None:
    data = diagram("start -> g -> a", exclusive("g"), service("a", "<zeebe:script/>"))

    with pytest.raises(InvalidModel) as caught:
        parse(data.replace(b'isExecutable="true"', b'isExecutable="false"'))

    rules = [problem.rule for problem in caught.value.problems]
    assert {"not-executable", "script", "no-end-event", "superfluous-gateway"} <= set(rules)


def test_a_process_that_is_only_to_be_looked_at_may_be_unfinished() -> None:
    unfinished = '<bpmn:process id="q" isExecutable="false"><bpmn:scriptTask/></bpmn:process>'

    assert parse(diagram("start -> end", shared=unfinished)).warnings == ()


def test_a_flow_is_named_by_what_it_connects() -> None:
    flow = '<bpmn:sequenceFlow id="f" name="Yes" sourceRef="g" targetRef="a">{}</bpmn:sequenceFlow>'
    bad = flow.format("<bpmn:conditionExpression>= x ==</bpmn:conditionExpression>")
    nodes = (element("exclusiveGateway", "g", attributes='name="In stock?"'), user("a"))

    with pytest.raises(InvalidModel) as caught:
        parse(diagram("start -> g; g -> b", *nodes, bad))

    messages = [problem.message for problem in caught.value.problems if problem.severity == "error"]
    assert any(
        text.startswith("The condition of the flow 'Yes' from 'In stock?' to 'a' (f) cannot") for text in messages
    )
    assert "Gateway 'In stock?' (g): the flow from 'In stock?' to 'b' (g-b) has no condition" in " ".join(messages)


@pytest.mark.parametrize(
    "change",
    [
        replaced('bpmn:serviceTask id="ShipOrder"', 'bpmn:servceTask id="ShipOrder"'),
        replaced("=available", "=available and and"),
        replaced("R3/PT24H", "=R3/"),
    ],
)
def test_one_mistake_is_one_problem(change: Callable[[bytes], bytes]) -> None:
    data = change(ORDER.read_bytes())
    if b"servceTask" in data:
        start, _, rest = data.partition(b"<bpmn:servceTask")
        inner, _, end = rest.partition(b"</bpmn:serviceTask>")
        data = start + b"<bpmn:servceTask" + inner + b"</bpmn:servceTask>" + end

    with pytest.raises(InvalidModel) as caught:
        parse(data)

    assert len(caught.value.problems) == 1, str(caught.value)


def test_a_name_with_line_breaks_stands_on_one_line() -> None:
    gateway = element("exclusiveGateway", "g", attributes='name="In&#10;stock?"')

    with pytest.raises(InvalidModel, match=r"Gateway 'In stock\?' \(g\): the flow from 'In stock\?' to 'b'"):
        parse(diagram("start -> g; g -> a; g -> b", gateway))


def test_an_undeclared_prefix_is_named_with_its_line_and_what_to_declare() -> None:
    data = SAMPLE.replace(b' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"', b"")

    with pytest.raises(InvalidModel, match=r"The prefix 'camunda' .* Add xmlns:camunda=.*, line 3\]") as caught:
        parse(data)

    assert [problem.rule for problem in caught.value.problems] == ["undeclared-prefix"]
