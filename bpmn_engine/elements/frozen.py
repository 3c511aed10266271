"""Objects that are built once and never written to again."""

from __future__ import annotations

from types import new_class
from typing import Any

_FROZEN: dict[type, Any] = {}


class Frozen:
    """Allows writing until `freeze`, so that all threads may read afterwards.

    A frozen object is of a subclass that refuses writing. A check in the class itself would run at each write while
    large diagrams are built.
    """

    def freeze(self) -> None:
        """Refuse to be written to from now on."""
        kind = type(self)
        if kind not in _FROZEN:
            _FROZEN[kind] = new_class(kind.__name__, (kind,), exec_body=lambda body: body.update(__setattr__=_refuse))
        self.__class__ = _FROZEN[kind]


def _refuse(self: object, name: str, _: Any) -> None:
    raise AttributeError(f"{self!r} is built; '{name}' cannot be set any more")
