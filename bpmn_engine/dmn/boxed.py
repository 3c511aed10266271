"""Boxed expressions, read into FEEL's syntax tree (DMN 1.5, clause 10.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bpmn_engine import xml
from bpmn_engine.dmn.hit_policies import AGGREGATIONS, POLICIES
from bpmn_engine.dmn.item_types import ItemType
from bpmn_engine.dmn.nodes import Broken, Stored
from bpmn_engine.dmn.tables import Input, Output, Table
from bpmn_engine.errors import InvalidExpression, Problem
from bpmn_engine.expressions.feel import Vocabulary, syntax
from bpmn_engine.expressions.feel.parser import parse_expression, parse_unary_tests

#: How a DMN file may name FEEL.
_FEEL = ("feel", "urn:feel")
Names = tuple[str, ...]
CAMUNDA_DMN = "http://camunda.org/schema/1.0/dmn"


def plain(name: str | None) -> str:
    """A name with single spaces."""
    return " ".join((name or "").split())


@dataclass
class Reading:
    """The state of reading one file: its namespace, types and names, and the problems found so far."""

    namespace: str
    language: str = "feel"
    types: dict[str, ItemType] = field(default_factory=dict)
    #: The types that the model defines, without those of the language.
    defined: dict[str, ItemType] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    #: The names of imports by their namespaces.
    imports: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    #: The decision or knowledge model that is being read, for messages.
    owner: str = ""
    owner_id: str = ""

    def children(self, element: xml.Element, *names: str) -> list[xml.Element]:
        """The children of those names."""
        return [child for child in xml.children(element, None, self.namespace) if xml.tag(child) in names]

    def child(self, element: xml.Element, name: str) -> xml.Element | None:
        """The first child of that name."""
        return xml.child(element, name, self.namespace)

    def text(self, element: xml.Element | None) -> str:
        """The content of an element's `text`."""
        return "" if element is None else xml.text(self.child(element, "text"))

    def problem(self, at: xml.Element, message: str, hint: str | None = None, rule: str = "decision") -> None:
        """Note a problem that prevents the deployment."""
        where = at.get("id") or self.owner_id or None
        self.problems.append(Problem(rule, message, where, self.owner or None, xml.line(at), hint))

    def warning(self, at: xml.Element, message: str, hint: str | None = None, rule: str = "decision") -> None:
        """Note a likely mistake that does not prevent the deployment."""
        where = at.get("id") or None
        self.problems.append(Problem(rule, message, where, at.get("name"), xml.line(at), hint, "warning"))

    def type(self, name: str | None, at: xml.Element) -> ItemType | None:
        """The type that a typeRef names; None for any value."""
        if not name:
            return None
        found = self.types.get(plain(name)) or self._qualified_type(name, at)
        if found is None:
            known = ", ".join(sorted(name for name in self.types if " " not in name)[:8])
            self.warning(at, f"There is no type '{name}'.", f"Use {known} …", "decision-type")
        return found if found is None or found.name != "Any" else None

    def _qualified_type(self, name: str, at: xml.Element) -> ItemType | None:
        """The type of a name such as `feel:string`, or `other:tPerson` as files before DMN 1.2 write imported ones."""
        prefix, _, local = plain(name).rpartition(":")
        imported = self.imports.get(at.nsmap.get(prefix or None) or "")
        return self.types.get(f"{imported}.{local}" if imported else local)

    def vocabulary(self, names: Names) -> Vocabulary:
        """The names that an expression with these variables in scope may use."""
        return Vocabulary(names, self.members, self.defined)

    def is_feel(self, element: xml.Element) -> bool:
        """Whether an expression is written in FEEL; another language is a problem."""
        language = element.get("expressionLanguage") or self.language
        if language.lower() in _FEEL or "feel" in language.lower():
            return True
        self.problem(
            element, f"The expression is written in '{language}', which is not supported.", "Write it in FEEL."
        )
        return False

    def parsed(self, text: str, names: Names, at: xml.Element, what: str) -> syntax.Node:
        """The syntax tree of an expression."""
        return self._read(lambda: parse_expression(text, self.vocabulary(names)), at, what)

    def tests(self, text: str, names: Names, at: xml.Element, what: str) -> syntax.Tests:
        """The syntax tree of unary tests; an empty string means `-`."""
        if not text.strip():
            return syntax.Tests(())
        read = self._read(lambda: parse_unary_tests(text, self.vocabulary(names)), at, what)
        return read if isinstance(read, syntax.Tests) else syntax.Tests((read,))

    def _read(self, parse: Callable[[], syntax.Node], at: xml.Element, what: str) -> syntax.Node:
        try:
            return parse()
        except InvalidExpression as error:
            self.problem(at, f"{what} of {self.owner or 'the model'} cannot be read: {error}.", rule="expression")
            return Broken(f"{what} cannot be read: {error}")


