"""The script task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from bpmn_engine.elements.element import Element
from bpmn_engine.elements.tasks.work import work_of
from bpmn_engine.expressions import Expression, compile_feel, compile_juel
from bpmn_engine.model import Script

if TYPE_CHECKING:
    from bpmn_engine.elements.source import Source
    from bpmn_engine.elements.step import Step
    from bpmn_engine.instance.state import Kind, Token

_COMPILERS: dict[str, Callable[[str], Expression]] = {"feel": compile_feel, "juel": compile_juel}


class ScriptTask(Element):
    """Computes a FEEL expression, or gives a job to a handler (BPMN 2.0.2, 13.3.3)."""

    tag = "scriptTask"
    noun = "Script task"

    def read(self, source: Source) -> None:
        self.work = work_of(self.node)
        text = self.node.texts.get("script", "")
        if not text or self.node.extensions.job or self.node.extensions.script:
            return
        language = self.node.attributes.get("scriptFormat", "feel").lower().rpartition("/")[2]
        compiler = _COMPILERS.get(language)
        if compiler is None:
            source.error(
                "script-language",
                f"{self.label} is written in '{language}', which is not supported.",
                "Write it in FEEL, or make it a service task with a Python handler.",
            )
            return
        compiled = source.compiled(compiler, text.removeprefix("="), "script")
        self.work = replace(self.work, script=Script(compiled, self.node.extensions.result_variable))

    def own_wait(self) -> Kind | None:
        return self.work.own_wait()

    def activate(self, step: Step, token: Token) -> None:
        self.work.start(step, token)
