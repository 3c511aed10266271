"""Global tasks: tasks beside the processes, which call activities of the file use (BPMN 2.0.2, 10.3.6).

Whoever calls one calls a process of its id that does nothing but this task.
"""

from __future__ import annotations

from lxml import etree

from bpmn_engine import xml

#: What a global task is inside a process.
_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}


def unfold(root: xml.Element) -> None:
    """Make a process of each global task that an executable process of the file calls."""
    found = {child.get("id", ""): child for child in xml.children(root) if xml.tag(child) in _TASKS}
    if not found:
        return
    called: set[str] = set()
    calls = (
        call
        for process in xml.children(root, "process")
        if xml.is_executable(process)
        for call in process.iter(f"{{{xml.BPMN}}}callActivity")
    )
    for call in calls:
        name = xml.local_reference(call.get("calledElement", ""))
        if name in found:
            call.set("calledElement", name)
            called.add(name)
    for name in sorted(called):
        _wrap(root, found[name], name)


def _wrap(root: xml.Element, task: xml.Element, name: str) -> None:
    attributes = {"id": name, "name": task.get("name", ""), "isExecutable": "true"}
    process = etree.SubElement(root, f"{{{xml.BPMN}}}process", attributes)
    begin, end, inner = f"{name}_start", f"{name}_end", f"{name}_task"
    etree.SubElement(process, f"{{{xml.BPMN}}}startEvent", {"id": begin})
    process.append(task)
    task.tag = f"{{{xml.BPMN}}}{_TASKS[xml.tag(task)]}"
    task.set("id", inner)
    if "scriptLanguage" in task.attrib:
        task.set("scriptFormat", task.attrib.pop("scriptLanguage"))
    etree.SubElement(process, f"{{{xml.BPMN}}}endEvent", {"id": end})
    for source, target in ((begin, inner), (inner, end)):
        etree.SubElement(process, f"{{{xml.BPMN}}}sequenceFlow", {"sourceRef": source, "targetRef": target})