def logic_of(element: xml.Element, reading: Reading) -> xml.Element | None:
    """The boxed expression in an element; None if there is none."""
    return next(iter(reading.children(element, *_READERS)), None)


def expression(element: xml.Element, names: Names, reading: Reading) -> syntax.Node:
    """The tree of the boxed expression; one with a type is stored as such."""
    tree = _READERS[xml.tag(element)](element, names, reading)
    declared = None if xml.tag(element) == "functionDefinition" else reading.type(element.get("typeRef"), element)
    return tree if declared is None else Stored(tree, declared, "the result of an expression")


def _within(element: xml.Element, name: str, names: Names, reading: Reading) -> syntax.Node:
    """The expression in a child such as `if` or `return`."""
    holder = reading.child(element, name)
    found = logic_of(holder, reading) if holder is not None else None
    if found is None:
        reading.problem(element, f"<{xml.tag(element)}> needs an expression in <{name}>.")
        return syntax.Literal(None)
    return expression(found, names, reading)


def _literal(element: xml.Element, names: Names, reading: Reading) -> syntax.Node:
    text = reading.text(element)
    if reading.child(element, "importedValues") is not None:
        reading.problem(element, "Imported values are not supported.", "Write the expression into the model.")
    if not text or not reading.is_feel(element):
        return syntax.Literal(None)
    return reading.parsed(text, names, element, "An expression")


def _context(element: xml.Element, names: Names, reading: Reading) -> syntax.Node:
    entries: list[tuple[str, syntax.Node]] = []
    drawn = reading.children(element, "contextEntry")
    for entry in drawn:
        variable, logic = reading.child(entry, "variable"), logic_of(entry, reading)
        name = plain(variable.get("name")) if variable is not None else ""
        value = expression(logic, names, reading) if logic is not None else syntax.Literal(None)
        if not name:
            if entry is not drawn[-1]:
                message = "An entry without a name is the result of its context, and others come after it."
                reading.problem(entry, message, "Move it to the end or name it.")
            return syntax.Path(syntax.ContextOf((*entries, ("", value))), "")
        declared = reading.type(variable.get("typeRef"), entry) if variable is not None else None
        entries.append((name, Stored(value, declared, f"the entry '{name}'") if declared else value))
        names = (*names, name)
    return syntax.ContextOf(tuple(entries))


def _invocation(element: xml.Element, names: Names, reading: Reading) -> syntax.Node:
    called = logic_of(element, reading)
    if called is None:
        reading.problem(element, "An invocation needs the name of what it calls.")
        return syntax.Literal(None)
    bound: list[tuple[str, syntax.Node]] = []
    for binding in reading.children(element, "binding"):
        parameter, logic = reading.child(binding, "parameter"), logic_of(binding, reading)
        value = expression(logic, names, reading) if logic is not None else syntax.Literal(None)
        bound.append((plain(parameter.get("name") if parameter is not None else ""), value))
    return syntax.FunctionCall(expression(called, names, reading), (), tuple(bound))


