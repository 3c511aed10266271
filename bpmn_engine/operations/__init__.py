"""The operations of a running engine: the one place that submits requests, waits for answers and checks access.

`bpmn_engine.Engine`, the REST API and the command line call them. They are coroutines that wait as their caller wants
(`waiting.py`): the `Engine` runs them to their end in the calling thread, a server awaits them.
"""

from bpmn_engine.operations.operation import Access, Principal
from bpmn_engine.operations.operations import Operations
from bpmn_engine.operations.waiting import Blocking, Signal, Waits, finish

__all__ = ["Operations", "Access", "Principal", "Waits", "Signal", "Blocking", "finish"]
