"""The user task."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.tasks import transition
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression
from bpmn_engine.expressions.iso8601 import parse_datetime
from bpmn_engine.instance.changes import UserTaskCreated
from bpmn_engine.instance.state import UserTask
from bpmn_engine.model import Form

if TYPE_CHECKING:
    from bpmn_engine.elements.execution import Execution
    from bpmn_engine.instance.state import Token

DEFAULT_PRIORITY = 50


class UserTaskElement(Element):
    """Waits until a person completes it (BPMN 2.0.2, 10.3.3.5 and 13.3.3)."""

    tag = "userTask"
    noun = "User task"

    def activate(self, run: Execution, token: Token) -> None:
        task = self._task(run, token)
        asked = transition.first(self, task)
        job = transition.question(run, self, asked)
        run.activated(token, UserTaskCreated(run.now, asked), *job)

    def _task(self, run: Execution, token: Token) -> UserTask:
        drawn, form = self.node.extensions.assignment, self.node.extensions.form or Form()

        def value(expression: Expression | None) -> Any:
            return None if expression is None else run.evaluate(expression, token.key)

        return UserTask(
            next(run.keys),
            token.key,
            self.id,
            assignee=_text(value(drawn.assignee), "assignee"),
            candidate_users=_names(value(drawn.candidate_users), "candidate users"),
            candidate_groups=_names(value(drawn.candidate_groups), "candidate groups"),
            due_at=moment(value(drawn.due_date), "due date"),
            follow_up_at=moment(value(drawn.follow_up_date), "follow-up date"),
            priority=_priority(value(drawn.priority)),
            form_id=form.form_id,
            form_key=_text(value(form.key), "form key"),
            external_form=_text(value(form.external), "form reference"),
        )


def _text(value: Any, what: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise Failure("EXTRACT_VALUE_ERROR", f"The {what} is {value!r}; expected a text.")


def _names(value: Any, what: str) -> tuple[str, ...]:
    """A list of texts, or one text with commas."""
    items = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise Failure("EXTRACT_VALUE_ERROR", f"The {what} are {value!r}; expected a list of names.")
    return tuple(item.strip() for item in items if item.strip())


def moment(value: Any, what: str) -> datetime | None:
    """A date and time from an expression's value: ISO 8601 text or a FEEL date or date-time."""
    if value is None or value == "":
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time()).isoformat()
    try:
        return parse_datetime(value.isoformat() if isinstance(value, datetime) and not value.tzinfo else str(value))
    except ValueError as error:
        raise Failure("EXTRACT_VALUE_ERROR", f"The {what} is {value!r}: {error}.") from None


def _priority(value: Any) -> int:
    if value is None or value == "":
        return DEFAULT_PRIORITY
    try:
        priority = int(str(value))
    except ValueError:
        priority = -1
    if not 0 <= priority <= 100:
        raise Failure("EXTRACT_VALUE_ERROR", f"The priority is {value!r}; expected a number from 0 to 100.")
    return priority
