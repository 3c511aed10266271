"""Who does a user task, in the standard's own words."""

from __future__ import annotations

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.instance.state import UserTask
from bpmn_engine.parser import parse
from tests.diagrams import diagram, element
from tests.play import Play

SALES = '<bpmn:resource id="r" name="Sales"/>'


def role(tag: str, text: str) -> str:
    """A role with an expression."""
    inner = f"<bpmn:resourceAssignmentExpression><bpmn:formalExpression>{text}</bpmn:formalExpression>"
    return f"<bpmn:{tag}>{inner}</bpmn:resourceAssignmentExpression></bpmn:{tag}>"


def task_of(*roles: str, attributes: str = "") -> UserTask:
    """The task that somebody finds in a list."""
    data = diagram("start -> u -> end", element("userTask", "u", "".join(roles), attributes), shared=SALES)
    return Play(data, who="ada", teams=["a", "b"]).wait("u", UserTask)  # type: ignore[no-any-return]


@pytest.mark.parametrize("tag", ["humanPerformer", "performer"])
@pytest.mark.parametrize("text", ["ada", "=who", "${who}"])
def test_a_human_performer_is_the_assignee(tag: str, text: str) -> None:
    assert task_of(role(tag, text)).assignee == "ada"


@pytest.mark.parametrize(
    ("text", "users", "groups"),
    [
        ("a, b", (), ("a", "b")),
        ("=teams", (), ("a", "b")),
        ("${teams}", (), ("a", "b")),
        ("user(kermit), group(a), b", ("kermit",), ("a", "b")),
        ("user(${who})", ("ada",), ()),
    ],
)
def test_potential_owners_are_candidates(text: str, users: tuple[str, ...], groups: tuple[str, ...]) -> None:
    task = task_of(role("potentialOwner", text))

    assert (task.candidate_users, task.candidate_groups) == (users, groups)


@pytest.mark.parametrize("tag", ["potentialOwner", "humanPerformer"])
def test_a_resource_is_a_group_of_candidates(tag: str) -> None:
    task = task_of(f"<bpmn:{tag}><bpmn:resourceRef>tns:r</bpmn:resourceRef></bpmn:{tag}>", role("potentialOwner", "x"))

    assert (task.assignee, task.candidate_groups) == (None, ("Sales", "x"))


def test_what_a_dialect_says_counts_more() -> None:
    task = task_of(role("humanPerformer", "x"), role("potentialOwner", "y"), attributes='camunda:assignee="ada"')

    assert (task.assignee, task.candidate_groups) == ("ada", ("y",))


@pytest.mark.parametrize(
    ("roles", "complaint"),
    [
        (
            "<bpmn:potentialOwner><bpmn:resourceRef>q</bpmn:resourceRef></bpmn:potentialOwner>",
            "resource 'q', which is not",
        ),
        ("<bpmn:performer><bpmn:resourceParameterBinding/></bpmn:performer>", "<resourceParameterBinding>"),
        (role("performer", "a") * 2, "assignee is given 2 times"),
    ],
)
def test_a_role_that_cannot_be_read_is_refused(roles: str, complaint: str) -> None:
    with pytest.raises(InvalidModel, match=complaint):
        parse(diagram("start -> u -> end", element("userTask", "u", roles)))


@pytest.mark.parametrize(
    "node", [element("userTask", "u", "<bpmn:performer/>"), element("manualTask", "u", role("performer", "a"))]
)
def test_a_role_without_effect_is_a_warning(node: str) -> None:
    assert [problem.rule for problem in parse(diagram("start -> u -> end", node)).warnings] == ["assignment"]
