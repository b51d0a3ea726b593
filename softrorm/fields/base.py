"""Field: what every field type shares.

A field is a non-data descriptor over the raw wire dict: the first read decodes the value and leaves it in the
instance's dict, where every later read finds it without coming here. Assignment goes through the model. A field type
overrides a handful of small methods: decode, encode, check, operand, to_filter, and what empty is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Never, Self, TypeVar, overload

from softrorm.client.errors import InvalidQuery, InvalidValue, ReadOnlyField
from softrorm.query.columns import Column
from softrorm.query.operators import Family, nearest

if TYPE_CHECKING:
    from softrorm.client.dialect import Dialect
    from softrorm.query.operators import Operator
    from softrorm.query.protocols import BindingLike

T = TypeVar("T")
G = TypeVar("G")
S = TypeVar("S")


_HOT = ("__get__", "unchanged")


def _adaptable(kind: type, name: str) -> FunctionType:
    """A method that a field type has by its bases, with a code object of its own.

    The interpreter adapts code to the one type that it keeps meeting. Reading and looking for changes are the hottest
    paths there are, and code that all field types share meets a dozen: with code of its own for each, a first read
    takes a sixth less.
    """
    found = (vars(base).get(name) for base in kind.__mro__)
    method = next(one for one in found if isinstance(one, FunctionType) and not hasattr(one, "_is_copy"))
    own = FunctionType(method.__code__.replace(), method.__globals__, name, method.__defaults__, method.__closure__)
    own.__qualname__, own.__doc__ = method.__qualname__, method.__doc__
    own._is_copy = True  # type: ignore[attr-defined]
    return own


def _no_argument(kind: type, given: str) -> str:
    from inspect import signature  # only when something is wrong already

    known: dict[str, None] = {}
    for base in kind.__mro__:
        if "__init__" in vars(base) and base is not object:
            named = (
                one for one in signature(vars(base)["__init__"]).parameters.values() if one.kind is not one.VAR_KEYWORD
            )
            known |= dict.fromkeys(one.name for one in named if one.name != "self")
    return (
        f"{kind.__name__} has no argument {given!r}.{nearest(given, known)} Its arguments are {', '.join(known)}; what "
        "else the API knows of the type goes into options={...}, spelled as in the API document."
    )


class Field(Generic[T]):
    """A field of a table, as an attribute of a model.

    ``Task.due`` is the field and builds conditions; ``task.due`` is the value.

    Args:
        id: The field's five-character id in Softr. Left out, the field is found by name.
        name: The field's name in Softr; unless given, the attribute in words (``due_date`` is "Due date").
        required: Whether the table requires a value; the attribute's type is then never ``None``.
        description: The field's description, used when the table is created from the model.
        default: The default that the table gives when a create leaves the field out, used when the table is
            created from the model.
        options: Options of the type beyond the keyword ones, spelled as in the API document, used when the table
            is created from the model.
    """

    api_type: ClassVar[str] = ""
    """The API's name of the type."""
    family: Family = Family.RAW
    """Which operators its conditions take."""
    column: Column = Column.JSON
    """What one of its values is in a data frame."""
    key: str = ""
    """The key of the record object that holds it, where that is not one of the record's fields."""
    writable: ClassVar[bool] = True
    """Whether records may be written with it; computed types are read-only."""
    many: bool = False
    """Whether a cell holds several values (``allowMultipleEntries``)."""
    mutable: bool = False
    """Whether a value can be edited in place, so that reading it may lead to a change."""
    python: ClassVar[str] = "a value"
    """What the field takes, in messages."""

    attribute: str = ""
    model: Any = None

    def __init__(
        self,
        id: str | None = None,
        *,
        name: str | None = None,
        required: bool = False,
        description: str | None = None,
        default: Any = None,
        options: Mapping[str, Any] | None = None,
        **unknown: Never,
    ) -> None:
        if unknown:
            raise TypeError(_no_argument(type(self), next(iter(unknown))))
        if id is not None and not re.fullmatch(r"\w{1,40}", id):
            # Names have blanks; what has braces, brackets or operators is the text of a formula.
            is_formula = self.api_type == "FORMULA" and re.search(r"[{}()\[\]+*/<>=&\"]", id)
            right = "give its text" if is_formula else "declare by name"
            keyword = "formula" if is_formula else "name"
            raise InvalidValue(
                f"{type(self).__name__}({id!r}): a field id is five letters and digits, such as 'kl5nP'. "
                f"To {right}, write {type(self).__name__}({keyword}={id!r})."
            )
        self.id = id
        self.name = name or ""
        self.is_named = bool(name)  # else it is called after the attribute, if it has no id
        self.required = required
        self.description = description
        self.default = default
        self.options: dict[str, Any] = dict(options or {})

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in _HOT:
            if name not in vars(cls):
                setattr(cls, name, _adaptable(cls, name))

    def __set_name__(self, owner: type, name: str) -> None:
        self.attribute = name
        self.model = owner
        self.name = self.name or words(name)

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> Self: ...
        @overload
        def __get__(self, instance: object, owner: type) -> T: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...

        # Only for type checkers: at run time a field has no __set__, so that values in the
        # instance's dict shadow it; the model's __setattr__ checks assignments.
        def __set__(self, instance: object, value: T) -> None: ...

    else:

        def __get__(self, instance, owner):  # noqa: ANN001, ANN204
            if instance is None:
                return self
            try:
                raw = instance._record["fields"][self.id or instance._context.ids[self.attribute]]
            except (TypeError, KeyError):
                return instance._unread(self)
            value = self.empty() if raw is None else self.decode(raw, instance)
            instance.__dict__[self.attribute] = value
            return value

    # --- values ---------------------------------------------------------------------------------

    def decode(self, raw: Any, instance: Any) -> Any:
        """The Python value of a raw one that is not null.

        Args:
            raw: The JSON value.
            instance: The model instance that it is read on; links need to know it, other types do not.
        """
        del instance
        return raw

    def plain(self, raw: Any) -> Any:
        """A raw value that is not null in Python's own types, for dicts and data frames.

        Choices are their labels, links ids, persons addresses, files dicts: what filters and assignments take as well.
        """
        return self.decode(raw, None)

    def worded(self, raw: Any) -> Any:
        """As :meth:`plain`, with links as people see them: by their labels."""
        return self.plain(raw)

    @property
    def lists(self) -> bool:
        """Whether the cells of its column in a data frame are lists."""
        return self.many and self.column is not Column.JSON

    def unchanged(self, value: Any, raw: Any, instance: Any) -> bool:
        """Whether a current value is what the raw one reads as."""
        return bool(value == (self.empty() if raw is None else self.decode(raw, instance)))

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        """The JSON that a write sends for a checked value."""
        del dialect, binding
        return value

    def encode_blank(self) -> Any:
        """The JSON that empties a cell."""
        return None

    def empty(self) -> Any:
        """What an empty cell reads as."""
        return [] if self.many else None

    def is_blank(self, value: Any) -> bool:
        """Whether a cell with this value is empty to a filter."""
        return value is None or (not value and isinstance(value, str | list | tuple | set))

    def check(self, value: Any) -> T:
        """The value as it will be kept, or an error.

        Raises:
            InvalidValue: The field cannot hold it; the message names attribute, value and what would be right.
            ReadOnlyField: The service computes the field.
        """
        if not self.writable:
            raise ReadOnlyField(
                f"{self.label} is a {self.api_type} field: the service computes it, and it cannot be set to {value!r}."
            )
        if self.is_blank(value):
            if self.required:
                raise InvalidValue(f"{self.label} is required and cannot be emptied with {value!r}.")
            return self.empty()  # type: ignore[no-any-return]
        return self.clean(value)

    def clean(self, value: Any) -> T:
        """The checked form of a value that is not empty; raises what :meth:`refuse` makes."""
        return value  # type: ignore[no-any-return]

    def refuse(self, value: Any, right: str = "", hint: str = "") -> InvalidValue:
        """The error for a value that the field cannot hold, with what would be right and a sentence on how."""
        return InvalidValue(f"{self.label} takes {right or self.python}, not {shown(value)}.{hint}")

    def unreadable(self, raw: Any) -> InvalidValue:
        """The error for a raw value that is none of the field's type."""
        return InvalidValue(
            f"{self.label}: the service answered {shown(raw)}, which cannot be read as {self.python}; "
            "declare the field as fields.Raw() to read it as it is."
        )

    def detached(self, value: Any) -> Any:
        """A value that edits of the given one in place do not reach."""
        return list(value) if isinstance(value, list) else value

    # --- filters --------------------------------------------------------------------------------

    def takes(self, operator: Operator) -> bool:
        """Whether conditions on the field may use an operator."""
        return operator.takes(self.family)

    def operands(self, operator: Operator, values: list[Any]) -> tuple[Any, ...]:
        """Check the right-hand values of an operator that takes a list or two bounds."""
        return tuple(self.operand(operator, one) for one in values)

    def operand(self, operator: Operator, value: Any) -> Any:
        """Check one right-hand value; raises InvalidQuery saying what would be right."""
        try:
            return self.clean_operand(value)
        except InvalidValue as error:
            raise InvalidQuery(str(error).replace(self.label, f"{self.label}__{operator.lookup}", 1)) from None

    def clean_operand(self, value: Any) -> Any:
        """The checked form of a right-hand value; what may be stored may be asked for, unless overridden."""
        return self.clean(value)

    def to_filter(self, operand: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        """What stands for a checked value in a search body."""
        return self.encode(operand, dialect, binding)

    def comparable(self, value: Any) -> Any:
        """A cell's value as the table of operators compares it."""
        return value

    def comparable_operand(self, operand: Any) -> Any:
        """A checked right-hand value as the table of operators compares it."""
        return self.comparable(operand)

    # --- description ----------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """The field in messages: ``Task.due``, with its id or name where it has no model yet."""
        if self.model is None:
            return f"{type(self).__name__}({self.id or self.name!r})"
        return f"{self.model.__name__}.{self.attribute}"

    def schema_options(self) -> dict[str, Any]:
        """The options that a create of this field sends."""
        return dict(self.options)

    def __repr__(self) -> str:
        where = f"{self.id!r}" if self.id else f"name={self.name!r}" if self.name else ""
        return f"<{self.label}: {type(self).__name__}({where})>"

    def __copy__(self) -> Self:
        # Not by __reduce__, which would answer the very same field.
        copied = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        return copied

    def __reduce__(self) -> tuple[Any, ...] | str:
        if self.model is None:
            return super().__reduce__()
        return getattr, (self.model, self.attribute)


class Computed(Field[T]):
    """What the fields share whose values the service works out: an attribute that nobody may set."""

    writable = False
    said: ClassVar[Mapping[str, str]] = {}
    """The options that a declaration gives as keywords of its own, by keyword."""

    if TYPE_CHECKING:

        def __set__(self, instance: object, value: Never) -> None: ...  # type: ignore[override]


class Assignable(Generic[G, S]):
    """What an attribute reads as, and what it takes, for fields that take more than they give.

    One class has to say both: else pyright believes that ``task.status`` stays the text that was assigned.
    """

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> Self: ...
        @overload
        def __get__(self, instance: object, owner: type) -> G: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...
        def __set__(self, instance: object, value: S) -> None: ...


class MutableField(Field[T]):
    """A field whose values can be edited in place: reading one may lead to a change, so a session holds the record."""

    mutable = True

    if not TYPE_CHECKING:

        def __get__(self, instance, owner):  # noqa: ANN001, ANN204
            if instance is None:
                return self
            if (unit := instance._context.unit) is not None and instance._record is not None:
                unit.touch(instance)
            try:
                raw = instance._record["fields"][self.id or instance._context.ids[self.attribute]]
            except (TypeError, KeyError):
                return instance._unread(self)
            value = self.empty() if raw is None else self.decode(raw, instance)
            instance.__dict__[self.attribute] = value
            return value


class PlainField(Field[T]):
    """A field whose values are their own raw ones, but for empty ones, so that reading takes no step in between."""

    if not TYPE_CHECKING:

        def __get__(self, instance, owner):  # noqa: ANN001, ANN204
            if instance is None:
                return self
            try:
                value = instance._record["fields"][self.id or instance._context.ids[self.attribute]]
            except (TypeError, KeyError):
                return instance._unread(self)
            if not value:
                value = self.empty() if value is None else self.decode(value, instance)
            instance.__dict__[self.attribute] = value
            return value


def words(attribute: str) -> str:
    """An attribute in words, as Softr names fields: ``due_date`` is "Due date"."""
    text = attribute.strip("_").replace("_", " ")
    return text[:1].upper() + text[1:]


def shown(value: Any) -> str:
    """A value and its type, short enough for a message."""
    text = repr(value)
    if len(text) > 80:
        text = text[:77] + "..."
    return f"{text} ({type(value).__name__})"
