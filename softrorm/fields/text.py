"""Text fields: SINGLE_LINE_TEXT, LONG_TEXT, EMAIL, PHONE, URL.

An empty text and null are one on the wire (wire-facts 4.1), and so they are here: ``None``, or ``""`` where the
field is required and holds nothing all the same. Comparison ignores case, as the API document says of all text
conditions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from softrorm.client.errors import InvalidValue
from softrorm.fields.base import MutableField, PlainField
from softrorm.fields.expressions import Equality, Membership, Presence, TextSearch
from softrorm.fields.keywords import TextKeywords
from softrorm.query.columns import Column
from softrorm.query.operators import Family

if TYPE_CHECKING:
    from typing_extensions import TypeVar as _TypeVar

    S = _TypeVar("S", bound=str | None, default=str | None)
else:
    S = TypeVar("S")


class Text(PlainField[S], Presence, Equality[str], Membership[str], TextSearch):
    """What the text types share; a model uses one of the types below.

    Args:
        id: The field's id in Softr.
        required: Whether the table requires a text; the attribute is then ``str``, never ``None``.
        max_length: The most characters the field takes; longer text is refused at assignment.
        **common: As every field: ``name``, ``description``, ``default``, ``options``.
    """

    family = Family.TEXT
    column = Column.TEXT
    python = "text"
    __hash__ = object.__hash__

    def __init__(
        self, id: str | None = None, *, required: bool = False, max_length: int | None = None, **common: Any
    ) -> None:
        super().__init__(id, required=required, **common)
        if max_length is not None and max_length < 1:
            raise InvalidValue(f"{type(self).__name__}(max_length={max_length}): the least is 1.")
        self.max_length = max_length

    def decode(self, raw: Any, instance: Any) -> Any:
        return raw or self.empty()

    def empty(self) -> Any:
        return "" if self.required else None

    def check(self, value: Any) -> Any:
        # Assignment is a hot path: what needs no further look is taken at once.
        return value if type(value) is str and value and self.max_length is None else super().check(value)

    def clean(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise self.refuse(value)
        value = str.__str__(value)  # the text itself, also of a member of an Enum
        if self.max_length is not None and len(value) > self.max_length:
            raise self.refuse(value, f"at most {self.max_length} characters", f" It has {len(value)}.")
        return value

    def clean_operand(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse(value)
        return str.__str__(value)

    def comparable(self, value: str) -> str:
        return value.casefold()

    def schema_options(self) -> dict[str, Any]:
        return {**({"maxLength": self.max_length} if self.max_length is not None else {}), **self.options}


class SingleLineText(Text[S]):
    """One line of text: ``str | None``."""

    api_type = "SINGLE_LINE_TEXT"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: SingleLineText[str], id: str | None = None, *, required: Literal[True], **more: Unpack[TextKeywords]
        ) -> None: ...
        @overload
        def __init__(
            self: SingleLineText[str | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            **more: Unpack[TextKeywords],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class LongText(Text[S]):
    """Text of several lines; its ``options["type"]`` is TEXT, HTML or MARKDOWN: ``str | None``."""

    api_type = "LONG_TEXT"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: LongText[str], id: str | None = None, *, required: Literal[True], **more: Unpack[TextKeywords]
        ) -> None: ...
        @overload
        def __init__(
            self: LongText[str | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            **more: Unpack[TextKeywords],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class Email(Text[S]):
    """An email address; the service does not check that it is one: ``str | None``."""

    api_type = "EMAIL"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Email[str], id: str | None = None, *, required: Literal[True], **more: Unpack[TextKeywords]
        ) -> None: ...
        @overload
        def __init__(
            self: Email[str | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            **more: Unpack[TextKeywords],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class Phone(Text[S]):
    """A phone number: ``str | None``."""

    api_type = "PHONE"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Phone[str], id: str | None = None, *, required: Literal[True], **more: Unpack[TextKeywords]
        ) -> None: ...
        @overload
        def __init__(
            self: Phone[str | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            **more: Unpack[TextKeywords],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class Url(Text[S]):
    """A web address: ``str | None``."""

    api_type = "URL"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Url[str], id: str | None = None, *, required: Literal[True], **more: Unpack[TextKeywords]
        ) -> None: ...
        @overload
        def __init__(
            self: Url[str | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            **more: Unpack[TextKeywords],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class Address(MutableField[Any], Presence, Equality[str], Membership[str], TextSearch):
    """A postal address (2025 document). Its shape on the wire is not published: text or an object, kept as it is."""

    api_type = "ADDRESS"
    family = Family.TEXT
    column = Column.TEXT
    python = "text or a dict"
    __hash__ = object.__hash__

    def decode(self, raw: Any, instance: Any) -> Any:
        return dict(raw) if isinstance(raw, dict) else raw

    def clean(self, value: Any) -> Any:
        if not isinstance(value, str | dict):
            raise self.refuse(value)
        return value

    def clean_operand(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse(value, "text in a filter")
        return value

    def plain(self, raw: Any) -> str:
        return raw if isinstance(raw, str) else ", ".join(str(part) for part in raw.values() if part)

    def comparable(self, value: Any) -> str:
        return self.plain(value).casefold()
