"""Diagrams with something broken in them, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random

from lxml import etree

from bpmn_engine.parser import vocabulary
from tests import diagrams
from tests.fuzz.generate import expression, mutated, printable

ROOT = Path(__file__).parents[2]
FILES = (*(ROOT / "processes").rglob("*.bpmn"), *(ROOT.parent / "shared" / "models").rglob("*.bpmn"))

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE, CAMUNDA = "http://camunda.org/schema/zeebe/1.0", "http://camunda.org/schema/1.0/bpmn"
_OTHER = ("", "urn:other", "http://flowable.org/bpmn", "http://www.omg.org/spec/BPMN/20100524/DI")
_NAMESPACES = (BPMN, ZEEBE, CAMUNDA, *_OTHER)
_REFERENCES = (
    "id", "sourceRef", "targetRef", "attachedToRef", "calledElement", "messageRef", "errorRef", "signalRef",
    "escalationRef", "activityRef", "default", "processRef", "operationRef", "bpmnElement", "processId", "name",
)  # fmt: skip
_ATTRIBUTES = (
    *_REFERENCES, "triggeredByEvent", "isForCompensation", "instantiate", "cancelActivity", "isInterrupting",
    "parallelMultiple", "isExecutable", "isSequential", "loopMaximum", "testBefore", "behavior", "eventGatewayType",
    "startQuantity", "ordering", "cancelRemainingInstances", "scriptFormat", "gatewayDirection", "waitForCompletion",
    "type", "retries", "source", "target", "bindingType", "versionTag", "eventType", "inputCollection", "x", "width",
)  # fmt: skip
_VENDOR = (
    "topic", "class", "delegateExpression", "formKey", "formRef", "type", "jobPriority", "resultVariable", "asyncBefore",
    "calledElementBinding", "calledElementVersion", "decisionRef", "mapDecisionResult", "collection", "elementVariable",
    "variableEvents", "expression", "assignee", "dueDate", "priority", "modelerTemplate", "nonsense",
)  # fmt: skip
_TEXTS = (
    "", " ", "=", "= ", "${", "${}", "${a.b()}", "#{x}", "=null", "=a(", '="', "=1 +", "a" * 300, "=" + "a" * 70_000,
    "9" * 400, "9" * 5_000, "²", "-1", "0", "1", "1e400", "NaN", "inf", "true", "false", "yes", "All", "None", "external",
    "Parallel", "Sequential", "latest", "versionTag", "deployment", ":", "a:", "a:b:c", "../x", "%s", "{0}", "__class__",
    "x.y", "a b", "\u202e", "é\u0301", "\U0001f600", "\ufeff", "\u00a0", "\t\n", "R/PT0S", "R0/PT1S", "R3/PT10S",
    "R-1/P1D", "R/P99999999Y", "P1Y", "PT1S", "PT99999999999999999S", "P1W", "-PT1S", "2026-13-45T99:99", "2026-01-31",
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-01-31T10:00[Europe]", "0 0 9 * * *", "0 0 31 2 *",
    "0 0 L * *", "0 0 LW * *", "* * * * * * *", "CRON_TZ=Europe 0 0 9 * * *", "0 0 * * 1#9", "@daily", "H H * * *",
    "R/2026-01-31T10:00:00/P1M", "start", "end", "creating", "completing", "create", "update", "singleEntry",
    "=for i in 1..1000000 return i", "=" + "[" * 150 + "]" * 150, "=" + "-" * 300 + "1", "=x" + ".y" * 300,
)  # fmt: skip
_PARTS = (
    diagrams.user("u1"), diagrams.service("v1", '<zeebe:taskDefinition type="=a" retries="=1"/>'), diagrams.exclusive("g1"), diagrams.parallel("g2"),
    diagrams.inclusive("g3"), diagrams.complex_gateway("g4", "=activationCount > 1"), diagrams.event_based("g5", 'instantiate="true"'),
    diagrams.catch("c1", diagrams.timer("cycle", "R3/PT1S")), diagrams.catch("c2", diagrams.link_event("L")), diagrams.throw("t1", diagrams.link_event("L")),
    diagrams.boundary("b1", "u1", diagrams.error_event()), diagrams.boundary("b2", "s1", diagrams.definition("cancel"), interrupting=False),
    diagrams.end("e1", diagrams.definition("terminate")), diagrams.end("e2", diagrams.definition("cancel")), diagrams.end("e3", diagrams.error_event("E")),
    diagrams.start("a1", diagrams.signal_event("S")), diagrams.start("a2", diagrams.condition_event("=x > 1"), interrupting=False),
    diagrams.sub("s1", "start_1 -> u2 -> end_1"), diagrams.event_sub("s2", "a3 -> end_2", diagrams.start("a3", diagrams.escalation_event())),
    diagrams.element("transaction", "s3", diagrams.content("start_3 -> end_3")), diagrams.element("adHocSubProcess", "s4", diagrams.user("u3")),
    diagrams.call("k1", "=p", bindingType="versionTag"), diagrams.undo("u1", "h1"), diagrams.multi("=items", diagrams.completion("=done")),
    diagrams.standard_loop("=again", 'loopMaximum="3"'), diagrams.extensions(diagrams.mappings({"a": "=b"}, {"c": "=d + 1"})),
    diagrams.extensions('<camunda:inputOutput><camunda:inputParameter name="a">${b}</camunda:inputParameter></camunda:inputOutput>'),
    diagrams.message("m1", "=key"), diagrams.error("E"), diagrams.signal("S"), diagrams.escalation("X"), '<bpmn:laneSet><bpmn:lane id="l1"/></bpmn:laneSet>',
    '<bpmn:ioSpecification><bpmn:dataInput id="i1"/></bpmn:ioSpecification>', '<bpmn:sequenceFlow id="f1"/>',
    '<bpmn:process id="p" isExecutable="true"/>', '<bpmn:collaboration id="c"><bpmn:participant id="p"/></bpmn:collaboration>',
    '<bpmn:property id="y1" name="y"/>', "<bpmn:conditionExpression>=x</bpmn:conditionExpression>", "<bpmn:humanPerformer/>",
)  # fmt: skip
_DRAWN = (
    diagrams.diagram("start -> a -> g; g -> b : =x > 1; g -> end : default; b -> m -> end", diagrams.exclusive("g"), *_PARTS[:3]),
    diagrams.diagram("start -> f; f -> a -> j; f -> b -> j; j -> end", diagrams.parallel("f"), diagrams.inclusive("j"), *_PARTS[10:13]),
    diagrams.diagram("start -> s1 -> end", *_PARTS[15:20], *_PARTS[21:23]),
    diagrams.diagram("start -> a -> end", diagrams.service("a", inner=_PARTS[23]), shared="".join(_PARTS[27:31])),
    diagrams.diagram("start -> g5; g5 -> c1 -> end; g5 -> r -> end", diagrams.element("receiveTask", "r", attributes='messageRef="m1"'),
              diagrams.event_based("g5"), _PARTS[7], shared=_PARTS[27]),
    diagrams.diagram("start -> g4; g4 -> u1 -> g3; g4 -> v1 -> g3; g3 -> t1; c2 -> end", *_PARTS[:2], _PARTS[4], _PARTS[5], *_PARTS[8:10]),
)  # fmt: skip

Change = Callable[[Random, etree._Element], None]


def sources() -> list[bytes]:
    """Diagrams to begin with, small ones first."""
    return [*_DRAWN, *sorted((file.read_bytes() for file in FILES), key=len)]


def broken_diagram(random: Random, data: bytes) -> bytes:
    """A diagram with something changed: mostly still XML, sometimes not."""
    if random.random() < 0.85:
        root = etree.fromstring(data)
        for _ in range(random.choice((1, 1, 2, 3, 5, 8))):
            random.choice(_CHANGES)(random, root)
        data = etree.tostring(root, encoding=random.choice(("utf-8", "us-ascii", "utf-16", None)))
    return _torn(random, data) if random.random() < 0.2 else data


def _any(random: Random, root: etree._Element) -> etree._Element:
    """An element, mostly one of BPMN's."""
    elements = list(root.iter(f"{{{BPMN}}}*" if random.random() < 0.8 else "*"))
    return random.choice(elements or [root])


