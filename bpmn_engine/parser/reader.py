"""Walk the XML of a BPMN file and note what was drawn. What has no place in BPMN is a problem, never skipped."""

from __future__ import annotations

from collections.abc import Mapping

from bpmn_engine import xml
from bpmn_engine.dialects import ElementProblems, read_extensions
from bpmn_engine.errors import InvalidModel, Problem
from bpmn_engine.expressions import compile_feel, compile_juel, static
from bpmn_engine.model import (
    Collaboration,
    Definitions,
    Extensions,
    Message,
    MessageFlow,
    Participant,
    Problems,
    Process,
    Reference,
)
from bpmn_engine.model.problems import Place
from bpmn_engine.parser import vocabulary
from bpmn_engine.parser.container import ContainerReader
from bpmn_engine.parser.diagram import read_diagram
from bpmn_engine.parser.global_tasks import unfold
from bpmn_engine.parser.limits import FirstProblems
from bpmn_engine.parser.naming import give_ids


def place(element: xml.Element) -> Place:
    """The place of an XML element, for messages."""
    return Place(element.get("id", ""), element.get("name", ""), xml.line(element))


class Reader:
    """Reads one file; `problems` holds what was found.

    Processes that are not executable are there to be looked at: what is wrong in them is of no interest. If none is
    executable, that is most likely a mistake, and the problems of all of them count.
    """

    def __init__(self, root: xml.Element, resource_name: str = "") -> None:
        self.root, self.resource_name = root, resource_name
        self.problems: Problems = FirstProblems()
        if xml.tag(root) != "definitions" or xml.namespace(root) != xml.BPMN:
            found = f"<{xml.tag(root)}> in namespace '{xml.namespace(root)}'"
            hint = f"The root element must be <definitions> in namespace '{xml.BPMN}'."
            raise InvalidModel(
                [Problem("not-bpmn", f"This is not BPMN 2.0: it starts with {found}.", hint=hint)], resource_name
            )

        unfold(root)
        self.shared = {
            child.get("id", ""): child for child in xml.children(root) if xml.tag(child) in vocabulary.EVENT_DEFINITIONS
        }
        self.resources = {
            child.get("id", ""): child.get("name", "") or child.get("id", "")
            for child in xml.children(root, "resource")
        }
        self.all_count = not any(map(xml.is_executable, xml.children(root, "process")))

    def definitions(self) -> Definitions:
        """Everything in the file."""
        self._name_the_nameless()
        self._check_ids()
        messages, references, collaborations, processes = {}, {}, [], []
        for child in xml.children(self.root):
            tag, key = xml.tag(child), child.get("id", "")
            if tag == "process":
                processes.append(self._process(child))
            elif tag == "message":
                messages[key] = self._message(child)
            elif tag == "collaboration":
                collaborations.append(self._collaboration(child))
            elif tag in vocabulary.GLOBAL_REFERENCES:
                references[key] = self._reference(child)
            elif tag not in vocabulary.KNOWN_ROOTS:
                self.problems.error(
                    "unknown-element",
                    place(child),
                    f"<{tag}> is not an element of BPMN 2.0 at this place.",
                    "Correct its name, or move it to where it belongs.",
                )
        return Definitions(
            self.root.get("id", ""),
            tuple(processes),
            messages,
            references,
            tuple(collaborations),
            read_diagram(self.root),
            self.root.get("exporter", ""),
        )

    def _name_the_nameless(self) -> None:
        for element in give_ids(self.root):
            if not (self.all_count or xml.is_executable(next(element.iterancestors(f"{{{xml.BPMN}}}process")))):
                continue
            self.problems.warning(
                "missing-id",
                place(element),
                f"A <{xml.tag(element)}> has no id; it is called '{element.get('id')}' here.",
                "Give it one, so that it keeps its name when the diagram changes.",
            )

    def _check_ids(self) -> None:
        seen: dict[str, xml.Element] = {}
        for element in self.root.iter(f"{{{xml.BPMN}}}*"):
            key = element.get("id")
            if key is None:
                continue
            if key in seen:
                first = seen[key]
                self.problems.error(
                    "duplicate-id",
                    place(element),
                    f"The id '{key}' is used twice: by <{xml.tag(first)}> in line {xml.line(first)} "
                    f"and by <{xml.tag(element)}>.",
                    "Give one of them another id.",
                )
            seen.setdefault(key, element)

    def _process(self, element: xml.Element) -> Process:
        where = place(element)
        executable = xml.is_executable(element)
        problems = self.problems if executable or self.all_count else FirstProblems()
        if not where.id:
            problems.error("missing-id", where, "A process has no id.", "Give it one; instances are started by it.")
        if any(xml.tag(child) in vocabulary.RESOURCE_ROLES for child in xml.children(element)):
            message = "A process has a performer, which has no effect: a process is done by its tasks."
            problems.warning("assignment", where, message, "Say it at the user tasks, or remove it.")
        content = ContainerReader(problems, self.shared, self.resources)
        content.read(element, where.id)
        return Process(
            where.id,
            where.name,
            where.line,
            executable,
            content.nodes(),
            content.flows,
            content.artifacts,
            read_extensions(element, ElementProblems(problems, where)),
            xml.text(xml.child(element, "documentation")),
        )

    def _reference(self, element: xml.Element) -> Reference:
        where = place(element)
        extensions = read_extensions(element, ElementProblems(self.problems, where))
        return Reference(where.id, xml.tag(element), where.name, where.line, _plain_attributes(element), extensions)

    def _message(self, element: xml.Element) -> Message:
        where = place(element)
        problems = ElementProblems(self.problems, where)
        extensions: Extensions = read_extensions(element, problems)
        name = element.get("name", "")
        if name.startswith("="):
            named = problems.compiled(compile_feel, name[1:].strip(), "message name")
        elif "${" in name:
            named = problems.compiled(compile_juel, name, "message name")
        else:
            named = static(name)
        return Message(where.id, name, where.line, named, extensions)

    def _collaboration(self, element: xml.Element) -> Collaboration:
        participants = tuple(
            Participant(*_identity(child), _reference(child, "processRef"))
            for child in xml.children(element, "participant")
        )
        flows = tuple(
            MessageFlow(*_identity(child), _reference(child, "sourceRef") or "", _reference(child, "targetRef") or "")
            for child in xml.children(element, "messageFlow")
        )
        return Collaboration(element.get("id", ""), participants, flows)


def _identity(element: xml.Element) -> tuple[str, str, int | None]:
    return element.get("id", ""), element.get("name", ""), xml.line(element)


def _reference(element: xml.Element, name: str) -> str | None:
    value = element.get(name)
    return xml.local_reference(value) if value else None


def _plain_attributes(element: xml.Element) -> Mapping[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items() if not str(name).startswith("{")}
