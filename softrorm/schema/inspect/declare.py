"""Declaring: the annotation and the call that stand for a field of a schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from softrorm.fields.base import Computed, words
from softrorm.fields.choice import SelectField
from softrorm.fields.derived import Derived
from softrorm.fields.factory import from_schema
from softrorm.fields.link import LinkField
from softrorm.fields.number import Duration, NumberField, Rating
from softrorm.fields.person import User
from softrorm.fields.raw import Raw
from softrorm.fields.temporal import Temporal
from softrorm.fields.text import Text
from softrorm.schema.design import LINKED, OWN, names_in
from softrorm.schema.inspect.chosen import chosen
from softrorm.schema.inspect.layout import Call, Code

if TYPE_CHECKING:
    from softrorm.client.resources import TableField
    from softrorm.fields.base import Field

ANYTHING = "object"  # whoever reads it has to look what it is; Any would switch the checker off
UNLIMITED = 2147483647  # the length that texts made through the API may have (wire-facts 8.2)
STARS = 5  # what a rating goes up to unless told otherwise

VALUES: Mapping[str, str] = {
    **dict.fromkeys(("SingleLineText", "LongText", "Email", "Phone", "Url", "RecordId"), "str"),
    **dict.fromkeys(("Number", "Percent", "Progress", "Duration"), "int | float"),
    **dict.fromkeys(("Rating", "Count", "Autonumber"), "int"),
    **dict.fromkeys(("DateTime", "CreatedAt", "UpdatedAt"), "datetime:datetime"),
    **dict.fromkeys(("User", "CreatedBy", "UpdatedBy"), "softrorm.fields:Person"),
    "Currency": "decimal:Decimal",
    "Date": "datetime:date",
    "Time": "datetime:time",
    "DateRange": "softrorm.fields:DateSpan",
    "Select": "softrorm.fields:Choice",
    "MultiSelect": "softrorm.fields:Choice",
    "Attachment": "softrorm.fields:File",
    "Checkbox": "bool",
}
"""What one value of a field is to Python, by the field's class; for others it is whatever JSON holds."""


class Scope(Protocol):
    """What a declaration needs to know of the module that it stands in, and of the other tables."""

    def use(self, path: str) -> str:
        """The name that a module has here, or with a colon something in a module."""

    def model(self, table: str) -> str | None:
        """The class that stands for a table, which may stand further down."""

    def is_above(self, table: str, other: str) -> bool:
        """Whether the class of a table stands above that of another one."""

    def attribute(self, table: str, id: str) -> str | None:
        """The attribute that stands for a field."""

    def field(self, table: str, id: str) -> TableField | None:
        """A field of the schema."""

    def inverse(self, table: str, field: TableField) -> str | None:
        """The attribute at the other end of a link, where this end is to name it."""

    def enum(self, table: str, choices: Iterable[Mapping[str, Any]]) -> str | None:
        """The Enum of these choices that stands above the class of a table."""

    def member(self, enum: str, choice: Mapping[str, Any]) -> str | None:
        """The member of an Enum that stands for a choice."""


