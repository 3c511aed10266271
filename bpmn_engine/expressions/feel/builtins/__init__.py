"""The built-in functions of FEEL (DMN 1.5, clause 10.3.4) and Camunda's extensions, a file for each kind of value."""

from bpmn_engine.expressions.feel.builtins import contexts, lists, numbers, strings, temporal
from bpmn_engine.expressions.feel.values import Function

#: Function by name.
BUILTINS: dict[str, Function] = (
    strings.FUNCTIONS | numbers.FUNCTIONS | lists.FUNCTIONS | contexts.FUNCTIONS | temporal.FUNCTIONS
)

#: The names that consist of several words.
SPACED_NAMES = frozenset(name for name in BUILTINS if " " in name)

__all__ = ["BUILTINS", "SPACED_NAMES"]