def _value(random: Random, root: etree._Element) -> str:
    """A name that is used somewhere, an expression, or a strange text."""
    kind = random.random()
    if kind < 0.5:
        return random.choice([element.get("id", "p") for element in root.iter("*")])
    if kind < 0.7:
        return random.choice(("=", "${%s}", "")).replace("%s", "a") + printable(expression(random))
    return random.choice(_TEXTS)


def _swap(random: Random, root: etree._Element) -> None:
    name = random.choice(_ATTRIBUTES)
    having = [element for element in root.iter("*") if element.get(name) is not None]
    if len(having) > 1:
        one, other = random.sample(having, 2)
        first, second = one.get(name, ""), other.get(name, "")
        one.set(name, second)
        other.set(name, first)


def _set(random: Random, root: etree._Element) -> None:
    element = _any(random, root)
    known = [str(name) for name in element.attrib]
    vendor = f"{{{random.choice((ZEEBE, CAMUNDA, CAMUNDA, *_OTHER[1:]))}}}{random.choice(_VENDOR)}"
    name = random.choice((*known, *known, *known, random.choice(_ATTRIBUTES), vendor))
    element.set(name, _value(random, root))


def _refer(random: Random, root: etree._Element) -> None:
    name = random.choice(_REFERENCES)
    having = [element for element in root.iter("*") if element.get(name) is not None]
    if having:
        random.choice(having).set(name, random.choice([element.get("id", "p") for element in root.iter("*")]))


