"""What a query needs to know of a field and of a binding: the floors above provide it.

The query floor stands below fields and models, so it meets them only through these protocols.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.dialect import Dialect
    from softrorm.client.errors import InvalidValue
    from softrorm.query.columns import Column
    from softrorm.query.operators import Family, Operator


class FieldLike(Protocol):
    """A field as conditions, the compiler and ``matches()`` see it."""

    @property
    def attribute(self) -> str:
        """The name of the model's attribute."""

    @property
    def label(self) -> str:
        """The field in messages: ``Task.due``."""

    @property
    def family(self) -> Family:
        """Which operators it takes."""

    @property
    def model(self) -> Any:
        """The class that has the field."""

    @property
    def column(self) -> Column:
        """What one of its values is in a data frame."""

    @property
    def lists(self) -> bool:
        """Whether the cells of its column in a data frame are lists."""

    @property
    def key(self) -> str:
        """The key of the record object that holds it, where that is not one of the record's fields."""

    def plain(self, raw: Any) -> Any:
        """A raw value that is not null in Python's own types."""

    def worded(self, raw: Any) -> Any:
        """The same, with links by their labels."""

    def empty(self) -> Any:
        """What an empty cell reads as."""

    def unreadable(self, raw: Any) -> InvalidValue:
        """The error for a value that is none of the field's type."""

    def takes(self, operator: Operator) -> bool:
        """Whether conditions on the field may use an operator."""

    def operand(self, operator: Operator, value: Any) -> Any:
        """Check one right-hand value; raises InvalidQuery saying what would be right."""

    def operands(self, operator: Operator, values: list[Any]) -> tuple[Any, ...]:
        """Check the right-hand values of an operator that takes several."""

    def to_filter(self, operand: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        """What stands for a checked value in a search body."""

    def is_blank(self, value: Any) -> bool:
        """Whether a cell with this value is empty."""

    def comparable(self, value: Any) -> Any:
        """A cell's value as the table's tests compare it."""

    def comparable_operand(self, operand: Any) -> Any:
        """A checked value as the table's tests compare it."""


class BindingLike(Protocol):
    """Where a model's records live for one client, and the ids of its fields there."""

    @property
    def client(self) -> Client:
        """The client that makes the requests."""

    @property
    def dialect(self) -> Dialect:
        """The dialect of the client, or of today's service where there is no client."""

    @property
    def database(self) -> str:
        """The id of the database."""

    @property
    def table(self) -> str:
        """The id of the table."""

    @property
    def ids(self) -> Mapping[str, str]:
        """Attribute to field id."""

    def naming(self, model: type[Any]) -> AbstractContextManager[None]:
        """Let errors of the service in the block name the model's attribute."""

    def choice_id(self, attribute: str, label: str) -> str | None:
        """The id of a choice, where the schema has been read."""
