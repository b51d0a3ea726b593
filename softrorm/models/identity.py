"""Identity: what one record is to another, to a reader, and to copying and pickling.

Records are equal by model and id. They show themselves without ever making a request. A copy is the same record once
more; a pickle holds the record and what was changed, and no client.
"""

from __future__ import annotations

import builtins
import copy
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, ClassVar, Self

from softrorm.client.errors import SoftrError
from softrorm.models import state
from softrorm.models.context import Detached

if TYPE_CHECKING:
    from softrorm.models.options import Options


class Identity:
    """The part of every model that tells records apart, shows, copies and pickles them."""

    __slots__ = ()

    _meta: ClassVar[Options]
    _record: dict[str, Any] | None
    _context: Any

    if TYPE_CHECKING:  # what the model itself adds

        @classmethod
        def _linked(cls, link: dict[str, Any], context: Any) -> Self: ...
        @property
        def is_loaded(self) -> bool:
            """Whether the record's values are here."""

    @property
    def _id(self) -> str | None:
        return None if self._record is None else self._record["id"]

    @property
    def _label(self) -> str | None:
        """The label that a link showed, or the first text of the record."""
        record = self._record
        if record is not None and record.get("label") is not None:
            return str(record["label"])
        if not self.is_loaded:
            return None
        return next((str(got) for name in self._meta.own_fields if isinstance(got := self._peek(name), str)), None)

    def _peek(self, name: str) -> Any:
        """A value that is here already or costs nothing, for showing; never a request."""
        here = self.is_loaded and not (self._record and name in self._record.get("expired", ()))
        try:
            return getattr(self, name) if here else self.__dict__.get(name)
        except SoftrError:  # what cannot be read, or leads nowhere, must not keep the record from being shown
            return None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Identity):
            return NotImplemented
        if self is other:
            return True
        return self._meta.model is other._meta.model and self._id is not None and self._id == other._id

    def __hash__(self) -> int:
        if self._record is None:
            raise TypeError(f"{self!r} is not saved yet, so it has no id to be hashed by.")
        return hash((self._meta.model, self._record["id"]))

    def __str__(self) -> str:
        return self._label or self._id or f"new {type(self).__name__}"

    @recursive_repr()  # new records may link to each other in a circle
    def __repr__(self) -> str:
        name = type(self).__name__
        if self._record is None:
            shown = [f"{key}={value!r}" for key, value in list(state.dirty(self).items())[:3]]
            return f"<{' '.join([name, '(new)', *shown])}>"
        if not self.is_loaded:
            label = self._record.get("label")
            return f"<{name} {self._id}{f' {label!r}' if label else ''} (not loaded)>"
        simple = (str, int, float, bool)
        shown = [
            f"{key}={value!r}"
            for key in self._meta.own_fields
            if isinstance(value := self._peek(key), simple) and (value or type(value) in {int, float})
        ]
        gone = ["(deleted)"] if self._record.get("dangling") else []
        return f"<{' '.join([name, str(self._id), *gone, *shown[:3]])}>"

    def __copy__(self) -> Self:
        """The same record once more, with the same client: what is edited on one is not edited on the other."""
        twin = self._linked(self._record, self._context)  # type: ignore[arg-type]
        object.__setattr__(twin, "_given", set(given) if (given := getattr(self, "_given", None)) is not None else None)
        for name, value in self.__dict__.items():
            field = self._meta.fields.get(name)
            twin.__dict__[name] = field.detached(value) if field else value
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # The snapshot is never changed and linked records are records of their own, so that both are shared.
        twin = memo[builtins.id(self)] = copy.copy(self)
        return twin

    def __getstate__(self) -> dict[str, Any]:
        ids = None if self._meta.static_ids or not self.is_loaded else dict(self._context.ids)
        given = getattr(self, "_given", None)
        return {"record": self._record, "values": state.pickled(self), "given": given, "ids": ids}

    def __setstate__(self, pickled: dict[str, Any]) -> None:
        object.__setattr__(self, "_record", pickled["record"])
        object.__setattr__(self, "_given", pickled["given"])
        object.__setattr__(self, "_context", Detached(pickled["ids"] or self._meta.static_ids))
        self.__dict__.update(pickled["values"])
