"""Problems at one element, and expressions that report theirs there."""

from __future__ import annotations

from collections.abc import Callable

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions import Expression, Unreadable
from bpmn_engine.model.problems import Located, Problems, on_one_line


class ElementProblems:
    """Notes problems at the element `at`; `called` is how messages name it, if not by its name and id."""

    def __init__(self, problems: Problems, at: Located, called: str = "") -> None:
        self.problems, self.at = problems, at
        self.called = called or (f"'{on_one_line(at.name)}' ({at.id})" if at.name else f"'{at.id}'")

    def error(self, rule: str, message: str, hint: str | None = None) -> None:
        """Note something that prevents the deployment."""
        self.problems.error(rule, self.at, message, hint)

    def error_once(self, rule: str, message: str, hint: str | None = None) -> None:
        """Note an error at the first of the elements that have it; the message must say what all of them have."""
        if not self.problems.has(rule, message):
            self.error(rule, message, hint)

    def warning(self, rule: str, message: str, hint: str | None = None) -> None:
        """Note something that is legal but probably not meant."""
        self.problems.warning(rule, self.at, message, hint)

    def compiled(self, compiler: Callable[[str], Expression], text: str, what: str) -> Expression:
        """The compiled expression; one that cannot be parsed is reported, and nothing more is said about it."""
        try:
            return compiler(text)
        except InvalidExpression as error:
            self.error("expression", f"The {what} of {self.called} cannot be read: {error}.")
            return Unreadable(text)
