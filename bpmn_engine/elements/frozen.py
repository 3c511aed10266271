"""Objects that are built once and never written to again."""

from __future__ import annotations

from typing import Any


class Frozen:
    """Allows writing until `freeze`, so that all threads may read afterwards."""

    _frozen = False

    def freeze(self) -> None:
        """Refuse to be written to from now on."""
        self._frozen = True

    def __setattr__(self, name: str, value: Any) -> None:
        if self._frozen:
            raise AttributeError(f"{self!r} is built; '{name}' cannot be set any more")
        object.__setattr__(self, name, value)