def function(element: xml.Element, names: Names, reading: Reading, result: ItemType | None = None) -> syntax.Node:
    """A function definition; with a type, its result is stored as one."""
    parameters = [
        (plain(parameter.get("name")), reading.type(parameter.get("typeRef"), parameter))
        for parameter in reading.children(element, "formalParameter")
    ]
    logic = logic_of(element, reading)
    kind = (element.get("kind") or "FEEL").upper()
    if kind != "FEEL" or logic is None:
        return syntax.FunctionOf(tuple(parameters), None if kind != "FEEL" else syntax.Literal(None))
    body = expression(logic, (*names, *(name for name, _ in parameters)), reading)
    if result is not None:
        body = Stored(body, result, "the result of the function")
    return syntax.FunctionOf(tuple(parameters), body)


def _list(element: xml.Element, names: Names, reading: Reading) -> syntax.Node:
    return syntax.ListOf(tuple(expression(item, names, reading) for item in reading.children(element, *_READERS)))


def _relation(element: xml.Element, names: Names, reading: Reading) -> syntax.Node:
    columns = [
        (plain(column.get("name")), reading.type(column.get("typeRef"), column))
        for column in reading.children(element, "column")
    ]
    rows = []
    for row in reading.children(element, "row"):
        cells = [expression(cell, names, reading) for cell in reading.children(row, *_READERS)]
        if len(cells) != len(columns):
            reading.problem(row, f"A row of the relation has {len(cells)} cells for {len(columns)} columns.")
        entries = (
            (name, Stored(cell, declared, f"the column '{name}'") if declared else cell)
            for (name, declared), cell in zip(columns, cells, strict=False)
        )
        rows.append(syntax.ContextOf(tuple(entries)))
    return syntax.ListOf(tuple(rows))


def _conditional(element: xml.Element, names: Names, reading: Reading) -> syntax.Node:
    condition, then, otherwise = (_within(element, name, names, reading) for name in ("if", "then", "else"))
    return syntax.If(condition, then, otherwise, strict=True)


def _iteration(element: xml.Element, names: Names, reading: Reading) -> tuple[syntax.Iteration, Names]:
    name = plain(element.get("iteratorVariable"))
    return syntax.Iteration(name, _within(element, "in", names, reading)), (*names, name)


def _for(element: xml.Element, names: Names, reading: Reading) -> syntax.Node:
    iteration, inner = _iteration(element, names, reading)
    return syntax.For((iteration,), _within(element, "return", (*inner, "partial"), reading))


def _quantified(element: xml.Element, names: Names, reading: Reading) -> syntax.Node:
    iteration, inner = _iteration(element, names, reading)
    condition = _within(element, "satisfies", inner, reading)
    return syntax.Quantified(xml.tag(element) == "every", (iteration,), condition, strict=True)


def _filter(element: xml.Element, names: Names, reading: Reading) -> syntax.Node:
    inner = (*names, *reading.members, "item")
    return syntax.Filter(_within(element, "in", names, reading), _within(element, "match", inner, reading), strict=True)


