"""Reads a DMN file into a `DecisionModel`. All namespaces from DMN 1.1 to 1.5 are read; the elements are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from bpmn_engine import xml
from bpmn_engine.dmn import boxed
from bpmn_engine.dmn.boxed import CAMUNDA_DMN, Names, Reading, plain
from bpmn_engine.dmn.item_types import ItemType
from bpmn_engine.dmn.model import (
    BusinessKnowledge,
    Decision,
    DecisionModel,
    DecisionService,
    DrgElement,
    ElementReference,
    InputData,
)
from bpmn_engine.dmn.nodes import Stored
from bpmn_engine.errors import InvalidExpression, InvalidModel, Problem
from bpmn_engine.expressions.feel import FeelExpression, compile_tree, syntax
from bpmn_engine.expressions.feel.types import ALIASES, ANY, SIMPLE, FunctionType

#: The namespaces of DMN, by version.
NAMESPACES = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
#: Names of types that Camunda Platform 7 uses.
_CAMUNDA = {"integer": "number", "long": "number", "double": "number"}
_DRAWN = ("decision", "businessKnowledgeModel", "decisionService", "inputData")


def read_decisions(data: bytes, imports: Mapping[str, DecisionModel] | None = None, name: str = "") -> DecisionModel:
    """Read a file; raise `InvalidModel` if it is not DMN. `imports` are other models by namespace.

    Errors inside are in `problems`: expressions that cannot be read are null, so that the rest can be evaluated.
    """
    root = xml.read(data, name)
    namespace = xml.namespace(root)
    if namespace not in NAMESPACES or xml.tag(root) != "definitions":
        message = f"<{xml.tag(root)}> of '{namespace}' is not a decision model."
        raise InvalidModel([Problem("dmn", message, hint="Save it as DMN 1.1 to 1.5.")], name)
    return _Reader(root, imports or {}).model()


class _Reader:
    def __init__(self, root: xml.Element, known: Mapping[str, DecisionModel]) -> None:
        self.root = root
        self.reading = Reading(xml.namespace(root), root.get("expressionLanguage") or "feel")
        self.namespace = root.get("namespace") or ""
        self.imports: dict[str, DecisionModel] = {}
        #: What belongs to the model by its names: what it draws, and what it imports without a name.
        self.own: set[str] = set()
        for element in self.reading.children(root, "import"):
            self._import(element, known)

    def _import(self, element: xml.Element, known: Mapping[str, DecisionModel]) -> None:
        namespace = element.get("namespace") or ""
        kind = element.get("importType") or "DMN"
        if "DMN" not in kind.upper():
            self.reading.warning(element, f"What is imported from '{namespace}' is not read, for it is '{kind}'.")
            return
        model = known.get(namespace)
        if model is None:
            hint = "Deploy it together with this file."
            self.reading.problem(element, f"The imported model '{namespace}' is not here.", hint)
            return
        name = plain(element.get("name"))
        if namespace in self.imports:
            self.reading.problem(element, f"The model '{namespace}' is imported twice.", "Import it once, by one name.")
            return
        self.imports[namespace] = model
        self.reading.imports[namespace] = name
        self.reading.members |= {node.name for node in model.nodes.values()} | model.members
        prefix = f"{name}." if name else ""
        self.reading.defined |= {prefix + type_name: item for type_name, item in model.types.items()}
        self.own |= set() if name else set(model.types)

    def model(self) -> DecisionModel:
        self._types()
        self._members()
        drawn = self._drawn()
        nodes = {key: self._node(element) for key, element in drawn.items()}
        model = DecisionModel(
            self.root.get("id") or plain(self.root.get("name")),
            plain(self.root.get("name")),
            self.namespace,
            nodes,
            {name: item for name, item in self.reading.defined.items() if name in self.own},
            self.imports,
            frozenset(self.reading.members),
        )
        self._check(model, drawn)
        return replace(model, problems=tuple(self.reading.problems))

    def _drawn(self) -> dict[str, xml.Element]:
        """The elements of the graph by their ids, which must be different; one without id is known by its name."""
        drawn: dict[str, xml.Element] = {}
        for element in self.reading.children(self.root, *_DRAWN):
            key = _id(element)
            if not key:
                self.reading.problem(element, f"A <{xml.tag(element)}> has neither an id nor a name.", "Give it both.")
            elif key in drawn:
                self.reading.problem(element, f"The id '{key}' is there twice.", "Give each element an id of its own.")
            drawn.setdefault(key, element)
        return drawn

    # types

    def _types(self) -> None:
        types, defined = self.reading.types, self.reading.defined
        types |= {name: ItemType(name, found) for name, found in SIMPLE.items()}
        types |= {alias: types[name] for alias, name in (ALIASES | _CAMUNDA).items() if alias != name}
        drawn = self.reading.children(self.root, "itemDefinition")
        for element in drawn:  # first the names, for definitions may refer to each other
            name = plain(element.get("name"))
            defined[name] = ItemType(name)
            self.own.add(name)
        types |= defined
        for element in drawn:
            self._define(defined[plain(element.get("name"))], element)

    def _define(self, item: ItemType, element: xml.Element) -> None:
        reading = self.reading
        item.collection = element.get("isCollection") == "true"
        reference = xml.text(reading.child(element, "typeRef"))
        if reference:
            found = reading.type(reference, element) or ANY
            if _leads_to(found, item):
                reading.problem(element, f"The type '{item.name}' is defined by itself.", "Name another type.")
                found = ANY
            item.element = found
        if (signature := reading.child(element, "functionItem")) is not None:
            item.element = self._function_type(signature)
        components: dict[str, ItemType] = {}
        for part in reading.children(element, "itemComponent"):
            component = ItemType(plain(part.get("name")))
            self._define(component, part)
            components[component.name] = component
        item.components = components
        if reference and components:
            message = f"The type '{item.name}' refers to '{reference}' and has components, which count."
            reading.warning(element, message, "Keep one of the two.", "decision-type")
        for tag in ("allowedValues", "typeConstraint"):
            holder = reading.child(element, tag)
            if holder is not None and (text := reading.text(holder)):
                tests = reading.tests(text, (), holder, f"The values of the type '{item.name}'")
                if tag == "allowedValues":
                    item.allowed, item.values = self._compiled(tests, text), tests
                else:
                    item.constraint = self._compiled(tests, text)

    def _function_type(self, element: xml.Element) -> FunctionType:
        parameters = [
            self.reading.type(part.get("typeRef") or xml.text(self.reading.child(part, "typeRef")), part) or ANY
            for part in self.reading.children(element, "parameters", "parameter")
        ]
        result = self.reading.type(element.get("outputTypeRef"), element) or ANY
        return FunctionType(tuple(parameters), result)

    def _members(self) -> None:
        """The names of members of values, wherever the model mentions them."""
        tags = ("itemComponent", "column", "output", "decision", "inputData", "variable", "informationItem")
        for tag in tags:
            for element in self.root.iter(f"{{{self.reading.namespace}}}{tag}"):
                if name := plain(element.get("name")):
                    self.reading.members.add(name)

    # the graph

    def _node(self, element: xml.Element) -> DrgElement:
        name = plain(element.get("name")) or _id(element)
        self.reading.owner, self.reading.owner_id = f"'{name}'", _id(element)
        readers: dict[str, Callable[[xml.Element, str], DrgElement]] = {
            "decision": self._decision,
            "businessKnowledgeModel": self._knowledge,
            "decisionService": self._service,
            "inputData": self._input,
        }
        return readers[xml.tag(element)](element, name)

    def _input(self, element: xml.Element, name: str) -> InputData:
        variable = self.reading.child(element, "variable")
        declared = self.reading.type(variable.get("typeRef"), element) if variable is not None else None
        return InputData(_id(element), name, declared)

    def _decision(self, element: xml.Element, name: str) -> Decision:
        reading = self.reading
        inputs = self._references(element, "informationRequirement", "requiredInput")
        decisions = self._references(element, "informationRequirement", "requiredDecision")
        knowledge = self._references(element, "knowledgeRequirement", "requiredKnowledge")
        variable = reading.child(element, "variable")
        logic = boxed.logic_of(element, reading)
        declared = reading.type(variable.get("typeRef"), element) if variable is not None else None
        names = _names((*inputs, *decisions, *knowledge))
        compiled = None
        if logic is None:
            reading.warning(element, f"'{name}' has no logic, so it is always null.", "Draw a table or an expression.")
        else:
            tree = boxed.expression(logic, names, reading)
            if declared is not None:
                tree = Stored(tree, declared, f"the result of '{name}'")
            compiled = self._compiled(tree, name, names)
        return Decision(
            _id(element),
            name,
            plain(variable.get("name")) if variable is not None and variable.get("name") else name,
            xml.tag(logic) if logic is not None else "",
            declared,
            compiled,
            inputs,
            decisions,
            knowledge,
            _version_tag(element, reading),
        )

    def _knowledge(self, element: xml.Element, name: str) -> BusinessKnowledge:
        reading = self.reading
        knowledge = self._references(element, "knowledgeRequirement", "requiredKnowledge")
        logic, declared = reading.child(element, "encapsulatedLogic"), self._result(element)
        names = (*_names(knowledge), name)
        compiled = None
        if logic is not None:
            compiled = self._compiled(boxed.function(logic, names, reading, declared), name, names)
        return BusinessKnowledge(_id(element), name, compiled, knowledge)

    def _service(self, element: xml.Element, name: str) -> DecisionService:
        outputs, decisions, data = (
            tuple(self._reference(part) for part in self.reading.children(element, tag))
            for tag in ("outputDecision", "inputDecision", "inputData")
        )
        return DecisionService(_id(element), name, self._result(element), outputs, decisions, data)

    def _result(self, element: xml.Element) -> ItemType | None:
        """The type of an element's result: its variable may have that type, or the type of the function."""
        variable = self.reading.child(element, "variable")
        declared = self.reading.type(variable.get("typeRef"), element) if variable is not None else None
        signature = declared.structure() if declared is not None else None
        if not isinstance(signature, FunctionType):
            return declared
        return signature.result if isinstance(signature.result, ItemType) else None

    def _references(self, element: xml.Element, holder: str, tag: str) -> tuple[ElementReference, ...]:
        return tuple(
            self._reference(part)
            for requirement in self.reading.children(element, holder)
            for part in self.reading.children(requirement, tag)
        )

    def _reference(self, element: xml.Element) -> ElementReference:
        namespace, _, key = (element.get("href") or "").rpartition("#")
        if not namespace or namespace == self.namespace:
            namespace = self._home_of(key)
        if namespace == self.namespace:
            return ElementReference(namespace, key, (self._name_of(key),))
        model = self.imports.get(namespace)
        node = model.nodes.get(key) if model else None
        name = node.name if node else key
        prefix = self.reading.imports.get(namespace, "")
        return ElementReference(namespace, key, (prefix, name) if prefix else (name,))

    def _home_of(self, key: str) -> str:
        """The namespace of an element that is referred to as one of the model, which an import without a name fills."""
        if not any(_id(element) == key for element in self.reading.children(self.root, *_DRAWN)):
            for namespace, name in self.reading.imports.items():
                if not name and key in self.imports[namespace].nodes:
                    return namespace
        return self.namespace

    def _name_of(self, key: str) -> str:
        for element in self.reading.children(self.root, *_DRAWN):
            if _id(element) == key:
                variable = self.reading.child(element, "variable")
                named = variable if variable is not None and xml.tag(element) == "decision" else element
                return plain(named.get("name")) or plain(element.get("name")) or key
        return key

    def _compiled(self, tree: syntax.Node, text: str, known: Names = ()) -> FeelExpression:
        try:
            return compile_tree(text, tree, frozenset(known))
        except InvalidExpression as error:
            self.reading.problem(self.root, f"{text} cannot be compiled: {error}.", rule="expression")
            return compile_tree(text, syntax.Literal(None))

    def _check(self, model: DecisionModel, drawn: Mapping[str, xml.Element]) -> None:
        """Note names that are there twice, references that lead nowhere, and decisions that require themselves."""
        self._check_names(model, drawn)
        for key, node in model.nodes.items():
            for reference in required(node):
                if model.find(reference) is None:
                    self.reading.problem(
                        drawn[key],
                        f"'{node.name}' needs '{reference.id}', which is not there.",
                        "Draw it or remove it.",
                    )
        for key, node in model.nodes.items():
            if isinstance(node, Decision) and _in_circle(model, key):
                self.reading.problem(drawn[key], f"'{node.name}' needs its own result.", "Break the circle.")

    def _check_names(self, model: DecisionModel, drawn: Mapping[str, xml.Element]) -> None:
        """Note elements and imports whose names are not unique within the model (DMN 1.5, clause 6.3.2)."""
        names = Counter([*model.types, *self.reading.imports.values()])
        elements: set[str] = set()
        for key, node in model.nodes.items():
            if node.name in elements:
                message = f"The name '{node.name}' is there twice, so expressions cannot tell which is meant."
                self.reading.warning(drawn[key], message, "Give each element a name of its own.")
            elements.add(node.name)
        names.update(elements)
        for element in self.reading.children(self.root, "import"):
            name = self.reading.imports.get(element.get("namespace") or "")
            if name and names[name] > 1:
                message = f"The import '{name}' has the name of something else in the model."
                self.reading.warning(element, message, "Give it another name.")


