"""Derived fields: LOOKUP, ROLLUP and FORMULA, which the service works out of others and nobody may write.

Their result has a type of its own, the ``returnedField`` of their options: given as ``returns``, it decodes the values
and says which look-ups the field takes. Without it the values stay as they came.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, Unpack, overload

from softrorm.client.errors import ConfigurationError
from softrorm.fields.base import Computed, Field
from softrorm.fields.expressions import Anything
from softrorm.fields.keywords import Common, FormulaKeywords, RollupKeywords
from softrorm.query.columns import Column
from softrorm.query.operators import Family, nearest

if TYPE_CHECKING:
    from softrorm.client.dialect import Dialect
    from softrorm.client.errors import InvalidValue
    from softrorm.fields.lists import ListField
    from softrorm.query.protocols import BindingLike

G = TypeVar("G")
R = TypeVar("R")

_SEVERAL = {
    **{family: family for family in (Family.RAW, Family.PRESENCE, Family.MANY_NAMED, Family.MANY_TEXT)},
    Family.TEXT: Family.MANY_TEXT,
    Family.ONE_NAMED: Family.MANY_NAMED,
}
"""What lists of values of a family are to a filter; those of all others are ``MANY_OTHER``."""


def say(field: Computed[Any], **given: str | None) -> None:
    """Put the keywords of a computed field among its options, by the names that the API has for them."""
    named = {field.said[keyword]: value for keyword, value in given.items() if value is not None}
    field.options = {**named, **field.options}


class Derived(Computed[R], Anything):
    """What LOOKUP, ROLLUP and FORMULA share; a model uses one of the types below.

    Args:
        id: The field's id in Softr.
        returns: A field without an id that stands for the result type, such as ``fields.Number()``.
        many: Whether a cell holds a list (``allowMultipleEntries``).
        **common: As every field.
    """

    __hash__ = object.__hash__

    def __init__(
        self, id: str | None = None, *, returns: Field[Any] | None = None, many: bool = False, **common: Any
    ) -> None:
        super().__init__(id, **common)
        self._hold(returns, many=many)

    def _hold(self, returns: Field[Any] | None, *, many: bool) -> None:
        self.returns = returns
        self.many = many
        inner = returns.family if returns else Family.RAW
        self.family = _SEVERAL.get(inner, Family.MANY_OTHER) if many else inner
        self.column = returns.column if returns else Column.JSON

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        if self.returns is not None:
            # For its messages; a copy, since models that inherit the field have each their own.
            self.returns = copy.copy(self.returns)
            self.returns.attribute, self.returns.model = self.attribute, self.model

    def decode(self, raw: Any, instance: Any) -> Any:
        returns = self.returns
        return self._read(raw, None if returns is None else lambda one: returns.decode(one, instance))

    def plain(self, raw: Any) -> Any:
        return self._read(raw, self.returns.plain if self.returns else None)

    def worded(self, raw: Any) -> Any:
        return self._read(raw, self.returns.worded if self.returns else None)

    @property
    def lists(self) -> bool:
        return self.returns is not None and self.column is not Column.JSON and (self.many or self.returns.many)

    def _read(self, raw: Any, decode: Callable[[Any], Any] | None) -> Any:
        if self.returns is None or decode is None:
            return copy.deepcopy(raw) if isinstance(raw, list | dict) else raw
        if self.many:
            raws = [one for one in (raw if isinstance(raw, list) else [raw]) if one is not None]
            # Values that are lists themselves come as one flat list (wire-facts 6).
            return decode(raws) if self.returns.many else [decode(one) for one in raws]
        if isinstance(raw, list) and not self.returns.many:
            raw = raw[0] if raw else None
        return self.empty() if raw is None else decode(raw)

    def empty(self) -> Any:
        return [] if self.many else self.returns.empty() if self.returns else None

    def unreadable(self, raw: Any) -> InvalidValue:
        return self.returns.unreadable(raw) if self.returns else super().unreadable(raw)

    def clean_operand(self, value: Any) -> Any:
        return self.returns.clean_operand(value) if self.returns else value

    def to_filter(self, operand: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return self.returns.to_filter(operand, dialect, binding) if self.returns else operand

    def comparable(self, value: Any) -> Any:
        one = self.returns.comparable if self.returns else folded
        if isinstance(value, list) and not (self.returns and self.returns.many):
            return [one(item) for item in value]
        return one(value)

    def comparable_operand(self, operand: Any) -> Any:
        return self.returns.comparable_operand(operand) if self.returns else folded(operand)

    def schema_options(self) -> dict[str, Any]:
        if self.returns is None:
            return dict(self.options)
        returned = {"type": self.returns.api_type, "options": self.returns.schema_options()}
        return {"returnedField": returned, **self.options}


class Lookup(Derived[R]):
    """A LOOKUP: the values of a field of the linked records, a list where the link holds several.

    Args:
        id: The field's id in Softr.
        through: The attribute of the link that it follows.
        of: The attribute of the linked model whose values it shows. With both, look-ups across the link such as
            ``project__name="Site"`` are conditions on this field and need no request of their own; and where the link
            names its model by the class, ``returns`` and ``many`` follow from it.
        **more: As for every computed field.
    """

    api_type = "LOOKUP"
    said: ClassVar[Mapping[str, str]] = {"through": "linkedRecordFieldId", "of": "lookupFieldId"}

    through: str | None
    of: str | None

    if not TYPE_CHECKING:

        def __init__(self, id=None, *, through=None, of=None, **more):  # noqa: ANN001, ANN003, ANN204
            super().__init__(id, **more)
            self.through = through
            self.of = of

    def follow(self, fields: Mapping[str, Field[Any]]) -> None:
        """Learn from the link, when the model is made, what the field shows.

        Args:
            fields: The fields of its model.

        Raises:
            ConfigurationError: ``through`` is no link, or the linked model has no field ``of``.
        """
        link: Any = fields.get(self.through or "")
        if link is None or not hasattr(type(link), "target"):
            links = [name for name, field in fields.items() if hasattr(type(field), "target")]
            raise ConfigurationError(
                f"{self.label}: through={self.through!r} is no link of the model.{nearest(str(self.through), links)} "
                f"Its links are {', '.join(links) or 'none'}."
            )
        if not self.of:
            raise ConfigurationError(
                f"{self.label}: through={self.through!r} goes with of=, the linked record's field."
            )
        target: Any = self.model if link.to == "self" else link.to
        if not isinstance(target, type):
            return  # which fields it has is known later
        known = fields if target is self.model else getattr(target, "_meta").own_fields  # noqa: B009
        shown = known.get(self.of)
        if shown is None:
            raise ConfigurationError(
                f"{self.label}: of={self.of!r} is no field of {target.__name__}.{nearest(self.of, known)} "
                f"Its fields are {', '.join(known)}."
            )
        if self.returns is None:
            many = self.many or link.many
            while isinstance(shown, Derived):  # whose values are those of its result type
                many, shown = many or shown.many, shown.returns
            returns = copy.copy(shown)
            if returns is not None:
                returns.attribute, returns.model = self.attribute, self.model
            self._hold(returns, many=many)

    def schema_options(self) -> dict[str, Any]:
        path = {"linkedRecordFieldId": self.through, "lookupFieldId": self.of} if self.through else {}
        return {**path, **super().schema_options()}

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Lookup[Any],
            id: str | None = None,
            *,
            through: str | None = None,
            of: str | None = None,
            returns: None = None,
            many: bool = False,
            **more: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Lookup[G],
            id: str | None = None,
            *,
            through: str | None = None,
            of: str | None = None,
            returns: Field[G],
            many: Literal[False] = False,
            **more: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Lookup[list[G]],
            id: str | None = None,
            *,
            through: str | None = None,
            of: str | None = None,
            returns: ListField[G, Any],  # whose values come as one flat list
            many: Literal[True],
            **more: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Lookup[list[G]],
            id: str | None = None,
            *,
            through: str | None = None,
            of: str | None = None,
            returns: Field[G | None],
            many: Literal[True],
            **more: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Lookup[list[G]],
            id: str | None = None,
            *,
            through: str | None = None,
            of: str | None = None,
            returns: Field[G],
            many: Literal[True],
            **more: Unpack[Common],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class Rollup(Derived[R]):
    """A ROLLUP: one value made of a field of the linked records.

    Args:
        id: The field's id in Softr.
        through: The attribute of the link that it follows.
        of: The attribute of the linked model whose values it is made of.
        function: How it is made, such as ``SUM`` (document, Field Types).
        **more: As for every computed field.
    """

    api_type = "ROLLUP"
    said: ClassVar[Mapping[str, str]] = {
        "through": "linkedRecordFieldId",
        "of": "rollupFieldId",
        "function": "function",
    }

    if not TYPE_CHECKING:

        def __init__(self, id=None, *, through=None, of=None, function=None, **more):  # noqa: ANN001, ANN003, ANN204
            super().__init__(id, **more)
            say(self, through=through, of=of, function=function)

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Rollup[Any],
            id: str | None = None,
            *,
            returns: None = None,
            many: bool = False,
            **more: Unpack[RollupKeywords],
        ) -> None: ...
        @overload
        def __init__(
            self: Rollup[G],
            id: str | None = None,
            *,
            returns: Field[G],
            many: Literal[False] = False,
            **more: Unpack[RollupKeywords],
        ) -> None: ...
        @overload
        def __init__(
            self: Rollup[list[G]],
            id: str | None = None,
            *,
            returns: ListField[G, Any],  # whose values come as one flat list
            many: Literal[True],
            **more: Unpack[RollupKeywords],
        ) -> None: ...
        @overload
        def __init__(
            self: Rollup[list[G]],
            id: str | None = None,
            *,
            returns: Field[G | None],
            many: Literal[True],
            **more: Unpack[RollupKeywords],
        ) -> None: ...
        @overload
        def __init__(
            self: Rollup[list[G]],
            id: str | None = None,
            *,
            returns: Field[G],
            many: Literal[True],
            **more: Unpack[RollupKeywords],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class Formula(Derived[R]):
    """A FORMULA; its value is stored, not computed at each read (wire-facts 7).

    Args:
        id: The field's id in Softr.
        formula: Its text, in which ``{Due date}`` is the value of the field of this name.
        **more: As for every computed field.
    """

    api_type = "FORMULA"
    said: ClassVar[Mapping[str, str]] = {"formula": "formula"}

    if not TYPE_CHECKING:

        def __init__(self, id=None, *, formula=None, **more):  # noqa: ANN001, ANN003, ANN204
            super().__init__(id, **more)
            say(self, formula=formula)

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Formula[Any],
            id: str | None = None,
            *,
            returns: None = None,
            many: bool = False,
            **more: Unpack[FormulaKeywords],
        ) -> None: ...
        @overload
        def __init__(
            self: Formula[G],
            id: str | None = None,
            *,
            returns: Field[G],
            many: Literal[False] = False,
            **more: Unpack[FormulaKeywords],
        ) -> None: ...
        @overload
        def __init__(
            self: Formula[list[G]],
            id: str | None = None,
            *,
            returns: ListField[G, Any],  # whose values come as one flat list
            many: Literal[True],
            **more: Unpack[FormulaKeywords],
        ) -> None: ...
        @overload
        def __init__(
            self: Formula[list[G]],
            id: str | None = None,
            *,
            returns: Field[G | None],
            many: Literal[True],
            **more: Unpack[FormulaKeywords],
        ) -> None: ...
        @overload
        def __init__(
            self: Formula[list[G]],
            id: str | None = None,
            *,
            returns: Field[G],
            many: Literal[True],
            **more: Unpack[FormulaKeywords],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


def folded(value: Any) -> Any:
    """A value of an unknown type as comparisons take it: text ignores case, the rest is as it is."""
    return value.casefold() if isinstance(value, str) else value
