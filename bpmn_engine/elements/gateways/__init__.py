"""Gateways: where flows split and join."""
