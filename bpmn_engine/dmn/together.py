"""Reads several files that may import each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bpmn_engine import xml
from bpmn_engine.dmn.model import DecisionModel
from bpmn_engine.dmn.reader import read_decisions
from bpmn_engine.errors import InvalidModel, Problem


def read_together(
    files: Mapping[str, bytes], elsewhere: Callable[[str], DecisionModel | None] = lambda _: None
) -> dict[str, DecisionModel]:
    """Read files by name, each with what it imports, in an order in which imports come first.

    `elsewhere` finds models by namespace that are not among the files. Raise `InvalidModel` for a file that is not DMN
    and for files that import each other in a circle.
    """
    roots = {name: xml.read(data, name) for name, data in files.items()}
    owners = {root.get("namespace") or "": name for name, root in roots.items()}
    found: dict[str, DecisionModel] = {}

    def read(name: str, above: tuple[str, ...]) -> DecisionModel:
        if name in above:
            circle = " → ".join((*above[above.index(name) :], name))
            raise InvalidModel([Problem("dmn", f"The files import each other: {circle}.", hint="Break the circle.")])
        if name not in found:
            imports: dict[str, DecisionModel] = {}
            for namespace in _imported(roots[name]):
                owner = owners.get(namespace)
                model = read(owner, (*above, name)) if owner is not None else elsewhere(namespace)
                if model is not None:
                    imports[namespace] = model
            found[name] = read_decisions(files[name], imports, name)
        return found[name]

    for name in files:
        read(name, ())
    return found


def _imported(root: xml.Element) -> list[str]:
    """The namespaces that a file imports."""
    return [
        element.get("namespace") or ""
        for element in root.iterchildren("*")
        if xml.tag(element) == "import" and xml.namespace(element) == xml.namespace(root)
    ]
