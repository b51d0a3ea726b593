"""Choice fields: SELECT with one or several choices, and CHECKBOX.

A SELECT reads ``{"id", "label"}`` and is written as an id or a label, never as the object, which the service would
store as text (wire-facts 4.3). The value here is a :class:`Choice`, which is the label as a ``str`` and knows its id
and colour, or a member of the Enum that the field was declared with. A label that is no choice any more reads as it
is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, EnumMeta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, Unpack, overload

from softrorm.client.errors import InvalidValue
from softrorm.fields.base import Assignable, Field, PlainField
from softrorm.fields.expressions import Equality, Membership, Presence, Several
from softrorm.fields.keywords import Common
from softrorm.fields.lists import ListField
from softrorm.query.columns import Column
from softrorm.query.operators import Family, nearest

if TYPE_CHECKING:
    from typing_extensions import TypeVar as _TypeVar

    from softrorm.client.dialect import Dialect
    from softrorm.query.protocols import BindingLike

    C = _TypeVar("C", default="Choice | None")
    L = _TypeVar("L", default="Choice")
else:
    C, L = TypeVar("C"), TypeVar("L")

E = TypeVar("E", bound=Enum)


class Choice(str):
    """A choice of a SELECT: its label as text, with the id and colour that belong to it.

    Args:
        label: The text that people see; the choice is equal to it.
        id: The choice's id in Softr, where known.
        color: Its colour, where known.
    """

    __slots__ = ("color", "id")
    id: str | None
    color: str | None

    def __new__(cls, label: str, id: str | None = None, color: str | None = None) -> Choice:
        choice = super().__new__(cls, label)
        choice.id = id
        choice.color = color
        return choice

    @property
    def label(self) -> str:
        """The label as a plain ``str``."""
        return str.__str__(self)

    def __repr__(self) -> str:
        return f"Choice({str.__repr__(self)}, id={self.id!r})" if self.id else f"Choice({str.__repr__(self)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Choice, (self.label, self.id, self.color)


class Choices(Choice, Enum):
    """The choices of a field as an Enum whose members know their ids: ``OPEN = "Open", "<choice id>"``.

    A member is its label as text, and has ``label``, ``id`` and ``color``. A third part gives the colour; the id may be
    left out where it is not known.
    """

    def __str__(self) -> str:
        return self.label


Given: TypeAlias = type[Enum] | Iterable[str] | Mapping[str, str]


class Names(frozenset[str]):
    """The names of one thing, such as a choice's id and folded label: equal to another when they share a name."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Names) and not self.isdisjoint(other)

    __hash__ = frozenset.__hash__


class _Catalog:
    """The declared choices of a field: from wire to value, and from what a user may give to value."""

    def __init__(self, choices: Given | None) -> None:
        self.pairs: list[tuple[Any, Choice]] = []  # values, each with its label and id
        self.declared: dict[str, Any] = {}  # label or id -> value
        self.info: dict[Any, Choice] = {}  # value -> its label and id
        self._exact: dict[tuple[Any, str | None], Choice] = {}  # the same, where several have one label
        self.read: dict[Any, dict[Any, Any]] = {}  # id and then label off the wire -> value
        for value, choice in _members(choices):
            if choice.id is None and choice.label in self.declared:
                raise InvalidValue(f"choices: {choice.label!r} is there twice.")
            self.pairs.append((value, choice))
            self.info.setdefault(value, choice)
            self._exact[value, choice.id] = choice
            self.declared.setdefault(choice.label, value)
            if choice.id:
                self.declared[choice.id] = value

    @property
    def labels(self) -> list[str]:
        return [choice.label for _, choice in self.pairs]

    def choice(self, value: Any) -> Choice | None:
        """The label and id of a value that was declared."""
        found = self.info.get(value)
        return found and self._exact.get((value, getattr(value, "id", None)), found)

    def find(self, id: str | None, label: str) -> Any:
        """What was declared with an id, else with a label."""
        found = self.declared.get(id) if id else None
        return self.declared.get(label) if found is None else found

    def knows(self, choice: Choice) -> bool:
        """Whether a choice with this id was declared or read here."""
        return choice.id in self.declared or choice.label in self.read.get(choice.id, ())

    def from_wire(self, raw: Any) -> Any:
        id, label = (raw.get("id"), raw.get("label")) if isinstance(raw, dict) else (None, str(raw))
        value = self.read.get(id, {}).get(label)
        if value is None:
            # The id decides, since labels get renamed; a value that matches no choice is kept as it is.
            value = self.find(id, label or "")
            if value is None or not isinstance(value, Enum):
                value = Choice(label or "", id, value.color if isinstance(value, Choice) else None)
            known = self.read.setdefault(id, {}) if len(self.read) < 1000 else self.read.get(id)
            if known is not None and len(known) < 1000:  # a field that takes any text must not fill the memory
                known[label] = value
        return value