def _unset(random: Random, root: etree._Element) -> None:
    element = _any(random, root)
    if element.attrib:
        del element.attrib[random.choice(list(element.attrib))]


def _write(random: Random, root: etree._Element) -> None:
    having = [element for element in root.iter("*") if (element.text or "").strip()]
    element = random.choice(having) if having and random.random() < 0.8 else _any(random, root)
    text = element.text or ""
    element.text = printable(mutated(random, text)) if random.random() < 0.4 else _value(random, root)


def _mutate(random: Random, root: etree._Element) -> None:
    having = [
        (element, name)
        for element in root.iter("*")
        for name, value in element.attrib.items()
        if str(value).startswith(("=", "${"))
    ]
    if having:
        element, name = random.choice(having)
        element.set(name, printable(mutated(random, str(element.get(name)))))


def _remove(random: Random, root: etree._Element) -> None:
    element = _any(random, root)
    if (parent := element.getparent()) is not None:
        parent.remove(element)


def _move(random: Random, root: etree._Element) -> None:
    element, other = _any(random, root), _any(random, root)
    if element is not root and element not in other.iterancestors() and element is not other:
        other.append(element)


def _double(random: Random, root: etree._Element) -> None:
    element, other = _any(random, root), _any(random, root)
    if element is not root:
        other.append(deepcopy(element))


def _rename(random: Random, root: etree._Element) -> None:
    element = _any(random, root)
    tags = (
        *sorted(vocabulary.ATTRIBUTES),
        *sorted(vocabulary.EVENT_DEFINITIONS),
        *sorted(vocabulary.ARTIFACTS),
        "process",
        "message",
        "nonsense",
    )
    element.tag = f"{{{BPMN}}}{random.choice(tags)}" if random.random() < 0.8 else _any(random, root).tag


def _renamespace(random: Random, root: etree._Element) -> None:
    element, namespace = _any(random, root), random.choice(_NAMESPACES)
    local = etree.QName(element).localname
    element.tag = f"{{{namespace}}}{local}" if namespace else local


