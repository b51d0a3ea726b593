"""Value: what the values that fields hold have in common which are made of named parts.

Like a frozen dataclass, and at a fraction of its cost at import, which every program pays that imports softrorm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class Value:
    """An immutable value; its ``__slots__`` name the parts in the order of its constructor."""

    __slots__: tuple[str, ...] = ()

    def _set(self, **parts: Any) -> None:
        for name, value in parts.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"A {type(self).__name__} cannot be changed; make a new one with another {name}.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"A {type(self).__name__} cannot be changed.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self._shown())})"

    def _shown(self) -> Iterable[str]:
        """The parts that its repr tells."""
        return self.__slots__

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__slots__)