class Declaration:
    """The annotation and the call that stand for a field.

    Args:
        field: The field.
        table: The id of its table.
        attribute: Its attribute.
        scope: Where it will stand.

    Attributes:
        annotation: The annotation.
        call: The call.
    """

    def __init__(self, field: TableField, table: str, attribute: str, scope: Scope) -> None:
        self._wire = field
        self._table = table
        self._scope = scope
        made = made_of(field, scope)
        self.annotation = self._annotation(made)
        self.call = call = self._call(made)
        call.args.append(field.id)
        path = self._path(made) if isinstance(made, Computed) else {}
        name = {} if field.name == words(attribute) else {"name": field.name}
        call.keywords = {**name, **self._link(made), **path, **call.keywords}
        if made.required and made.writable:
            call.keywords["required"] = True
        if field.description:
            call.keywords["description"] = field.description
        if (default := self._default(made)) is not None:
            call.keywords["default"] = default
        if options := {**({} if path else self._named()), **self._listed(), **chosen(made)}:
            call.keywords["options"] = options

    # --- calls ----------------------------------------------------------------------------------

    def _call(self, made: Field[Any]) -> Call:
        """The call with what belongs to its type alone."""
        more: dict[str, Any] = {}
        match made:
            case LinkField():
                more["to"] = self._target(made)
            case SelectField():
                if enum := self._enum(made):
                    more["choices"] = Code(enum)
                if made.allow_new:
                    more["allow_new"] = True
            case Derived():
                if made.returns is not None:
                    more["returns"] = returned = self._call(made.returns)
                    if options := chosen(made.returns):
                        returned.keywords["options"] = options
                more |= {"many": True} if made.many else {}
            case Text():
                if made.max_length not in {None, UNLIMITED}:
                    more["max_length"] = made.max_length
            case Rating():
                more |= {"max": made.max} if made.max != STARS else {}
            case NumberField() if not isinstance(made, Duration):
                limits = {"precision": made.precision, "min": made.min, "max": made.max}
                more |= {key: value for key, value in limits.items() if value is not None}
            case User():
                more |= {"many": True} if made.many else {}
            case Raw():
                more |= {"type": made.api_type} | ({} if made.writable else {"writable": False})
        return Call(self._scope.use(f"softrorm.fields:{type(made).__name__}"), keywords=more)

    def _target(self, link: LinkField[Any]) -> str:
        if link.to == self._table:
            return "self"
        name = self._scope.model(link.to) or ""
        return Code(name) if self._scope.is_above(link.to, self._table) else name

    def _link(self, made: Field[Any]) -> dict[str, Any]:
        """What a link says before all others, so that its two ends stand side by side."""
        inverse = self._scope.inverse(self._table, self._wire) if isinstance(made, LinkField) else None
        return {"to": self._target(made), "inverse": inverse} if inverse and isinstance(made, LinkField) else {}

    def _enum(self, select: SelectField[Any]) -> str | None:
        choices = select.options.get("choices") or ()
        return self._scope.enum(self._table, choices) if choices else None

    # --- references -----------------------------------------------------------------------------

    def _references(self) -> dict[str, tuple[str, str | None]]:
        """The options that name one field each, with its id and its attribute."""
        options = self._wire.options.to_wire()
        link = self._scope.field(self._table, options.get("linkedRecordFieldId") or "")
        target = (link.options.get("linkedTableId") if link else None) or ""
        return {
            key: (id, self._scope.attribute(table, id))
            for keys, table in ((OWN, self._table), (LINKED, target))
            for key in keys
            if isinstance(id := options.get(key), str) and id
        }

    def _path(self, made: Computed[Any]) -> dict[str, Any]:
        """What a computed field is made of, by the keywords of its type; a LOOKUP names attributes or nothing."""
        named = self._references()
        options = {**self._wire.options.to_wire(), **{key: attribute or id for key, (id, attribute) in named.items()}}
        path = {keyword: options[key] for keyword, key in made.said.items() if options.get(key)}
        if self._wire.type == "LOOKUP" and not all(named.get(key, ("", None))[1] for key in made.said.values()):
            return {}
        return path

    def _named(self) -> dict[str, Any]:
        """The options that name a field, with its attribute where it has one."""
        return {key: attribute or id for key, (id, attribute) in self._references().items()}

    def _listed(self) -> dict[str, Any]:
        """The options that name fields in a list."""
        options = self._wire.options.to_wire()
        return {
            key: [self._scope.attribute(self._table, id) or id for id in ids]
            for key in OWN
            if isinstance(ids := options.get(key), list) and ids and not self._is_written(key, ids)
        }

    def _is_written(self, key: str, ids: list[str]) -> bool:
        """Whether the text of a formula names just these fields, so that nothing else needs to."""
        if self._wire.type != "FORMULA" or key != "referencedFieldIds":
            return False
        known = [self._scope.field(self._table, id) for id in ids]
        return names_in(self._wire.options.get("formula") or "") == [field.name if field else None for field in known]

    # --- values ---------------------------------------------------------------------------------

    def _default(self, made: Field[Any]) -> Any:
        """The default as a declaration says it; ``None`` where there is none that it could."""
        value = self._wire.default_value
        if isinstance(made, SelectField) and isinstance(value, Mapping):
            enum = self._enum(made)
            member = self._scope.member(enum, value) if enum else None
            one = Code(f"{enum}.{member}") if member else value.get("label")
            return [one] if made.many and one else one
        if isinstance(made, Temporal) and str(value).lower() != "now":
            return None
        return value if isinstance(value, bool | int | float | str) and made.writable else None

    def _annotation(self, made: Field[Any]) -> str:
        kind = self._scope.use(f"softrorm.fields:{type(made).__name__}")
        if isinstance(made, Derived):
            return f"{kind}[{self._result(made)}]"
        match made:
            case SelectField() if self._enum(made) or (made.required and not made.many):
                one_or_none = not made.many and not made.required
            case LinkField():
                one_or_none = not made.many and not made.required
            case User():
                one_or_none = not made.many
            case Text() | NumberField() | Temporal() if made.required and made.writable:
                one_or_none = False
            case _:
                return kind
        value = self._value(made)
        if one_or_none:
            return f"{kind}[{value} | None]"
        return f"{kind}[list[{value}]]" if isinstance(made, User) else f"{kind}[{value}]"

    def _result(self, made: Derived[Any]) -> str:
        """What the values of a computed field are."""
        returns = made.returns
        if returns is None:
            return ANYTHING
        value = self._value(returns)
        if made.many or returns.many:
            return f"list[{value}]"
        known = type(returns).__name__ in VALUES or isinstance(returns, LinkField)
        return value if type(returns).__name__ == "Checkbox" or not known else f"{value} | None"

    def _value(self, made: Field[Any]) -> str:
        """What one value of a field is to Python."""
        if isinstance(made, LinkField):
            return self._scope.model(made.to) or ""
        if isinstance(made, SelectField) and (enum := self._enum(made)):
            return enum
        value = VALUES.get(type(made).__name__, ANYTHING)
        return self._scope.use(value) if ":" in value else value


def made_of(field: TableField, scope: Scope) -> Field[Any]:
    """The field that a schema describes; a link whose table is gone, and what returns one, is :class:`Raw`."""
    made = _known(from_schema(field), scope)
    if isinstance(made, Derived) and made.returns is not None:
        made.returns = _known(made.returns, scope)
    return made


def _known(made: Field[Any], scope: Scope) -> Field[Any]:
    if isinstance(made, LinkField) and scope.model(made.to) is None:
        return Raw(made.id, name=made.name, type=made.api_type)
    return made
