"""Safe XML reading with lxml: no DOCTYPE, no entities, no network, bounded size and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from lxml import etree

from bpmn_engine.errors import InvalidModel, Problem

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
#: How the namespaces of all versions of DMN begin.
DMN = ("http://www.omg.org/spec/DMN/", "https://www.omg.org/spec/DMN/")
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
MODELER = "http://camunda.org/schema/modeler/1.0"

#: Files above this size (bytes) are refused before they are parsed.
MAX_BYTES = 10 * 1024 * 1024

#: Bytes in which a root element begins.
_HEAD = 64 * 1024

#: Prefixes that people forget to declare, with what belongs behind them.
USUAL_PREFIXES = {
    "bpmn": BPMN,
    "bpmn2": BPMN,
    "bpmndi": BPMNDI,
    "dc": DC,
    "di": DI,
    "xsi": XSI,
    "zeebe": ZEEBE,
    "camunda": CAMUNDA,
    "modeler": MODELER,
}

Element = etree._Element


def check_size(data: bytes, resource_name: str = "", max_bytes: int | None = None) -> None:
    """Raise `InvalidModel` for a file that is too large.

    `max_bytes` is the setting of that name; without it the limit is MAX_BYTES, and no setting changes it.
    """
    allowed, setting = (MAX_BYTES, "") if max_bytes is None else (max_bytes, " (setting max_bytes, BPMN_MAX_BYTES)")
    if len(data) > allowed:
        message = f"The file has {len(data):,} bytes; at most {allowed:,} are read{setting}."
        raise InvalidModel([Problem("size", message)], resource_name)


def read(data: bytes, resource_name: str = "", max_bytes: int | None = None) -> Element:
    """Parse `data` and return the root element; raise `InvalidModel` with line and remedy. See `check_size`."""
    check_size(data, resource_name, max_bytes)
    if b"<!DOCTYPE" in data.replace(b"\0", b""):
        raise _doctype(resource_name)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InvalidModel([_explained(error)], resource_name) from None
    if root.getroottree().docinfo.internalDTD is not None:  # written in an encoding in which the bytes look different
        raise _doctype(resource_name)
    return root


def root_namespace(data: bytes) -> str:
    """The namespace of a file's root element; empty if it has none, or if this is not XML."""
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, load_dtd=False)
    try:
        for begin in range(0, min(len(data), _HEAD), _HEAD // 8):
            parser.feed(data[begin : begin + _HEAD // 8])
            for _, root in parser.read_events():
                return namespace(cast("Element", root))
    except etree.XMLSyntaxError:
        pass
    return ""


def _doctype(resource_name: str) -> InvalidModel:
    message = (
        "The file has a DOCTYPE. Document types and entities are not read, because they can reach files "
        "and fill the memory."
    )
    return InvalidModel(
        [Problem("doctype", message, hint="Remove the DOCTYPE; a BPMN file needs none.")], resource_name
    )


def _explained(error: etree.XMLSyntaxError) -> Problem:
    """Say in the analyst's words what libxml2 found."""
    text = error.msg or "The file is empty."
    line = error.lineno or None
    if prefix := re.search(r"Namespace prefix (\S+)( for \S+)? on (\S+) is not defined", text):
        name = prefix[1]
        return Problem(
            "undeclared-prefix",
            f"The prefix '{name}' is used on '{prefix[3]}' but not declared.",
            line=line,
            hint=f'Add xmlns:{name}="{USUAL_PREFIXES.get(name, "...")}" to the root element.',
        )
    if "depth" in text.lower():
        return Problem("depth", "The elements are nested too deeply (more than 256 levels).", line=line)
    return Problem("xml", f"The file is not well-formed XML: {text.split(', line')[0]}.", line=line)


def namespace(element: Element) -> str:
    """The namespace of an element's name; empty if it has none."""
    return str(element.tag).rpartition("}")[0][1:]


def tag(element: Element) -> str:
    """The local name of an element."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str | None = None, ns: str = BPMN) -> Iterator[Element]:
    """The children in namespace `ns`, optionally of one name only."""
    yield from element.iterchildren(f"{{{ns}}}{name or '*'}")


def child(element: Element, name: str, ns: str = BPMN) -> Element | None:
    """The first child of that name."""
    return element.find(f"{{{ns}}}{name}")


def text(element: Element | None) -> str:
    """An element's text without surrounding white space."""
    return "".join(str(part) for part in element.itertext()).strip() if element is not None else ""


def line(element: Element) -> int | None:
    """The line of the file on which an element starts, from 1."""
    return cast("int | None", element.sourceline)


def local_reference(name: str) -> str:
    """The local part of a QName reference: `tns:Message_1` is `Message_1`."""
    return name.strip().rpartition(":")[2]


def is_executable(process: Element) -> bool:
    """Whether a process is meant to run; it is unless it says that it is not."""
    return process.get("isExecutable", "true").strip() in ("true", "1")
