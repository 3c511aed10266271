"""Searching: filters, sorting and pages over the tables, for the API, the command line and the Python API."""

from bpmn_engine.store.queries.search import Page, Search, find, search
from bpmn_engine.store.queries.searchable import Searchable

__all__ = ["Page", "Search", "Searchable", "find", "search"]
