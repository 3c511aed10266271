"""Tests: they mirror the packages; each is named for the sentence that it proves."""