def _members(choices: Given | None) -> Iterable[tuple[Any, Choice]]:
    if choices is None:
        return
    if isinstance(choices, str) or not isinstance(choices, Iterable | EnumMeta):
        raise InvalidValue(f"choices is an Enum, a list of labels, or a dict of label to id, not {choices!r}.")
    if isinstance(choices, EnumMeta):
        member: Any
        for member in choices:
            yield member, _as_choice(member if isinstance(member, Choice) else member.value)
    elif isinstance(choices, Mapping):
        for label, id in choices.items():
            yield (choice := Choice(label, id)), choice
    else:
        for item in choices:
            yield (choice := _as_choice(item)), choice


def _as_choice(item: Any) -> Choice:
    if isinstance(item, Choice):
        return Choice(item.label, item.id, item.color)
    if not isinstance(item, str):
        raise InvalidValue(f"A choice is a label or a Choice, not {item!r}; an Enum's values are the labels.")
    return Choice(str.__str__(item))


class SelectField(Field[C], Presence):
    """What single and multiple selects share; a model uses one of the two below.

    Args:
        id: The field's id in Softr.
        choices: :class:`Choices`, or another Enum whose values are labels or :class:`Choice`; a list of labels or
            choices; a dict of label to choice id. With choices, other labels are refused; without, any text is taken.
        allow_new: Whether labels beside the declared choices are taken (``allowToAddNewChoice``).
        required: Whether the table requires a value.
        **common: As every field.
    """

    api_type = "SELECT"
    column = Column.TEXT

    def __init__(
        self,
        id: str | None = None,
        *,
        choices: Given | None = None,
        allow_new: bool = False,
        required: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(id, required=required, **common)
        self.choices = choices
        self.allow_new = allow_new
        self.catalog = _Catalog(choices)

    def one(self, value: Any) -> Any:
        """The checked form of one choice."""
        catalog = self.catalog
        if isinstance(value, Enum):
            if value in catalog.info:
                return value
            value = value if isinstance(value, Choice) else value.value  # a member of another Enum counts as its label
        if not isinstance(value, str):
            raise self.refuse(value, self._expected())
        id = value.id if isinstance(value, Choice) else None
        read = isinstance(value, Choice) and id is not None and catalog.knows(value)
        found = catalog.find(id, str.__str__(value))
        if found is not None:
            # Where only the label was declared, a choice as it was read says more.
            return value if read and type(found) is Choice and found.id is None else found
        if catalog.info and not self.allow_new and not read:
            raise self.refuse(value, self._expected(), nearest(value, catalog.labels))
        return value if type(value) is Choice else Choice(str.__str__(value), id)

    def _expected(self) -> str:
        if not self.catalog.info:
            return "the label of a choice"
        return f"one of {', '.join(map(repr, self.catalog.labels))}"

    def spelled(self, value: Any, spelling: str, binding: BindingLike | None) -> str:
        """A choice as the wire wants it: the id where it is known and asked for, else the label."""
        declared = self.catalog.choice(value)
        choice = declared or (value if isinstance(value, Choice) else Choice(str.__str__(value)))
        if spelling != "id":
            return choice.label
        found = (declared and declared.id) or (binding and binding.choice_id(self.attribute, choice.label))
        # An id belongs to one field: that of a choice from elsewhere would be stored as text (wire-facts 4.3).
        if not found and isinstance(value, Choice) and value.id and self.catalog.knows(value):
            found = value.id
        return found or choice.label

    def to_filter(self, operand: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return self.spelled(operand, dialect.select_filter, binding)

    def clean_operand(self, value: Any) -> Any:
        return self.one(value)

    def names(self, value: Any) -> Names:
        """A choice as the table of operators compares it: by id or by folded label."""
        choice = self.catalog.choice(value) or (value if isinstance(value, Choice) else Choice(str(value)))
        return Names({choice.label.casefold(), *([choice.id] if choice.id else ())})

    def comparable_operand(self, operand: Any) -> Any:
        return self.names(operand)

    def schema_options(self) -> dict[str, Any]:
        choices = [
            {"label": choice.label, **{key: got for key in ("id", "color") if (got := getattr(choice, key))}}
            for _, choice in self.catalog.pairs
        ]
        return {"choices": choices, "allowToAddNewChoice": self.allow_new, **self.options}


class Select(Assignable[C, C | str], SelectField[C], Equality[str | Enum], Membership[str | Enum]):
    """A SELECT with one choice: ``Choice | None``, or a member of the Enum given as ``choices``."""

    family = Family.ONE_NAMED
    __hash__ = object.__hash__

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Select[E],
            id: str | None = None,
            *,
            choices: type[E],
            required: Literal[True],
            allow_new: bool = False,
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Select[E | None],
            id: str | None = None,
            *,
            choices: type[E],
            required: Literal[False] = False,
            allow_new: bool = False,
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Select[Choice],
            id: str | None = None,
            *,
            choices: Iterable[str] | Mapping[str, str] | None = None,
            required: Literal[True],
            allow_new: bool = False,
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Select[Choice | None],
            id: str | None = None,
            *,
            choices: Iterable[str] | Mapping[str, str] | None = None,
            required: Literal[False] = False,
            allow_new: bool = False,
            **common: Unpack[Common],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def decode(self, raw: Any, instance: Any) -> Any:
        try:
            return self.catalog.read[raw["id"]][raw["label"]]
        except (KeyError, TypeError):
            return self.catalog.from_wire(raw)

    def plain(self, raw: Any) -> str:
        return _label(raw)

    def check(self, value: Any) -> Any:
        # Assignment is a hot path: a declared label needs no further look.
        if type(value) is str and (found := self.catalog.declared.get(value)) is not None:
            return found
        return super().check(value)

    def clean(self, value: Any) -> Any:
        return self.one(value)

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return self.spelled(value, dialect.select_write, binding)

    def comparable(self, value: Any) -> Any:
        return self.names(value)


class MultiSelect(SelectField[list[L]], ListField[L, Iterable[L | str]], Membership[str | Enum], Several[str | Enum]):
    """A SELECT with several choices: a list of ``Choice`` or of the Enum's members, ``[]`` when empty."""

    family = Family.MANY_NAMED
    many = True

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: MultiSelect[E],
            id: str | None = None,
            *,
            choices: type[E],
            required: bool = False,
            allow_new: bool = False,
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: MultiSelect[Choice],
            id: str | None = None,
            *,
            choices: Iterable[str] | Mapping[str, str] | None = None,
            required: bool = False,
            allow_new: bool = False,
            **common: Unpack[Common],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def decode(self, raw: Any, instance: Any) -> Any:
        known = self.catalog.read
        values = []
        try:
            for one in raw:
                values.append(known[one["id"]][one["label"]])  # noqa: PERF401 - a comprehension costs a call
            return values
        except (KeyError, TypeError):
            return [self.catalog.from_wire(one) for one in (raw if isinstance(raw, list) else [raw])]

    def plain(self, raw: Any) -> list[str]:
        return [_label(one) for one in (raw if isinstance(raw, list) else [raw])]

    def clean(self, value: Any) -> Any:
        if isinstance(value, str | Mapping | Enum) or not isinstance(value, Iterable):
            raise self.refuse(value, f"a list of choices, each {self._expected()}")
        return [self.one(one) for one in value]

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return [self.spelled(one, dialect.select_write, binding) for one in value]

    def comparable(self, value: Any) -> Any:
        return [self.names(one) for one in value]


class Checkbox(PlainField[bool], Equality[bool]):
    """A checkbox: ``bool``, never ``None`` (wire-facts 4.1: an empty one reads ``false``)."""

    api_type = "CHECKBOX"
    family = Family.BOOLEAN
    column = Column.BOOLEAN
    python = "True or False"
    __hash__ = object.__hash__

    def decode(self, raw: Any, instance: Any) -> Any:
        return raw is True or raw == "true"

    def empty(self) -> bool:
        return False

    def is_blank(self, value: Any) -> bool:
        return value is None

    def check(self, value: Any) -> bool:
        # None is no state of a checkbox: refuse it instead of guessing False.
        return value if type(value) is bool else self.clean(value)

    def clean(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.refuse(value)
        return value


def _label(raw: Any) -> str:
    return str((raw.get("label") or "") if isinstance(raw, dict) else raw)
