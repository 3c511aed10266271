"""Read what stands inside a process or sub-process: flow nodes, sequence flows, lanes, data and artifacts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import NamedTuple

from bpmn_engine import xml
from bpmn_engine.dialects import ElementProblems, condition, expression, read_extensions
from bpmn_engine.expressions import Expression, compile_feel
from bpmn_engine.model import (
    Collection,
    EventDefinition,
    Extensions,
    FlowNode,
    LoopCharacteristics,
    Problems,
    Reference,
    SequenceFlow,
)
from bpmn_engine.model.extensions import NO_EXTENSIONS
from bpmn_engine.model.problems import Place, flow_label, label
from bpmn_engine.parser import vocabulary
from bpmn_engine.parser.roles import assigned

#: Attributes that refer to something, perhaps with a prefix.
_PREFIXED = frozenset(("default", "attachedToRef", "messageRef", "operationRef"))

#: The children of an element in BPMN's namespace, with their names.
Children = list[tuple[str, xml.Element]]


class Part(NamedTuple):
    """An element that is to be read, the id of the process or sub-process that holds it, and where it was drawn."""

    element: xml.Element
    container: str
    parent: xml.Element


@dataclass(slots=True)
class ContainerReader:
    """Collects the parts of one process, sub-processes included. `shared` are the event definitions and
    `resources` the names of the resources that stand beside the processes.

    Of elements with one id the first keeps it, and the others are left out: what stands in what is always a tree.
    """

    problems: Problems
    shared: Mapping[str, xml.Element] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    drawn: dict[str, FlowNode] = field(default_factory=dict)
    flows: dict[str, SequenceFlow] = field(default_factory=dict)
    artifacts: dict[str, Reference] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def read(self, element: xml.Element, process_id: str) -> None:
        """Read what stands in a process, at any depth, in the order of the file."""
        self.names = {part.get("id", ""): part.get("name", "") for part in element.iter(f"{{{xml.BPMN}}}*")}
        for lane in element.iterfind(f".//{{{xml.BPMN}}}lane"):
            for reference in xml.children(lane, "flowNodeRef"):
                self.lanes[xml.text(reference)] = lane.get("name", "") or lane.get("id", "")
        open_parts = _inside(element, process_id)[::-1]
        while open_parts:
            part = open_parts.pop()
            if part.element.get("id") != process_id or not process_id:
                open_parts += self.read_part(part)[::-1]

    def read_part(self, part: Part) -> list[Part]:
        """Read one element, and say what is to be read inside it."""
        tag = xml.tag(part.element)
        if tag in vocabulary.FLOW_NODES:
            return self.read_node(part)
        if tag in vocabulary.DATA:
            return _inside(part.element, part.container)
        if tag == "sequenceFlow":
            self.read_flow(part.element, part.container)
        elif tag in vocabulary.ARTIFACTS:
            self.read_artifact(part.element, part.container)
        elif tag in vocabulary.REFUSED_PARTS:
            where = _place(part.parent)
            self.problems.error(
                "not-supported",
                where,
                f"{label(where, _what(xml.tag(part.parent)))} has a <{tag}>, which is not supported.",
                vocabulary.REFUSED_PARTS[tag],
            )
        else:
            self.refuse_unknown(part.element, part.parent)
        return []

    def refuse_unknown(self, element: xml.Element, parent: xml.Element) -> None:
        """Report an element that does not belong where it stands."""
        where, tag = _place(element), xml.tag(element)
        name = label(where, f"<{tag}>") if where.id else f"<{tag}>"
        near = get_close_matches(tag, sorted(vocabulary.FLOW_NODES | vocabulary.ARTIFACTS | {"sequenceFlow"}), 1, 0.8)
        self.problems.error(
            "unknown-element",
            where,
            f"{name} is not an element of BPMN 2.0 inside <{xml.tag(parent)}>.",
            f"Is <{near[0]}> meant?"
            if near and near[0] != tag
            else "Correct its name, or move it to where it belongs.",
        )

    def read_artifact(self, element: xml.Element, container: str) -> None:
        """Read data, an association or an annotation."""
        where, tag = _place(element), xml.tag(element)
        key = where.id or f"{tag} {len(self.artifacts)}"
        attributes = {**_attributes(element), "container": container}
        if len(element):
            attributes |= _texts(element, ("sourceRef", "targetRef"))
            self.check_association(element, where)
        extensions = read_extensions(element, ElementProblems(self.problems, where))
        self.artifacts.setdefault(key, Reference(key, tag, where.name, where.line, attributes, extensions))

    def check_association(self, element: xml.Element, where: Place) -> None:
        """Refuse an association that computes something."""
        for part in ("assignment", "transformation"):
            if xml.child(element, part) is not None:
                self.problems.error(
                    "not-supported",
                    where,
                    f"{label(where, 'The data association')} has a <{part}>, which is not supported.",
                    "Write it as an input or output mapping.",
                )

    def read_node(self, part: Part) -> list[Part]:
        """Read a flow node; what is inside it is still to be read."""
        element, where, tag = part.element, _place(part.element), xml.tag(part.element)
        if where.id in self.drawn:
            return []
        attributes = _attributes(element)
        self.check_attributes(attributes, tag, where)
        children = [(xml.tag(child), child) for child in xml.children(element)]
        first = dict(reversed(children))
        extensions = self.extensions(element, children, where)
        self.drawn[where.id] = FlowNode(
            where.id,
            tag,
            where.name,
            where.line,
            part.container,
            attributes={**attributes, **_references(attributes)},
            texts={name: xml.text(first[name]) for name in vocabulary.TEXTS.get(tag, frozenset()) & first.keys()},
            event_definitions=tuple(self.event_definitions(children, where)) if tag in vocabulary.EVENTS else (),
            extensions=extensions,
            loop=self.loop(tag, [child for name, child in children if name in vocabulary.LOOPS], where),
            documentation=xml.text(first.get("documentation")),
        )
        if tag in vocabulary.CONTAINERS:
            return _inside(element, where.id)
        return self.inside_leaf(part, children, where)

    def extensions(self, element: xml.Element, children: Children, where: Place) -> Extensions:
        """Read what the dialects say about a flow node, and who does it."""
        problems = ElementProblems(self.problems, where)
        extensions = read_extensions(element, problems)
        roles = [name for name, _ in children if name in vocabulary.RESOURCE_ROLES]
        if roles and xml.tag(element) == "userTask":
            assignment = assigned(element, extensions.assignment, self.resources, problems)
            return replace(extensions, assignment=assignment)
        if roles:
            text = (
                f"{label(where, _what(xml.tag(element)))} has a <{roles[0]}>, which has no effect: no person does it."
            )
            problems.warning("assignment", text, "Make it a user task, or remove it.")
        return extensions

    def loop(self, tag: str, found: list[xml.Element], where: Place) -> LoopCharacteristics | None:
        """Read how often an activity runs."""
        if not found:
            return None
        loop = found[0]
        problems = ElementProblems(self.problems, where)
        if tag not in vocabulary.ACTIVITIES:
            message = f"{label(where, _what(tag))} is repeated, but it is no activity."
            problems.error("misplaced-element", message, "Remove the loop, or draw it on an activity.")
            return None
        attributes = _attributes(loop)
        for name in sorted(set(attributes) - vocabulary.LOOP_ATTRIBUTES):
            problems.error(
                "unknown-attribute", f"The loop of '{where.id}' has an attribute '{name}', which BPMN does not have."
            )
        if attributes.get("behavior", "All") != "All":
            problems.error(
                "not-supported",
                f"The multi-instance activity '{where.id}' throws events by its behavior '{attributes['behavior']}'.",
                "Draw the event behind or inside the activity.",
            )
        expressions = {
            name: condition(xml.text(part), problems, name)
            for name in vocabulary.LOOP_EXPRESSIONS
            if (part := xml.child(loop, name)) is not None and xml.text(part)
        }
        extensions = read_extensions(loop, problems)
        if extensions.collection is None and (collection := _standard_collection(loop, problems)) is not None:
            extensions = replace(extensions, collection=collection)
        return LoopCharacteristics(xml.tag(loop), xml.line(loop), attributes, expressions, extensions)

    def check_attributes(self, attributes: Mapping[str, str], tag: str, where: Place) -> None:
        """Refuse attributes that BPMN does not have."""
        for name in attributes:
            if name not in vocabulary.ATTRIBUTES[tag]:
                near = get_close_matches(name, sorted(vocabulary.ATTRIBUTES[tag]), 1, 0.8)
                hint = f"Is '{near[0]}' meant?" if near else "Remove it or correct its name."
                if tag == "sequenceFlow" and name == "conditionExpression":
                    hint = "Write the condition as a child element <conditionExpression>...</conditionExpression>."
                self.problems.error(
                    "unknown-attribute",
                    where,
                    f"{label(where, _what(tag))} has an attribute '{name}', which BPMN does not have.",
                    hint,
                )

    def inside_leaf(self, node: Part, children: Children, where: Place) -> list[Part]:
        """Return the parts of a task, event or gateway. Flows and nodes are misplaced there; they are still read."""
        tag, found = xml.tag(node.element), []
        for name, child in children:
            part = Part(child, where.id, node.element)
            if name in vocabulary.FLOW_NODES or name == "sequenceFlow":
                self.problems.error(
                    "misplaced-element",
                    _place(child),
                    f"{label(_place(child), _what(name))} stands inside {label(where, _what(tag).lower())}.",
                    "Move it to the process, beside the flow nodes that it connects.",
                )
                found.append(part._replace(container=node.container))
            elif not (_read_by_owner(tag, name) or (tag in vocabulary.EVENTS and name in vocabulary.DEFINITIONS)):
                found.append(part)
        return found

    def event_definitions(self, children: Children, where: Place) -> Iterator[EventDefinition]:
        """Read the event definitions of an event: its own, and shared ones that it refers to (10.5.5)."""
        for tag, child in children:
            if tag == "eventDefinitionRef":
                name = xml.local_reference(xml.text(child))
                if (shared := self.shared.get(name)) is not None:
                    yield self.event_definition(shared, where)
                else:
                    self.problems.error(
                        "unknown-reference",
                        where,
                        f"{label(where, 'Event')} refers to the event definition '{name}', which is not in this file.",
                        "Write the event definition inside the event.",
                    )
            elif tag in vocabulary.EVENT_DEFINITIONS:
                yield self.event_definition(child, where)

    def event_definition(self, element: xml.Element, where: Place) -> EventDefinition:
        """One of the things that an event waits for or does."""
        problems = ElementProblems(self.problems, where)
        for child in xml.children(element):
            if xml.tag(child) not in vocabulary.EVENT_PARTS and xml.tag(child) not in vocabulary.EVENT_EXPRESSIONS:
                self.refuse_unknown(child, element)
        self.check_definition(element, where)
        references = [element.get(name) for name in vocabulary.EVENT_REFERENCES]
        expressions: dict[str, Expression] = {}
        for name in vocabulary.EVENT_EXPRESSIONS:
            part = xml.child(element, name)
            if part is not None:
                compiler = condition if name == "condition" else expression
                expressions[name] = compiler(xml.text(part), problems, name)
        return EventDefinition(
            element.get("id", ""),
            xml.tag(element),
            xml.line(element),
            next((xml.local_reference(reference) for reference in references if reference), None),
            expressions,
            _attributes(element),
            read_extensions(element, problems),
            where.name,
        )

    def check_definition(self, element: xml.Element, where: Place) -> None:
        """Refuse attributes of an event definition that it does not have."""
        known = vocabulary.DEFINITION_ATTRIBUTES[xml.tag(element)]
        for name in sorted(_attributes(element).keys() - known):
            near = get_close_matches(name, sorted(known), 1, 0.8)
            self.problems.error(
                "unknown-attribute",
                where,
                f"The <{xml.tag(element)}> of {label(where, 'event')} has an attribute '{name}', which BPMN does not "
                "have.",
                f"Is '{near[0]}' meant?" if near else "Remove it or correct its name.",
            )

    def read_flow(self, element: xml.Element, container: str) -> None:
        """Read a sequence flow with its condition."""
        where = _place(element)
        if where.id in self.flows:
            return
        attributes = _attributes(element)
        self.check_attributes(attributes, "sequenceFlow", where)
        if len(element) or len(attributes) < len(element.attrib):
            self.check_flow_extensions(element, where)
        text = xml.text(xml.child(element, "conditionExpression"))
        self.flows[where.id] = SequenceFlow(
            where.id,
            where.name,
            where.line,
            container,
            xml.local_reference(attributes.get("sourceRef", "")),
            xml.local_reference(attributes.get("targetRef", "")),
            self.flow_condition(text, attributes, where) if text else None,
        )

    def flow_condition(self, text: str, attributes: Mapping[str, str], where: Place) -> Expression:
        """Compile a condition; messages name the flow by what it connects."""
        ends = (xml.local_reference(attributes.get(name, "")) for name in ("sourceRef", "targetRef"))
        called = flow_label(where, *(self.names.get(end) or end for end in ends))
        return condition(text, ElementProblems(self.problems, where, called), "condition")

    def check_flow_extensions(self, element: xml.Element, where: Place) -> None:
        """Refuse extensions of a sequence flow, but properties, which say nothing about how it runs."""
        extensions = read_extensions(element, ElementProblems(self.problems, where))
        if extensions != NO_EXTENSIONS and replace(extensions, properties={}) != NO_EXTENSIONS:
            self.problems.error(
                "misplaced-extension",
                where,
                f"{label(where, 'Flow')} has an extension that is not supported there.",
                "Put it on an element.",
            )

    def nodes(self) -> dict[str, FlowNode]:
        """The flow nodes with their sequence flows and lanes, in the order of the file."""
        incoming: dict[str, list[SequenceFlow]] = {}
        outgoing: dict[str, list[SequenceFlow]] = {}
        for flow in self.flows.values():
            outgoing.setdefault(flow.source, []).append(flow)
            incoming.setdefault(flow.target, []).append(flow)
        return {
            node.id: replace(
                node,
                incoming=tuple(incoming.get(node.id, ())),
                outgoing=tuple(outgoing.get(node.id, ())),
                lane=self.lanes.get(node.id),
            )
            for node in self.drawn.values()
        }


def _inside(element: xml.Element, container: str) -> list[Part]:
    """Return the parts of an element, without those that it reads itself and those that do not change how it runs."""
    tag = xml.tag(element)
    return [
        Part(child, container, element) for child in xml.children(element) if not _read_by_owner(tag, xml.tag(child))
    ]


def _read_by_owner(tag: str, name: str) -> bool:
    """Whether an element reads a child itself."""
    return name in vocabulary.READ_BY_OWNER or name in vocabulary.TEXTS.get(tag, ())


def _standard_collection(loop: xml.Element, problems: ElementProblems) -> Collection | None:
    """The lists of a multi-instance activity in the standard's own words: names of variables."""
    texts = _texts(loop, ("loopDataInputRef", "loopDataOutputRef"))
    names = {
        tag: part.get("name")
        for tag in ("inputDataItem", "outputDataItem")
        if (part := xml.child(loop, tag)) is not None
    }
    if not texts:
        return None
    output = names.get("outputDataItem")
    return Collection(
        problems.compiled(compile_feel, texts["loopDataInputRef"], "input collection")
        if "loopDataInputRef" in texts
        else None,
        names.get("inputDataItem"),
        texts.get("loopDataOutputRef"),
        problems.compiled(compile_feel, output, "output element") if output else None,
    )


def _texts(element: xml.Element, names: tuple[str, ...]) -> dict[str, str]:
    return {name: xml.text(part) for name in names if (part := xml.child(element, name)) is not None and xml.text(part)}


def _place(element: xml.Element) -> Place:
    return Place(element.get("id", ""), element.get("name", ""), xml.line(element))


def _attributes(element: xml.Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items() if not str(name).startswith("{")}


def _references(attributes: Mapping[str, str]) -> dict[str, str]:
    """Attributes that refer to something lose their prefix."""
    return {name: xml.local_reference(attributes[name]) for name in _PREFIXED & attributes.keys()}


def _what(tag: str) -> str:
    """`exclusiveGateway` in words: `Exclusive gateway`."""
    words = "".join(f" {char.lower()}" if char.isupper() else char for char in tag)
    return words[:1].upper() + words[1:]
