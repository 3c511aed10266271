"""The core: `take_step(process, instance, command, keys) -> changes`, a pure and deterministic function."""

from bpmn_engine.interpreter.agenda import STEP_BUDGET, take_step

__all__ = ["STEP_BUDGET", "take_step"]
