"""Ids for what was drawn without one, which the schema of BPMN allows: the same ones whenever the same file is read.

A flow is named after its ends, so that it keeps its id when something else is drawn. Nothing can refer to an element
without id, so it is only counted.
"""

from __future__ import annotations

from bpmn_engine import xml
from bpmn_engine.parser import vocabulary
from bpmn_engine.parser.limits import MAX_ID

_FLOW = "sequenceFlow"


def give_ids(root: xml.Element) -> list[xml.Element]:
    """Give an id to each flow node and sequence flow without one; return the flow nodes among them."""
    nameless = [
        element
        for process in xml.children(root, "process")
        for element in process.iter(f"{{{xml.BPMN}}}*")
        if not element.get("id") and (xml.tag(element) == _FLOW or xml.tag(element) in vocabulary.FLOW_NODES)
    ]
    if not nameless:
        return []
    taken = {element.get("id") for element in root.iter(f"{{{xml.BPMN}}}*")}
    counts: dict[str, int] = {}
    for element in nameless:
        stem = _stem(element)
        while (name := _numbered(stem, counts)) in taken:
            pass
        taken.add(name)
        element.set("id", name)
    return [element for element in nameless if xml.tag(element) != _FLOW]


def _stem(element: xml.Element) -> str:
    ends = "_".join(xml.local_reference(element.get(end, "")) for end in ("sourceRef", "targetRef"))
    name = f"{_FLOW}_{ends}"
    return name if xml.tag(element) == _FLOW and len(name) < MAX_ID - 10 else f"{xml.tag(element)}_"


def _numbered(stem: str, counts: dict[str, int]) -> str:
    """Return the next name of a stem; the first flow between two elements has no number."""
    counts[stem] = counts.get(stem, 0) + 1
    if stem.endswith("_"):
        return f"{stem}{counts[stem]}"
    return stem if counts[stem] == 1 else f"{stem}_{counts[stem]}"
