"""Diagram interchange: where the shapes stand and how the arrows run, kept for drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle in the diagram's own units (pixels at 100 %)."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Edge:
    """The corners of an arrow, from source to target."""

    waypoints: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Diagram:
    """Shapes and edges by the id of the element that they draw."""

    shapes: Mapping[str, Bounds] = field(default_factory=dict)
    edges: Mapping[str, Edge] = field(default_factory=dict)
