"""All SQL of the engine: tables, writes (`writer`), reads (`reader`, `queries`), and both databases."""

from bpmn_engine.store.connect import connect

__all__ = ["connect"]
