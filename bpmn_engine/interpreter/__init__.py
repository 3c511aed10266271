"""The core: `step(process, instance, command, keys) -> changes`, a pure and deterministic function."""

from bpmn_engine.interpreter.step import STEP_BUDGET, step

__all__ = ["STEP_BUDGET", "step"]
