"""Types in expressions: `list<number>`, `context<name: string>`, `function<Any> -> number` (DMN 1.5, rule 66)."""

from __future__ import annotations

from bpmn_engine.expressions.feel.cursor import Cursor
from bpmn_engine.expressions.feel.limits import MAX_DEPTH
from bpmn_engine.expressions.feel.types import ALIASES, SIMPLE, ContextType, FunctionType, ListType, RangeType, Type
from bpmn_engine.expressions.feel.vocabulary import Names

_TYPES = Names([*SIMPLE, *ALIASES])


class TypeParser(Cursor):
    """Reads a type where one stands."""

    def type(self) -> Type:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"the type is nested more than {MAX_DEPTH} levels deep")
        found = self.type_names.longest(self.lexemes, self.at) or _TYPES.longest(self.lexemes, self.at)
        name = found[1] if found else ""
        if not found and not self.lexeme.is_op("function"):
            raise self.error("expected a type such as number, date and time or list<string>")
        self.at += found[0] if found else 1
        if name in self.types:
            read = self.types[name]
        else:
            name = ALIASES.get(name, name) or "function"
            read = self.generic(name) if self.accept("<") else SIMPLE[name]
        self.depth -= 1
        return read

    def generic(self, name: str) -> Type:
        if name == "function":
            return self.function_type()
        if name == "context":
            return self.context_type()
        if name not in ("list", "range"):
            raise self.error(f"the type {name} has no parameters")
        element = self.type()
        self.expect(">", f"to close {name}<")
        return ListType(element) if name == "list" else RangeType(element)

    def context_type(self) -> Type:
        entries: dict[str, Type] = {}
        while not self.accept(">"):
            name = self.fresh_name("an entry's name", ":")
            self.expect(":", "after the entry's name")
            entries[name] = self.type()
            self.members.add(name)
            if not self.accept(","):
                self.expect(">", "to close context<")
                break
        return ContextType(entries)

    def function_type(self) -> Type:
        parameters: list[Type] = []
        while not self.accept(">"):
            parameters.append(self.type())
            if not self.accept(","):
                self.expect(">", "to close function<")
                break
        self.expect("->", "before the type of the function's result")
        return FunctionType(tuple(parameters), self.type())