def _table(element: xml.Element, names: Names, reading: Reading) -> syntax.Node:
    policy = (element.get("hitPolicy") or "UNIQUE").upper()
    aggregation = (element.get("aggregation") or "").upper() or None
    if policy not in POLICIES or (aggregation and aggregation not in AGGREGATIONS):
        reading.problem(
            element, f"'{aggregation or policy}' is not a hit policy or aggregation.", "Use UNIQUE or FIRST."
        )
    inputs, outputs = reading.children(element, "input"), reading.children(element, "output")
    rows = reading.children(element, "rule")
    conditions = [reading.children(row, "inputEntry") for row in rows]
    results = [reading.children(row, "outputEntry") for row in rows]
    for number, (row, given, made) in enumerate(zip(rows, conditions, results, strict=True), 1):
        if (len(given), len(made)) != (len(inputs), len(outputs)):
            found, wanted = f"{len(given)} conditions and {len(made)} results", f"{len(inputs)} and {len(outputs)}"
            reading.problem(row, f"Rule {number} has {found} for {wanted}.")
            rows, conditions, results = [], [], []
            break
    if not outputs:
        reading.problem(element, "The decision table has no output.", "Add a column for the result.")
    names_of_outputs = [plain(output.get("name")) for output in outputs]
    for name in {name for name in names_of_outputs if name and names_of_outputs.count(name) > 1}:
        reading.problem(element, f"Two outputs have the name '{name}'.", "Give each output a name of its own.")
    if aggregation and len(outputs) > 1:
        reading.problem(element, "A table with an aggregation has one output.", "Split it into several tables.")
    return Table(
        element.get("id") or "",
        reading.owner or "the decision table",
        policy if policy in POLICIES else "UNIQUE",
        aggregation if aggregation in AGGREGATIONS else None,
        tuple(_input(column, place, conditions, names, reading) for place, column in enumerate(inputs)),
        tuple(_output(column, place, results, names, reading) for place, column in enumerate(outputs)),
        tuple(row.get("id") or f"rule_{number}" for number, row in enumerate(rows, 1)),
    )


def _input(element: xml.Element, place: int, rows: list[list[xml.Element]], names: Names, reading: Reading) -> Input:
    holder = reading.child(element, "inputExpression")
    text = reading.text(holder)
    label = plain(element.get("label")) or plain(text) or f"input {place + 1}"
    if holder is None or not text:
        message = f"The input '{label}' has no expression, so it is always null."
        reading.warning(element, message, "Name the value that it looks at.")
        asked: syntax.Node = syntax.Literal(None)
    else:
        asked = (
            reading.parsed(text, names, holder, f"The input '{label}'")
            if reading.is_feel(holder)
            else syntax.Literal(None)
        )
    cells = [row[place] for row in rows]
    values = reading.child(element, "inputValues")
    if element.get(f"{{{CAMUNDA_DMN}}}inputVariable"):
        reading.problem(
            element, f"The input '{label}' has a camunda:inputVariable, which is not supported.", "Write ? for it."
        )
    declared = reading.type(holder.get("typeRef"), holder) if holder is not None else None
    return Input(
        element.get("id") or "",
        label,
        asked,
        tuple(
            reading.tests(reading.text(cell), names, cell, f"Rule {number}, input '{label}',")
            if reading.is_feel(cell)
            else syntax.Tests(())
            for number, cell in enumerate(cells, 1)
        ),
        _values(values, names, reading),
        declared,
    )


def _output(element: xml.Element, place: int, rows: list[list[xml.Element]], names: Names, reading: Reading) -> Output:
    name = plain(element.get("name")) or plain(element.get("label")) or f"output {place + 1}"
    cells = [row[place] for row in rows]
    default = reading.child(element, "defaultOutputEntry")
    declared = reading.type(element.get("typeRef"), element)
    return Output(
        element.get("id") or "",
        name,
        tuple(
            reading.parsed(text, names, cell, f"Rule {number}, output '{name}',")
            if (text := reading.text(cell)) and text != "-" and reading.is_feel(cell)
            else syntax.Literal(None)
            for number, cell in enumerate(cells, 1)
        ),
        _values(reading.child(element, "outputValues"), names, reading) or (declared.values if declared else None),
        _literal(default, names, reading) if default is not None and reading.text(default) else None,
        declared,
    )


def _values(element: xml.Element | None, names: Names, reading: Reading) -> syntax.Tests | None:
    text = reading.text(element)
    return reading.tests(text, names, element, "A list of values") if element is not None and text else None


_READERS: Mapping[str, Callable[[xml.Element, Names, Reading], syntax.Node]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "invocation": _invocation,
    "functionDefinition": function,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "for": _for,
    "some": _quantified,
    "every": _quantified,
    "filter": _filter,
}
