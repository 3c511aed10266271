"""From a BPMN file to processes that can run: read, resolve references, compile, report every problem at once."""

from bpmn_engine.parser.limits import Limits
from bpmn_engine.parser.parse import Parsed, load, parse, read

__all__ = ["Limits", "Parsed", "load", "parse", "read"]
