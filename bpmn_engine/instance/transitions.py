"""The legal transitions of tokens, jobs and instances. `None` is before the first state.

Nothing looks them up at run time: elements emit the right changes. The tests compare every change with these tables,
and docs/states.md draws them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bpmn_engine.instance import changes
from bpmn_engine.instance.state import InstanceState, JobState, TokenState

State = TokenState | JobState | InstanceState

_T, _J, _I = TokenState, JobState, InstanceState

TOKEN: Mapping[State | None, frozenset[State]] = {
    None: frozenset((_T.WAITING, _T.ACTIVATING)),
    _T.WAITING: frozenset((_T.CONSUMED,)),
    _T.ACTIVATING: frozenset((_T.ACTIVE, _T.COMPLETING, _T.COMPLETED, _T.TERMINATED, _T.CONSUMED)),
    _T.ACTIVE: frozenset((_T.ACTIVATING, _T.COMPLETING, _T.COMPLETED, _T.TERMINATED)),
    _T.COMPLETING: frozenset((_T.COMPLETED, _T.TERMINATED)),
}

JOB: Mapping[State | None, frozenset[State]] = {
    None: frozenset((_J.CREATED,)),
    _J.CREATED: frozenset((_J.CREATED, _J.COMPLETED, _J.FAILED, _J.ERROR_THROWN, _J.CANCELED)),
    _J.FAILED: frozenset((_J.CREATED, _J.CANCELED)),
    _J.ERROR_THROWN: frozenset((_J.CREATED, _J.CANCELED)),
}

INSTANCE: Mapping[State | None, frozenset[State]] = {
    None: frozenset((_I.ACTIVE,)),
    _I.ACTIVE: frozenset((_I.SUSPENDED, _I.COMPLETED, _I.TERMINATED)),
    _I.SUSPENDED: frozenset((_I.ACTIVE, _I.TERMINATED)),
}


class StateTransition(NamedTuple):
    """Something gets a state: a token or job by its key, the instance by 0."""

    table: Mapping[State | None, frozenset[State]]
    key: int
    state: State


_TOKENS: Mapping[type[changes.Change], TokenState] = {
    changes.TokenActivated: _T.ACTIVE,
    changes.TokenActivating: _T.ACTIVATING,
    changes.TokenCompleting: _T.COMPLETING,
    changes.TokenCompleted: _T.COMPLETED,
    changes.TokenTerminated: _T.TERMINATED,
    changes.TokenConsumed: _T.CONSUMED,
}
_JOBS: Mapping[type[changes.Change], JobState] = {
    changes.JobCompleted: _J.COMPLETED,
    changes.JobErrorThrown: _J.ERROR_THROWN,
    changes.JobReleased: _J.CREATED,
    changes.JobCanceled: _J.CANCELED,
}


def transition(change: changes.Change) -> StateTransition | None:
    """The transition that a change is; None for changes that leave all states as they are."""
    match change:
        case changes.TokenCreated():
            return StateTransition(TOKEN, change.key, change.state)
        case changes.JobCreated():
            return StateTransition(JOB, change.job.key, change.job.state)
        case changes.JobFailed():
            return StateTransition(JOB, change.key, _J.CREATED if change.retries > 0 else _J.FAILED)
        case changes.InstanceStarted() | changes.InstanceResumed():
            return StateTransition(INSTANCE, 0, _I.ACTIVE)
        case changes.InstanceSuspended():
            return StateTransition(INSTANCE, 0, _I.SUSPENDED)
        case changes.InstanceEnded():
            return StateTransition(INSTANCE, 0, change.state)
    if type(change) in _TOKENS:
        return StateTransition(TOKEN, change.key, _TOKENS[type(change)])  # type: ignore[attr-defined]
    if type(change) in _JOBS:
        return StateTransition(JOB, change.key, _JOBS[type(change)])  # type: ignore[attr-defined]
    return None
