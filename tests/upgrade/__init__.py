"""Databases of older versions, and what must become of them."""
