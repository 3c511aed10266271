"""The faults of a run: which, on which node, and when; the same for the same seed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle

from tests.crash.cluster import Cluster, Node
from tests.crash.proxy import AFTER, AWAY, BEFORE

KILL, FREEZE, CUT, RESTART = "kill", "freeze", "cut", "restart"
#: Seconds in which a cut must meet a COMMIT that matters.
_CUT_PATIENCE = 15.0


@dataclass(frozen=True)
class Faults:
    """How many of each."""

    kills: int = 0
    restarts: int = 0
    freezes: int = 0
    cuts: int = 0
    freeze_seconds: float = 3.0
    #: Seconds between two faults at most.
    pause: float = 1.5


@dataclass(frozen=True)
class Fault:
    """A fault, so many seconds after the one before; `detail` is the kind of cut or restart."""

    kind: str
    node: int
    pause: float
    detail: str = ""
    seconds: float = 0.0
    #: Whether a node is killed as soon as it answers, or already while it starts.
    ready: bool = True


def plan(seed: int, faults: Faults, nodes: int) -> list[Fault]:
    """The faults of a seed, in order."""
    chance = random.Random(f"faults {seed}")
    kinds = [KILL] * faults.kills + [RESTART] * faults.restarts + [FREEZE] * faults.freezes + [CUT] * faults.cuts
    chance.shuffle(kinds)
    details = {CUT: cycle((AFTER, BEFORE, AWAY)), RESTART: cycle(("immediate", "fast"))}
    return [
        Fault(
            kind,
            chance.randrange(nodes),
            chance.uniform(0.1, faults.pause),
            next(details[kind]) if kind in details else "",
            faults.freeze_seconds,
            chance.random() < 0.8,
        )
        for kind in kinds
    ]


@dataclass
class Executor:
    """Brings the faults about; `done` says what has happened."""

    cluster: Cluster
    tell: Callable[[str], None]
    done: list[str] = field(default_factory=list)
    _thaws: list[threading.Timer] = field(default_factory=list)

    def run(self, faults: list[Fault], deadline: float) -> None:
        """One after the other, until the time is over."""
        actions = {KILL: self._kill, FREEZE: self._freeze, CUT: self._cut, RESTART: self._restart}
        for number, fault in enumerate(faults):
            if time.monotonic() > deadline:
                self.tell(f"the time is over after {number} of {len(faults)} faults")
                break
            time.sleep(fault.pause)
            node = self.cluster.nodes[fault.node]
            happened = actions[fault.kind](fault, node)
            self.done += [fault.kind] * happened
            where = "PostgreSQL" if fault.kind == RESTART else f"node {fault.node}"
            words = f"{fault.kind} {fault.detail} of {where}{'' if happened else ' met nothing'}"
            self.tell(f"{number + 1:>3}/{len(faults)} {words}")
        for timer in self._thaws:
            timer.join()

    def heal(self) -> bool:
        """Let every node answer again."""
        return all(node.wait_until_ready() for node in self.cluster.nodes)

    def _kill(self, fault: Fault, node: Node) -> bool:
        if fault.ready:
            node.wait_until_ready()
            time.sleep(fault.pause)
        node.kill()
        node.start()
        return True

    def _freeze(self, fault: Fault, node: Node) -> bool:
        """The others go on, and so do the faults."""
        node.wait_until_ready()
        timer = threading.Timer(fault.seconds, node.thaw, (node.freeze(),))
        timer.start()
        self._thaws.append(timer)
        return True

    def _cut(self, fault: Fault, node: Node) -> bool:
        """A node that writes nothing meanwhile is not cut."""
        assert node.proxy is not None
        node.wait_until_ready()
        node.proxy.order(fault.detail, fault.seconds)
        deadline = time.monotonic() + _CUT_PATIENCE
        while node.proxy.has_orders and time.monotonic() < deadline:
            time.sleep(0.01)
        return node.proxy.cancel()

    def _restart(self, fault: Fault, node: Node) -> bool:
        assert self.cluster.postgres is not None
        self.cluster.postgres.restart(fault.detail)
        return True
