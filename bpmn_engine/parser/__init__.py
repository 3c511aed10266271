"""From a BPMN file to processes that can run: read, resolve references, compile, report every problem at once."""

from bpmn_engine.parser.parse import Parsed, parse, read

__all__ = ["Parsed", "parse", "read"]
