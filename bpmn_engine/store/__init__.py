"""SQL and nothing else: tables, what is written (`writer`), what is read, and where the two databases differ."""

from bpmn_engine.store.connect import connect

__all__ = ["connect"]
