"""Numbers at the doors: floats outside, decimals inside and on request."""

from __future__ import annotations

import json
from decimal import Decimal

from bpmn_engine import Engine, Resource
from tests.diagrams import diagram, element, extensions, mappings, service


def test_callers_get_floats_and_decimals_on_request(engine: Engine) -> None:
    sums = extensions(mappings({"sum": "=fee + 0.2"}))
    engine.deploy(Resource("p.bpmn", diagram("start -> a -> j -> end", element("task", "a", sums), service("j"))))
    key = engine.start("p", {"fee": 0.1, "lines": [{"price": 1.5}]})

    found = engine.variables(key)
    (job,) = engine.activate_jobs("j")

    assert json.loads(json.dumps(found)) == {"fee": 0.1, "lines": [{"price": 1.5}]}
    assert (type(found["fee"]), type(job.variables["lines"][0]["price"])) == (float, float)
    assert engine.variables(key, exact=True)["fee"] == Decimal("0.1")
    assert engine.evaluate("fee + 0.2", {"fee": 0.1}).value == 0.3
    assert engine.evaluate("fee + 0.2", {"fee": 0.1}, exact=True).value == Decimal("0.3")
