"""Requests to the loop, one file per subject. A request has its data, and does its work in `carry_out`."""
