"""From a BPMN file to processes that can run: read, resolve references, compile, report every problem at once."""

from bpmn_engine.parser.limits import NO_LIMITS, Limits
from bpmn_engine.parser.parse import Parsed, parse, read

__all__ = ["NO_LIMITS", "Limits", "Parsed", "parse", "read"]
