"""The last line of a test about crashes: whatever happened, the rows keep every promise."""

from __future__ import annotations

from bpmn_engine.runtime.check import check
from bpmn_engine.store import connect


def assert_sound(url: str) -> None:
    """Fail with a sentence for each promise that the rows of a database break."""
    database = connect(url, upgrade=False)
    try:
        wrong = [finding.text for finding in check(database)]
    finally:
        database.close()
    assert not wrong, "\n".join(wrong)
