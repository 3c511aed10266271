"""Warnings for what is missing in a diagram: nothing stops it, so that nobody would notice."""

from __future__ import annotations

import re

from bpmn_engine.model import FlowNode
from bpmn_engine.model.problems import Located, label
from bpmn_engine.parser.drawing import Drawing

#: What an editor accepts as an id (an NCName of XML).
_ID = re.compile(r"[^\W\d][\w.\-\u00b7]*")
#: Tasks whose work is a job, unless something else is said.
_WORKING = {
    "serviceTask": "Service task",
    "sendTask": "Send task",
    "scriptTask": "Script task",
    "businessRuleTask": "Business rule task",
}
_LISTED = 5


def no_type(drawing: Drawing) -> None:
    """Tasks that nobody does: one warning for all of them."""
    found = [node for node in drawing.nodes.values() if node.tag == "task"]
    if not found:
        return
    names = [f"'{node.name}' ({node.id})" if node.name else f"'{node.id}'" for node in found[:_LISTED]]
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    drawing.warn(
        "task-type",
        found[0],
        f"A task without a type is passed at once, and nobody does it: {', '.join(names)}{more}.",
        "Choose what it is: a user task, a service task, a script task ...",
    )


def no_work(drawing: Drawing) -> None:
    """Tasks that do not say who does them."""
    for node in drawing.nodes.values():
        if node.tag in _WORKING and not _says_what(node):
            drawing.warn(
                "job-type",
                node,
                f"{label(node, _WORKING[node.tag])} does not say what does it: its id is taken as the job type.",
                f"Set its job type to the name of the handler, if that is not '{node.id}'.",
            )


def _says_what(node: FlowNode) -> bool:
    extensions = node.extensions
    work = extensions.job or extensions.script or extensions.decision
    return bool(work or node.attributes.get("messageRef") or node.texts.get("script"))


def no_start(drawing: Drawing) -> None:
    """A process without a start event, which begins wherever no flow leads to."""
    process = drawing.process
    inside = [node for node in drawing.nodes.values() if node.container == process.id]
    if inside and not any(node.is_start or node.instantiating for node in inside):
        names = ", ".join(f"'{node.name or node.id}'" for node in inside if node.id in drawing.begins)
        drawing.problems.warning(
            "no-start-event",
            process,
            f"{label(process, 'Process')} has no start event; it begins with {names or 'nothing'}.",
            "Draw a start event where it begins.",
        )


def strange_ids(drawing: Drawing) -> None:
    """Ids that break the rules of XML, so that editors do not open the file."""
    drawn: tuple[Located, ...] = (drawing.process, *drawing.nodes.values(), *drawing.process.flows.values())
    for at in drawn:
        if at.id and not _ID.fullmatch(at.id):
            drawing.problems.warning(
                "id",
                at,
                f"The id '{at.id}' is not one that editors open: it may have letters, digits, '_', '-' and '.' only, "
                "and begins with a letter or '_'.",
                "Give it another id.",
            )
