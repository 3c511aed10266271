"""SpiffWorkflow, in memory, with nothing saved: the same order with three trivial tasks."""

from __future__ import annotations

import time

from benchmarks import diagrams


def orders(count: int) -> float:
    """Instances a second."""
    from lxml import etree
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

    task = '<bpmn:scriptTask id="{}"><bpmn:script>available = True</bpmn:script></bpmn:scriptTask>'
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(diagrams.order(task, "available").encode()))
    spec = parser.get_spec("order")
    began = time.perf_counter()
    for _ in range(count):
        workflow = BpmnWorkflow(spec)
        workflow.run_all()
        assert workflow.completed
    return count / (time.perf_counter() - began)