def _insert(random: Random, root: etree._Element) -> None:
    holder = etree.fromstring(diagrams.diagram("", random.choice(_PARTS)))
    _any(random, root).append(holder[0][0])


def _nest(random: Random, root: etree._Element) -> None:
    element = _any(random, root)
    if (parent := element.getparent()) is None:
        return
    place = parent.index(element)
    tag = random.choice(("subProcess", "transaction", "adHocSubProcess", "task", "laneSet", "extensionElements"))
    for level in range(random.choice((1, 3, 49, 51, 120, 300))):
        around = etree.Element(f"{{{BPMN}}}{tag}", id=f"nest{level}" if random.random() < 0.98 else "nest0")
        around.append(element)
        element = around
    parent.insert(place, element)


def _multiply(random: Random, root: etree._Element) -> None:
    element = _any(random, root)
    size = sum(1 for _ in element.iter())
    if (parent := element.getparent()) is None or size > 30:
        return
    fresh = random.random() < 0.8
    for number in range(min(random.choice((10, 100, 100, 300, 1_000)), 5_000 // size)):
        copy = deepcopy(element)
        for part in copy.iter("*") if fresh else ():
            if "id" in part.attrib:
                part.set("id", f"{part.get('id')}_{number}")
        parent.append(copy)


_CHANGES: tuple[Change, ...] = (
    _swap, _swap, _set, _set, _set, _refer, _refer, _refer, _unset, _write, _write, _mutate, _remove, _remove, _move,
    _move, _double, _double, _rename, _rename, _renamespace, _insert, _insert, _insert, _nest, _multiply,
)  # fmt: skip

_BYTES = (
    b"<",
    b">",
    b"&",
    b"&lt;",
    b"&#0;",
    b"&#x110000;",
    b"&e;",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<?x ?>",
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"\xef\xbb\xbf",
    b'"',
    b"'",
    b"/>",
    b"</",
    b'xmlns:bpmn=""',
    b'xmlns="urn:x"',
    b"bpmn:",
    b"zeebe:",
    b'<!DOCTYPE d [<!ENTITY e "x">]>',
    b'<?xml version="1.0" encoding="utf-7"?>',
    b'<?xml version="1.1" encoding="nonsense"?>',
    b'xml:base="http://localhost/"',
    b'id="p"',
)


def _torn(random: Random, data: bytes) -> bytes:
    """Bytes removed, doubled, moved, put in or changed."""
    for _ in range(random.randint(1, 4)):
        at = random.randint(0, len(data))
        end = min(len(data), at + random.choice((0, 1, 10, 200)))
        kind = random.randrange(6)
        if kind == 0:
            data = data[:at] + data[end:]
        elif kind == 1:
            data = data[:at] + random.choice(_BYTES) + data[at:]
        elif kind == 2:
            data = data[:end] + data[at:end] * random.choice((1, 2, 30)) + data[end:]
        elif kind == 3:
            data = data[:at] + bytes(random.randrange(256) for _ in range(end - at)) + data[end:]
        elif kind == 4:
            data = data.replace(*random.choice(_REPLACED))
        else:
            data = random.choice((data[:at], data[at:], random.choice(_BYTES) + data))
    return data


_REPLACED = (
    (b'xmlns:bpmn="', b'xmlns:other="'), (b"bpmn:", b""), (b"zeebe:", b"camunda:"), (b"camunda:", b"zeebe:"),
    (b'isExecutable="false"', b'isExecutable="true"'), (b"Event", b"Task"), (b"Ref=", b"ref="), (b"/>", b">"),
    (BPMN.encode(), b"urn:x"), (b' id="', b' name="'), (b"sequenceFlow", b"association"), (b"sourceRef", b"targetRef"),
    (b"</", b"<!---->\n</"),
)  # fmt: skip
