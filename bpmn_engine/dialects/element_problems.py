"""Problems at one element, and expressions that report theirs there."""

from __future__ import annotations

from collections.abc import Callable

from bpmn_engine.errors import InvalidExpression
from bpmn_engine.expressions import Expression, static
from bpmn_engine.model.problems import Located, Problems


class ElementProblems:
    """Notes problems at the element `at`."""

    def __init__(self, problems: Problems, at: Located) -> None:
        self.problems, self.at = problems, at

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
        """The compiled expression; one that cannot be parsed is reported and stands for itself."""
        try:
            return compiler(text)
        except InvalidExpression as error:
            name = f"'{self.at.name}' ({self.at.id})" if self.at.name else f"'{self.at.id}'"
            self.error("expression", f"The {what} of {name} cannot be read: {error}.")
            return static(text)
