"""Item definitions: types with a name, their parts and the values that they allow (DMN 1.5, clause 7.3.3).

A value that does not conform to the type of a variable is null there, with a warning. `instance of` looks at the
structure alone; which values are allowed matters where a value is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bpmn_engine.expressions.feel import FeelExpression, syntax
from bpmn_engine.expressions.feel.limits import Evaluation
from bpmn_engine.expressions.feel.temporal import read_date, read_datetime, read_duration, read_time
from bpmn_engine.expressions.feel.types import ANY, ContextType, ListType, Type, coerce
from bpmn_engine.expressions.feel.values import kind


@dataclass(slots=True)
class ItemType:
    """A type of a model. `element` is what it says of one value; with `collection` it is a list of such values.

    `allowed` is what each value must pass, `constraint` the value as a whole; `values` is `allowed` as it was read.
    """

    name: str
    element: Type = ANY
    collection: bool = False
    allowed: FeelExpression | None = None
    constraint: FeelExpression | None = None
    components: Mapping[str, ItemType] = field(default_factory=dict)
    values: syntax.Tests | None = None

    def structure(self) -> Type:
        """The FEEL type."""
        element = ContextType(self.components) if self.components else self.element
        return ListType(element) if self.collection else element

    def fits(self, value: Any) -> bool:
        """Whether a value has the structure."""
        return self.structure().fits(value)

    def allows(self, value: Any, evaluation: Evaluation) -> bool:
        """Whether a value that has the structure is one of those allowed."""
        evaluation.spend()
        if value is None:
            return True
        if self.constraint is not None and not _passes(self.constraint, value, evaluation):
            return False
        if self.collection and isinstance(value, list):
            return all(self._allows_one(item, evaluation) for item in value)
        return self._allows_one(value, evaluation)

    def _allows_one(self, value: Any, evaluation: Evaluation) -> bool:
        if self.allowed is not None and not _passes(self.allowed, value, evaluation):
            return False
        if isinstance(self.element, ItemType) and not self.element.allows(value, evaluation):
            return False
        return not isinstance(value, dict) or all(
            part.allows(value.get(name), evaluation) for name, part in self.components.items()
        )


def _passes(tests: FeelExpression, value: Any, evaluation: Evaluation) -> bool:
    return value is None or tests.value({}, evaluation, value) is True


_READERS: dict[str, Callable[[str], Any]] = {
    "date": read_date,
    "time": read_time,
    "date and time": read_datetime,
    "days and time duration": read_duration,
    "years and months duration": read_duration,
}


def received(wanted: ItemType | None, value: Any) -> Any:
    """Convert a JSON value from outside: strings become dates and times where the type says so, at any depth."""
    if wanted is None or value is None:
        return value
    if isinstance(value, list):
        return [received(wanted, item) for item in value]
    element = wanted.element
    if isinstance(element, ItemType):
        return received(element, value)
    if isinstance(value, dict):
        return {name: received(wanted.components.get(name), item) for name, item in value.items()}
    read = _READERS.get(element.name) if isinstance(value, str) else None
    moment = read(value) if read else None
    return value if moment is None else moment


def stored(wanted: ItemType | None, value: Any, what: str, evaluation: Evaluation) -> Any:
    """The value as a variable of that type holds it: coerced, or null with a warning."""
    if wanted is None or value is None:
        return value
    if isinstance(value, list | dict):
        evaluation.weigh(value)
    fits, coerced = coerce(wanted, value)
    if not fits:
        return evaluation.null(f"{what} is a {kind(value)}, not a {wanted.name}")
    if not wanted.allows(coerced, evaluation):
        return evaluation.null(f"{what} is not one of the values that {wanted.name} allows")
    return coerced
