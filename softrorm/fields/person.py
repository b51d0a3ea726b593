"""Person fields: USER, CREATED_BY, UPDATED_BY.

A person reads as an object with id, name, email and avatarUrl; that was seen inside Softr, not on the REST interface
(wire-facts 4.1), and what a write takes is not published: ``Dialect.user_write`` is the switch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, Never, Self, TypeVar, Unpack, overload

from softrorm.fields.base import Field, MutableField
from softrorm.fields.choice import Names
from softrorm.fields.expressions import Equality, Membership, Presence, Several
from softrorm.fields.keywords import Common
from softrorm.fields.value import Value
from softrorm.query.columns import Column
from softrorm.query.operators import Family

if TYPE_CHECKING:
    from softrorm.client.dialect import Dialect
    from softrorm.fields.lists import EditableList
    from softrorm.query.protocols import BindingLike

if TYPE_CHECKING:
    from typing_extensions import TypeVar as _TypeVar

    P = _TypeVar("P")
    W = _TypeVar("W", contravariant=True, default=P)  # what an assignment takes, beside an id or an address
else:
    P, W = TypeVar("P"), TypeVar("W")


class Person(Value):
    """A user of the workspace.

    Args:
        id: The user's id.
        name: The full name.
        email: The email address.
        avatar_url: Where the picture is.
    """

    __slots__ = ("id", "name", "email", "avatar_url")  # noqa: RUF023 - in the constructor's order

    id: str | None
    name: str | None
    email: str | None
    avatar_url: str | None

    def __init__(
        self, id: str | None = None, name: str | None = None, email: str | None = None, avatar_url: str | None = None
    ) -> None:
        self._set(id=id, name=name, email=email, avatar_url=avatar_url)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Person):
            return NotImplemented
        if self.id and other.id:
            return self.id == other.id
        return (self.email or "").casefold() == (other.email or "").casefold() != ""

    def __hash__(self) -> int:
        # Two persons may be equal by id or by email, so no narrower hash is right.
        return hash(Person)

    def __str__(self) -> str:
        return self.name or self.email or self.id or "nobody"


class PersonField(Field[P], Presence, Equality[Person | str], Membership[Person | str], Several[Person | str]):
    """What the person types share; a model uses one of the types below."""

    family = Family.ONE_NAMED
    column = Column.TEXT
    python = "a Person, a user id or an email address"
    __hash__ = object.__hash__

    def decode(self, raw: Any, instance: Any) -> Any:
        if self.many:
            return [_person(one) for one in (raw if isinstance(raw, list) else [raw])]
        return _person(raw[0] if isinstance(raw, list) else raw) if raw else None

    def plain(self, raw: Any) -> Any:
        read = self.decode(raw, None)
        if self.many:
            return [one.email or one.id for one in read]
        return (read.email or read.id) if read else None

    def clean(self, value: Any) -> Any:
        if not self.many:
            return self.clean_operand(value)
        if isinstance(value, str | Person | Mapping) or not isinstance(value, Iterable):
            raise self.refuse(value, f"a list, each item {self.python}")
        return [self.clean_operand(one) for one in value]

    def clean_operand(self, value: Any) -> Any:
        if isinstance(value, Person):
            return value
        if not isinstance(value, str):
            raise self.refuse(value)
        return Person(email=value) if "@" in value else Person(id=value)

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        if self.many:
            return [_spelled(one, dialect.user_write) for one in value]
        return _spelled(value, dialect.user_write)

    def to_filter(self, operand: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return operand.id or operand.email

    def comparable(self, value: Any) -> Any:
        return [self.comparable_operand(one) for one in value] if self.many else self.comparable_operand(value)

    def comparable_operand(self, operand: Person) -> Any:
        return Names(name.casefold() for name in (operand.id, operand.email) if name)


class User(PersonField[P], MutableField[P], Generic[P, W]):
    """A user, or several: ``Person | None``, or a list of ``Person`` with ``many=True``.

    In annotations, ``User[Person | None]`` or ``User[list[Person], Iterable[Person | str]]``.

    Args:
        id: The field's id in Softr.
        many: Whether the field allows several users (``allowMultipleEntries``).
        required: Whether the table requires a value.
        **common: As every field.
    """

    api_type = "USER"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: User[Person | None],
            id: str | None = None,
            *,
            many: Literal[False] = False,
            required: bool = False,
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: User[list[Person], Iterable[Person | str]],
            id: str | None = None,
            *,
            many: Literal[True],
            required: bool = False,
            **common: Unpack[Common],
        ) -> None: ...

    def __init__(self, id: str | None = None, *, many: bool = False, required: bool = False, **common: Any) -> None:
        super().__init__(id, required=required, **common)
        self.many = self.mutable = many
        self.family = Family.MANY_NAMED if many else Family.ONE_NAMED

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> Self: ...
        @overload
        def __get__(self: User[list[Person], Any], instance: object, owner: type) -> EditableList[Person]: ...
        @overload
        def __get__(self, instance: object, owner: type) -> P: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...
        # One signature, not overloads: a class with dataclass_transform takes its constructor's keywords from it.
        def __set__(self, instance: object, value: W | str) -> None: ...  # type: ignore[override]

    else:

        def __class_getitem__(cls, types):  # noqa: ANN001, ANN204
            # The default of W, which typing knows from Python 3.13 on.
            return super().__class_getitem__(types if isinstance(types, tuple) else (types, types))


class CreatedBy(PersonField[Person | None]):
    """Who created the record; the service fills it in."""

    api_type = "CREATED_BY"
    writable = False

    if TYPE_CHECKING:

        def __set__(self, instance: object, value: Never) -> None: ...  # type: ignore[override]


class UpdatedBy(PersonField[Person | None]):
    """Who last changed the record; the service fills it in."""

    api_type = "UPDATED_BY"
    writable = False

    if TYPE_CHECKING:

        def __set__(self, instance: object, value: Never) -> None: ...  # type: ignore[override]


def _person(raw: Any) -> Person:
    if isinstance(raw, Mapping):
        return Person(raw.get("id"), raw.get("name"), raw.get("email"), raw.get("avatarUrl"))
    text = str(raw)
    return Person(email=text) if "@" in text else Person(id=text)


def _spelled(person: Person, spelling: str) -> Any:
    if spelling == "object":
        known = {"id": person.id, "name": person.name, "email": person.email, "avatarUrl": person.avatar_url}
        return {key: value for key, value in known.items() if value is not None}
    return (person.email or person.id) if spelling == "email" else (person.id or person.email)
