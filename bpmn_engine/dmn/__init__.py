"""DMN: decision requirements graphs, decision tables and boxed expressions (DMN 1.5, chapters 6 to 10).

`reader` turns a file into a `model`; `boxed` reads expressions into FEEL's syntax tree, to which `tables` adds decision
tables; `evaluation` makes a decision and says how it came about.
"""

from bpmn_engine.dmn.evaluation import EvaluatedDecision, Outcome, call_knowledge, call_service, decide, find_decision
from bpmn_engine.dmn.model import BusinessKnowledge, Decision, DecisionModel, DecisionService, InputData
from bpmn_engine.dmn.reader import NAMESPACES, read_decisions
from bpmn_engine.dmn.tables import EvaluatedInput, EvaluatedOutput, MatchedRule
from bpmn_engine.dmn.together import read_together

__all__ = [
    "NAMESPACES",
    "BusinessKnowledge",
    "Decision",
    "DecisionModel",
    "DecisionService",
    "EvaluatedDecision",
    "EvaluatedInput",
    "EvaluatedOutput",
    "InputData",
    "MatchedRule",
    "Outcome",
    "call_knowledge",
    "call_service",
    "decide",
    "find_decision",
    "read_decisions",
    "read_together",
]
