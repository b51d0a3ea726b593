"""Lists in fields: a list that is edited in place takes whatever the field takes, and type checkers know it.

``task.tags.append("late")`` puts plain text into a list of choices; the field makes a choice of it when the record is
saved. At run time these values are plain lists, and nothing here costs anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from softrorm.fields.base import Assignable, MutableField

T = TypeVar("T")
S = TypeVar("S")

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self, SupportsIndex, overload

    class EditableList(list[T]):
        """What type checkers take a field's list for: a ``list[T]`` that takes ids, labels and addresses as well.

        At run time it is ``list`` itself, and so can be named in annotations.
        """

        def append(self, item: T | str, /) -> None: ...
        def extend(self, iterable: Iterable[T | str], /) -> None: ...
        def insert(self, index: SupportsIndex, item: T | str, /) -> None: ...
        def remove(self, value: T | str, /) -> None: ...
        def index(self, value: T | str, start: SupportsIndex = ..., stop: SupportsIndex = ..., /) -> int: ...
        def count(self, value: T | str, /) -> int: ...
        @overload
        def __setitem__(self, key: SupportsIndex, value: T | str, /) -> None: ...
        @overload
        def __setitem__(self, key: slice, value: Iterable[T | str], /) -> None: ...
        def __setitem__(self, key: Any, value: Any, /) -> None: ...
        def __iadd__(self, value: Iterable[T | str], /) -> Self: ...  # type: ignore[override, misc]

else:
    EditableList = list


# mypy cannot know that whatever stands for S takes a list of T.
class ListField(Assignable[EditableList[T], S], MutableField[list[T]], Generic[T, S]):  # type: ignore[misc]
    """What the fields share whose value is a list of ``T``; assigned they take ``S``."""
