"""All operations, by subject."""

from __future__ import annotations

from bpmn_engine.operations.decisions import Decisions
from bpmn_engine.operations.deployments import Deployments
from bpmn_engine.operations.events import Events
from bpmn_engine.operations.health import Health
from bpmn_engine.operations.instances import ProcessInstances
from bpmn_engine.operations.jobs import Jobs
from bpmn_engine.operations.operation import Access, Everything, Principal
from bpmn_engine.operations.searching import Searching
from bpmn_engine.operations.tasks import UserTasks
from bpmn_engine.operations.waiting import Waits
from bpmn_engine.runtime.runtime import Runtime


class Operations:
    """All operations on a running engine; `waits` defines how they wait, `access` which of them are allowed."""

    def __init__(
        self, runtime: Runtime, waits: Waits, access: Access | None = None, principal: Principal | None = None
    ) -> None:
        parts = (runtime, waits, access or Everything(), principal or Principal())
        self.deployments = Deployments(*parts)
        self.instances = ProcessInstances(*parts)
        self.jobs = Jobs(*parts)
        self.tasks = UserTasks(*parts)
        self.events = Events(*parts)
        self.decisions = Decisions(*parts)
        self.searching = Searching(*parts)
        self.health = Health(*parts)
