"""The built-in functions of FEEL (DMN 1.5, clause 10.3.4) and Camunda's extensions, a file for each kind of value."""

from bpmn_engine.expressions.feel.builtins import contexts, lists, numbers, patterns, ranges, strings, temporal
from bpmn_engine.expressions.feel.values import Function

#: Function by name.
BUILTINS: dict[str, Function] = {
    name: function
    for module in (strings, patterns, numbers, lists, contexts, temporal, ranges)
    for name, function in module.FUNCTIONS.items()
}

__all__ = ["BUILTINS"]
