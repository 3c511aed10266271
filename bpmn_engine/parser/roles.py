"""Who does a user task, in the standard's own words (BPMN 2.0.2, 10.3.3.5 and 10.3.1).

1. A potential owner is a candidate: an expression or names. `user(ada), group(sales), billing` are a user and
   two groups.
2. A human performer, or just performer, is the assignee.
3. A resource that one of them refers to is a role of several people: a group of candidates, by its name.
4. What a dialect says about the same thing counts more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bpmn_engine import xml
from bpmn_engine.dialects import ElementProblems, expression
from bpmn_engine.expressions import Expression
from bpmn_engine.model import Assignment
from bpmn_engine.parser.vocabulary import RESOURCE_ROLES

#: A part of a list of candidates; commas inside of parentheses and braces do not divide it.
_PART = re.compile(
    r"(?:user\((?P<user>[^)]*)\)|group\((?P<group>[^)]*)\)|(?P<plain>(?:\$\{[^}]*\}|[^,])+))\s*(?:,|$)\s*"
)
_ASSIGNEE = ("humanPerformer", "performer")


def assigned(
    element: xml.Element, known: Assignment, resources: Mapping[str, str], problems: ElementProblems
) -> Assignment:
    """What a dialect knows of an assignment, and what the standard's elements add; `resources` are names by id."""
    found: dict[str, list[str]] = {"assignee": [], "candidate_users": [], "candidate_groups": []}
    for role in xml.children(element):
        if xml.tag(role) in RESOURCE_ROLES:
            _read(role, resources, problems, found)
    fields = {
        field: _joined(texts, field, problems)
        for field, texts in found.items()
        if texts and getattr(known, field) is None
    }
    return replace(known, **fields) if fields else known


def _read(
    role: xml.Element, resources: Mapping[str, str], problems: ElementProblems, found: dict[str, list[str]]
) -> None:
    tag, text = xml.tag(role), xml.text(xml.child(role, "resourceAssignmentExpression"))
    if xml.child(role, "resourceParameterBinding") is not None:
        problems.error(
            "not-supported",
            f"A <{tag}> has a <resourceParameterBinding>, which is not supported.",
            "Write an expression that computes who it is: <resourceAssignmentExpression>.",
        )
    if text and tag in _ASSIGNEE:
        found["assignee"].append(text)
    elif text and (text.startswith("=") or _PART.sub("", text)):
        found["candidate_groups"].append(text)
    elif text:
        for part in _PART.finditer(text):
            field = "candidate_groups" if part["user"] is None else "candidate_users"
            found[field].append((part["user"] or part["group"] or part["plain"] or "").strip())
    elif (reference := xml.child(role, "resourceRef")) is not None:
        name = xml.local_reference(xml.text(reference))
        if name in resources:
            found["candidate_groups"].append(resources[name])
        else:
            message = f"A <{tag}> refers to the resource '{name}', which is not in this file."
            problems.error("unknown-reference", message, "Name somebody else, or remove it.")
    else:
        problems.warning("assignment", f"A <{tag}> names nobody.", "Say who it is, or remove it.")


def _joined(texts: list[str], field: str, problems: ElementProblems) -> Expression | None:
    what = field.replace("_", " ")
    if len(texts) > 1 and (field == "assignee" or any(text.startswith("=") for text in texts)):
        problems.error(
            "assignment", f"The {what} is given {len(texts)} times.", 'Write one expression, such as =["a", "b"].'
        )
        return None
    return expression(", ".join(texts), problems, what)
