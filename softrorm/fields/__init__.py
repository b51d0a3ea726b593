"""One class per field type of Softr Databases: ``from softrorm import fields``."""

from typing import TYPE_CHECKING, Any

from softrorm.fields.attachment import Attachment, File
from softrorm.fields.base import Field
from softrorm.fields.choice import Checkbox, Choice, Choices, MultiSelect, Select
from softrorm.fields.computed import Autonumber, Button, Count, CreatedAt, RecordId, UpdatedAt
from softrorm.fields.derived import Formula, Lookup, Rollup
from softrorm.fields.factory import from_schema
from softrorm.fields.link import LinkedRecord, LinkedRecords
from softrorm.fields.number import Currency, Duration, Number, Percent, Progress, Rating
from softrorm.fields.person import CreatedBy, Person, UpdatedBy, User
from softrorm.fields.raw import Raw
from softrorm.fields.temporal import Date, DateRange, DateSpan, DateTime, Time
from softrorm.fields.text import Address, Email, LongText, Phone, SingleLineText, Url

__all__ = [
    "Address",
    "Attachment",
    "Autonumber",
    "Button",
    "Checkbox",
    "Choice",
    "Choices",
    "Count",
    "CreatedAt",
    "CreatedBy",
    "Currency",
    "Date",
    "DateRange",
    "DateSpan",
    "DateTime",
    "Duration",
    "Email",
    "Field",
    "File",
    "Formula",
    "LinkedRecord",
    "LinkedRecords",
    "LongText",
    "Lookup",
    "MultiSelect",
    "Number",
    "Percent",
    "Person",
    "Phone",
    "Progress",
    "Rating",
    "Raw",
    "RecordId",
    "Rollup",
    "Select",
    "SingleLineText",
    "Time",
    "UpdatedAt",
    "UpdatedBy",
    "Url",
    "User",
    "from_schema",
]

if not TYPE_CHECKING:  # a checker would take it to mean that there is any name

    def __getattr__(name: str) -> Any:
        from softrorm.query.operators import nearest

        # People of Django write EmailField, and URL as one says it.
        said = name.removesuffix("Field").casefold()
        types = {one.casefold(): one for one in __all__}
        near = (
            f" Did you mean {types[said]!r}?"
            if said in types
            else nearest(name, [one for one in __all__ if one != "Field"])
        )
        raise AttributeError(f"module 'softrorm.fields' has no attribute {name!r}.{near}", name=name)
