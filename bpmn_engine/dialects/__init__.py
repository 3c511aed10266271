"""The vendors' extension elements, translated into neutral `Extensions`. Nobody else sees a vendor's namespace.

`zeebe` is the dialect of Camunda 8 (FEEL after `=`), `camunda` that of Camunda 7 (`${...}`). Elements of a dialect that
would change behaviour and are not supported are refused; what only an editor needs is skipped.
"""

from __future__ import annotations

from typing import Any

from bpmn_engine import xml
from bpmn_engine.dialects import camunda, zeebe
from bpmn_engine.dialects.element_problems import ElementProblems
from bpmn_engine.expressions import Expression, compile_feel, compile_juel, static
from bpmn_engine.model import Extensions

__all__ = ["ElementProblems", "condition", "expression", "read_extensions"]

_DIALECTS = {xml.ZEEBE: zeebe, xml.CAMUNDA: camunda}

#: Engines with the same roots as Camunda 7: what they have by the same name means the same.
_KIN = {"http://activiti.org/bpmn": "activiti", "http://flowable.org/bpmn": "flowable"}
#: Other vendors whose extensions change how a diagram runs.
_OTHER_ENGINES = {"http://www.jboss.org/drools": "drools"}


def read_extensions(element: xml.Element, problems: ElementProblems) -> Extensions:
    """Translate the extension attributes and elements of one BPMN element."""
    found: dict[str, Any] = {}
    for name, value in element.attrib.items():
        namespace, _, local = str(name)[1:].partition("}")
        if namespace in _KIN and camunda.knows_attribute(local):
            namespace = xml.CAMUNDA
        if namespace in _DIALECTS:
            _DIALECTS[namespace].read_attribute(local, str(value), element, problems, found)
        else:
            _refuse_foreign(namespace, local, problems)
    holder = xml.child(element, "extensionElements")
    for extension in holder.iterchildren("*") if holder is not None else ():
        namespace = xml.namespace(extension)
        if namespace in _KIN and camunda.knows_alone(xml.tag(extension)):
            namespace = xml.CAMUNDA
        if namespace in _DIALECTS:
            _DIALECTS[namespace].read_element(extension, element, problems, found)
        else:
            _refuse_foreign(namespace, xml.tag(extension), problems)
    if xml.namespace(element) == xml.BPMN:
        camunda.finish(element, problems, found)
    fields: Any = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    return Extensions(**fields)


def _refuse_foreign(namespace: str, name: str, problems: ElementProblems) -> None:
    """Refuse what belongs to another engine, once in a file for each name; what other tools write changes nothing."""
    prefix = _KIN.get(namespace) or _OTHER_ENGINES.get(namespace)
    if prefix:
        problems.error_once(
            "foreign-extension",
            f"{prefix}:{name} belongs to another engine, and is not supported.",
            camunda.REFUSED.get(name, "Write it in the zeebe: or the camunda: dialect, here and wherever else it is."),
        )


def expression(text: str, problems: ElementProblems, what: str) -> Expression:
    """Compile an expression of standard BPMN: FEEL after `=`, `${...}`, or text that stands for itself."""
    text = text.strip()
    if text.startswith("="):
        return problems.compiled(compile_feel, text[1:].strip(), what)
    return problems.compiled(compile_juel, text, what)


def condition(text: str, problems: ElementProblems, what: str) -> Expression:
    """Compile a condition; text without a mark is FEEL."""
    if text.strip().startswith("=") or "${" in text or "#{" in text:
        return expression(text, problems, what)
    return problems.compiled(compile_feel, text.strip(), what) if text.strip() else static("")