def _id(element: xml.Element) -> str:
    """The id of an element. The schema does not demand one; then its name, which the model has once, stands for it."""
    return element.get("id") or plain(element.get("name"))


def required(node: DrgElement) -> tuple[ElementReference, ...]:
    """Everything that an element of the graph refers to."""
    if isinstance(node, Decision):
        return (*node.inputs, *node.decisions, *node.knowledge)
    if isinstance(node, BusinessKnowledge):
        return node.knowledge
    return (*node.outputs, *node.input_decisions, *node.input_data) if isinstance(node, DecisionService) else ()


def _in_circle(model: DecisionModel, start: str) -> bool:
    seen: set[str] = set()
    stack = [start]
    while stack:
        node = model.nodes.get(stack.pop())
        for reference in node.decisions if isinstance(node, Decision) else ():
            if reference.namespace == model.namespace and reference.id == start:
                return True
            if reference.id not in seen:
                seen.add(reference.id)
                stack.append(reference.id)
    return False


def _version_tag(element: xml.Element, reading: Reading) -> str | None:
    """The version tag that the editor writes, in one of its two dialects."""
    holder = reading.child(element, "extensionElements")
    tag = xml.child(holder, "versionTag", xml.ZEEBE) if holder is not None else None
    return tag.get("value") if tag is not None else element.get(f"{{{CAMUNDA_DMN}}}versionTag")


def _leads_to(found: object, item: ItemType) -> bool:
    while isinstance(found, ItemType):
        if found is item:
            return True
        found = found.element
    return False


def _names(references: tuple[ElementReference, ...]) -> Names:
    """The names by which an expression refers to the requirements of its element."""
    return tuple(reference.path[0] for reference in references)
