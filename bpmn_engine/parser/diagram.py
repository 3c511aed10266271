"""Read diagram interchange (BPMN DI): kept for drawing, never for running."""

from __future__ import annotations

from math import isfinite

from bpmn_engine import xml
from bpmn_engine.model import Bounds, Diagram, Edge


def read_diagram(root: xml.Element) -> Diagram:
    """Shapes and edges of all diagrams of the file; what cannot be read is left out, as it changes nothing."""
    shapes: dict[str, Bounds] = {}
    edges: dict[str, Edge] = {}
    for shape in root.iter(f"{{{xml.BPMNDI}}}BPMNShape"):
        bounds = xml.child(shape, "Bounds", xml.DC)
        numbers = [_number(bounds.get(name)) for name in ("x", "y", "width", "height")] if bounds is not None else []
        if numbers and None not in numbers:
            shapes[_drawn(shape)] = Bounds(*(number or 0.0 for number in numbers))
    for edge in root.iter(f"{{{xml.BPMNDI}}}BPMNEdge"):
        points = [
            (_number(point.get("x")), _number(point.get("y"))) for point in xml.children(edge, "waypoint", xml.DI)
        ]
        edges[_drawn(edge)] = Edge(tuple((x, y) for x, y in points if x is not None and y is not None))
    return Diagram(shapes, edges)


def _drawn(element: xml.Element) -> str:
    return xml.local_reference(element.get("bpmnElement", ""))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if isfinite(number) else None
