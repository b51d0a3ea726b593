"""LINKED_RECORD: links to records of another table, or of the same one.

A link reads as an instance of the linked model that knows its id and label; reading anything else loads it, together
with the same link of the other records of the result. Links to deleted records stay in the list (wire-facts 6). They
are written as ids, or as objects in a dialect that wants them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from softrorm.client.errors import InvalidValue
from softrorm.fields.base import Assignable, Field, shown
from softrorm.fields.choice import Names
from softrorm.fields.expressions import Equality, Membership, Presence, Several
from softrorm.fields.keywords import Common
from softrorm.fields.lists import ListField
from softrorm.query.columns import Column
from softrorm.query.operators import Family

if TYPE_CHECKING:
    from softrorm.client.dialect import Dialect
    from softrorm.query.protocols import BindingLike

G = TypeVar("G")
R = TypeVar("R")


class TableId(str):
    """The id of a linked table, where a schema names it and no model does yet."""

    __slots__ = ()


class LinkField(Field[G], Presence):
    """What single and multiple links share; a model uses one of the two below.

    Args:
        id: The field's id in Softr.
        to: The linked model, its name (which may be defined later), or ``"self"``.
        inverse: The attribute of the linked model that is the other side of the relation. A table created from the
            models then makes both sides as one pair; models of existing tables need not name it.
        required: Whether the table requires a link.
        **common: As every field.
    """

    api_type = "LINKED_RECORD"
    column = Column.TEXT

    def __init__(
        self, id: str | None = None, *, to: Any, inverse: str | None = None, required: bool = False, **common: Any
    ) -> None:
        super().__init__(id, required=required, **common)
        self.to = to
        self.inverse = inverse
        self._target: Any = None

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self._target = None  # what "self" means is another for each model that inherits the link

    @property
    def target(self) -> Any:
        """The linked model; a name is looked up in the registry when it is first needed."""
        if self._target is None:
            self._target = self.model._meta.related(self)
        return self._target

    def one(self, value: Any) -> Any:
        """The checked form of one link: an instance of the linked model."""
        if isinstance(value, str) and value:
            return self.target._stub(str.__str__(value), None)
        if not isinstance(value, self.target):
            raise self.refuse(value, f"an instance of {self.target.__name__}, or the id of one")
        return value

    def spelled(self, value: Any, dialect: Dialect) -> Any:
        """A link as a write sends it."""
        if value.id is None:
            raise InvalidValue(f"{self.label} links to {value!r}, which is not saved yet: save it first.")
        if dialect.link_write == "objects":
            return {"id": value.id, "label": value._label or ""}
        return value.id

    def plain(self, raw: Any) -> Any:
        return self._each(raw, _id)

    def worded(self, raw: Any) -> Any:
        return self._each(raw, _label)

    def _each(self, raw: Any, show: Callable[[Any], str]) -> Any:
        raws = raw if isinstance(raw, list) else [raw]
        return [show(one) for one in raws] if self.many else show(raws[0]) if raws else None

    def clean_operand(self, value: Any) -> Any:
        if isinstance(value, str) and value:
            return str.__str__(value)
        if not isinstance(value, self.target):
            raise self.refuse(value, f"an instance of {self.target.__name__}, or the id of one")
        if value.id is None:
            raise InvalidValue(f"{self.label} cannot be compared with {shown(value)}, which is not saved yet.")
        return value.id

    def to_filter(self, operand: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return operand

    def comparable_operand(self, operand: str) -> Any:
        return Names([operand])

    def schema_options(self) -> dict[str, Any]:
        return dict(self.options)


class LinkedRecord(Assignable[R, R | str], LinkField[R], Equality[Any], Membership[Any]):
    """A link to one record: an instance of the linked model, or ``None``."""

    family = Family.ONE_NAMED
    __hash__ = object.__hash__

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: LinkedRecord[G],
            id: str | None = None,
            *,
            to: type[G],
            required: Literal[True],
            inverse: str | None = None,
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: LinkedRecord[G | None],
            id: str | None = None,
            *,
            to: type[G],
            required: Literal[False] = False,
            inverse: str | None = None,
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: LinkedRecord[Any],
            id: str | None = None,
            *,
            to: str,
            required: bool = False,
            inverse: str | None = None,
            **common: Unpack[Common],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def decode(self, raw: Any, instance: Any) -> Any:
        if isinstance(raw, list):
            # A field changed from several to one keeps its old lists until the next write (wire-facts 5.3).
            raw = raw[0] if raw else None
        try:
            # Asked for softly: that a record is linked to for the first time is nothing rare.
            found = instance._context._linked[self._target].get(raw["id"])
            if found is not None:
                return found
        except (KeyError, TypeError, AttributeError):
            pass
        return None if raw is None else instance._context.linked_one(self, raw)

    def unchanged(self, value: Any, raw: Any, instance: Any) -> bool:
        if isinstance(raw, list):
            raw = raw[0] if raw else None
        return value is raw if value is None or raw is None else _leads_to(value, raw)

    def clean(self, value: Any) -> Any:
        return self.one(value)

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        # A write takes a list for a single link too (2025 document, "Link a record").
        return [self.spelled(value, dialect)]

    def encode_blank(self) -> Any:
        return []

    def comparable(self, value: Any) -> Any:
        return Names([value.id])


class LinkedRecords(LinkField[list[R]], ListField[R, Iterable[R | str]], Membership[Any], Several[Any]):
    """Links to several records: a list of instances of the linked model, in the order of the links."""

    family = Family.MANY_NAMED
    many = True

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: LinkedRecords[G],
            id: str | None = None,
            *,
            to: type[G],
            required: bool = False,
            inverse: str | None = None,
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: LinkedRecords[Any],
            id: str | None = None,
            *,
            to: str,
            required: bool = False,
            inverse: str | None = None,
            **common: Unpack[Common],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def decode(self, raw: Any, instance: Any) -> Any:
        return instance._context.linked(self, raw if isinstance(raw, list) else [raw])

    def unchanged(self, value: Any, raw: Any, instance: Any) -> bool:
        raws = raw if isinstance(raw, list) else [] if raw is None else [raw]
        return len(value) == len(raws) and all(map(_leads_to, value, raws))

    def clean(self, value: Any) -> Any:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise self.refuse(value, f"a list of instances of {self.target.__name__}, or of their ids")
        return [self.one(one) for one in value]

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return [self.spelled(one, dialect) for one in value]

    def comparable(self, value: Any) -> Any:
        return [Names([one if isinstance(one, str) else one.id]) for one in value]


def _id(raw: Any) -> str:
    return str(raw["id"] if isinstance(raw, dict) else raw)


def _label(raw: Any) -> str:
    return str((raw.get("label") or "") if isinstance(raw, dict) else raw)


def _leads_to(value: Any, raw: Any) -> bool:
    """Whether a linked instance, or a plain id that an edit in place put there, is the one a raw link names."""
    record = getattr(value, "_record", value)
    return bool((record["id"] if isinstance(record, dict) else record) == (raw["id"] if isinstance(raw, dict) else raw))
