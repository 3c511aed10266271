"""Formats of values outside the engine: JSON text, dates in ISO 8601."""

from bpmn_engine.expressions.iso8601 import parse_datetime
from bpmn_engine.store.decisions import TYPES as DECISION_TYPES
from bpmn_engine.store.decisions import value_text
from bpmn_engine.store.json import dumps, loads

__all__ = ["DECISION_TYPES", "dumps", "loads", "parse_datetime", "value_text"]
