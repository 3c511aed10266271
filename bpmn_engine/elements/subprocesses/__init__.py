"""Scopes: the process itself and what nests inside it."""
