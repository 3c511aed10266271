"""FEEL's types, what conforms to them, and how a value is coerced (DMN 1.5, clauses 10.3.2.9.1 to 10.3.2.9.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bpmn_engine.expressions.feel.temporal import Date, DateTime, Time
from bpmn_engine.expressions.feel.values import Function, Range, kind


class Type(Protocol):
    """A type. null conforms to every type."""

    @property
    def name(self) -> str: ...

    def fits(self, value: Any) -> bool:
        """Whether a value that is not null conforms."""
        ...


@dataclass(frozen=True, slots=True)
class AnyType:
    """Every value."""

    name: str = "Any"

    def fits(self, value: Any) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Simple:
    """A type without parts, or a list, context, range or function of any kind."""

    name: str

    def fits(self, value: Any) -> bool:
        return kind(value) == self.name


@dataclass(frozen=True, slots=True)
class ListType:
    """list<element>"""

    element: Type

    @property
    def name(self) -> str:
        return f"list<{self.element.name}>"

    def fits(self, value: Any) -> bool:
        return isinstance(value, list) and all(conforms(self.element, item) for item in value)


@dataclass(frozen=True, slots=True)
class ContextType:
    """context<name: type, ...>; a value may have further entries."""

    entries: Mapping[str, Type]

    @property
    def name(self) -> str:
        return "context<" + ", ".join(f"{name}: {entry.name}" for name, entry in self.entries.items()) + ">"

    def fits(self, value: Any) -> bool:
        return isinstance(value, dict) and all(
            name in value and conforms(entry, value[name]) for name, entry in self.entries.items()
        )


@dataclass(frozen=True, slots=True)
class RangeType:
    """range<element>"""

    element: Type

    @property
    def name(self) -> str:
        return f"range<{self.element.name}>"

    def fits(self, value: Any) -> bool:
        return isinstance(value, Range) and conforms(self.element, value.low) and conforms(self.element, value.high)


@dataclass(frozen=True, slots=True)
class FunctionType:
    """function<parameters> -> result"""

    parameters: tuple[Type, ...]
    result: Type

    @property
    def name(self) -> str:
        return f"function<{', '.join(wanted.name for wanted in self.parameters)}> -> {self.result.name}"

    def fits(self, value: Any) -> bool:
        if not isinstance(value, Function):
            return False
        return any(
            signature.takes(len(self.parameters))
            and all(
                _takes(parameter.type, wanted)
                for parameter, wanted in zip(signature.parameters, self.parameters, strict=False)
            )
            for signature in value.signatures
        ) and (value.result is None or self.result.name in ("Any", value.result.name))


def _takes(parameter: Type | None, wanted: Type) -> bool:
    """Whether a parameter takes values of a type."""
    if parameter is None or parameter.name in ("Any", wanted.name) or wanted.name == "Any":
        return True
    return isinstance(parameter, OneOf) and wanted.name.partition("<")[0] in parameter.kinds


@dataclass(frozen=True, slots=True)
class OneOf:
    """The type of a parameter of a built-in function: values of some kinds."""

    kinds: tuple[str, ...]

    @property
    def name(self) -> str:
        return " or ".join(self.kinds)

    def fits(self, value: Any) -> bool:
        return kind(value) in self.kinds


ANY = AnyType()
#: The types that need no definition.
SIMPLE: dict[str, Type] = {
    name: Simple(name)
    for name in (
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "context",
        "range",
        "function",
    )
} | {"Any": ANY, "list": ListType(ANY), "Null": Simple("null")}
#: Other spellings in use.
ALIASES = {
    "day-time-duration": "days and time duration",
    "year-month-duration": "years and months duration",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "dateTime": "date and time",
    "day time duration": "days and time duration",
    "year month duration": "years and months duration",
    "days and time": "days and time duration",
}


def conforms(wanted: Type, value: Any) -> bool:
    """Whether a value, or null, conforms to a type."""
    return value is None or wanted.fits(value)


def coerce(wanted: Type, value: Any) -> tuple[bool, Any]:
    """Whether a value conforms after coercion, and the value: a list of one is its item and the reverse, a date is
    its midnight in UTC."""
    if value is None or wanted.fits(value):
        return True, value
    if isinstance(value, list):
        fits = len(value) == 1 and conforms(wanted, value[0])
        return fits, value[0] if fits else None
    if wanted.fits([value]):
        return True, [value]
    if isinstance(value, Date) and wanted.fits(midnight := DateTime(value, Time(0, 0))):
        return True, midnight
    return False, None
