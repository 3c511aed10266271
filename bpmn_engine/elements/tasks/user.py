"""The user task."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.tasks import transition
from bpmn_engine.elements.tasks.fields import moment_of, names_of, priority_of, text_of
from bpmn_engine.errors import Failure
from bpmn_engine.expressions import Expression, Static
from bpmn_engine.instance.changes import UserTaskCreated
from bpmn_engine.instance.state import Kind, UserTask
from bpmn_engine.model import Form

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Token


_WRITE = 'Write a value that stands for itself, or an expression that computes it, such as =now() + duration("P2D").'


class UserTaskElement(Element):
    """Waits until a person completes it (BPMN 2.0.2, 10.3.3.5 and 13.3.3)."""

    tag = "userTask"
    noun = "User task"

    def read(self, source: Source) -> None:
        drawn = self.node.extensions.assignment
        for expression, convert in (
            (drawn.due_date, partial(moment_of, what="due date")),
            (drawn.follow_up_date, partial(moment_of, what="follow-up date")),
            (drawn.priority, priority_of),
        ):
            if isinstance(expression, Static):
                try:
                    convert(expression.value)
                except Failure as failure:
                    source.error("assignment", f"{self.label}: {failure.message}", _WRITE)

    def own_wait(self) -> Kind | None:
        return Kind.USER_TASK

    def activate(self, step: Step, token: Token) -> None:
        task = self._task(step, token)
        asked = transition.first(self, task)
        job = transition.question(step, self, asked)
        step.become_active(token, UserTaskCreated(step.now, asked), *job)

    def _task(self, step: Step, token: Token) -> UserTask:
        drawn, form = self.node.extensions.assignment, self.node.extensions.form or Form()

        def value(expression: Expression | None) -> Any:
            return None if expression is None else step.evaluate(expression, token.key)

        return UserTask(
            next(step.keys),
            token.key,
            self.id,
            assignee=text_of(value(drawn.assignee), "assignee"),
            candidate_users=names_of(value(drawn.candidate_users), "candidate users"),
            candidate_groups=names_of(value(drawn.candidate_groups), "candidate groups"),
            due_at=moment_of(value(drawn.due_date), "due date"),
            follow_up_at=moment_of(value(drawn.follow_up_date), "follow-up date"),
            priority=priority_of(value(drawn.priority)),
            form_id=form.form_id,
            form_key=text_of(value(form.key), "form key"),
            external_form=text_of(value(form.external), "form reference"),
        )
