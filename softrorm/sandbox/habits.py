"""Habits: the sandbox's own reading of a dialect.

The API has versions and open questions. The mapper keeps its position on each in a dialect object; the sandbox reads
the switches it understands off any such object by name, so that the two share no code and one can be wrong without
the other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

OPERATORS = frozenset(
    "AND OR IS IS_NOT GREATER_THAN GREATER_THAN_OR_EQUALS LESS_THAN LESS_THAN_OR_EQUALS CONTAINS DOES_NOT_CONTAIN"
    " STARTS_WITH DOES_NOT_START_WITH ENDS_WITH DOES_NOT_END_WITH IS_ONE_OF IS_NOT_ONE_OF HAS_ANY_OF HAS_ALL_OF"
    " HAS_NONE_OF IS_EMPTY IS_NOT_EMPTY IS_BETWEEN IS_NOT_BETWEEN IS_WITHIN IS_NOT_WITHIN".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How one sandbox answers where the API has versions or where nobody knows.

    Attributes:
        update_method: The documented verb of a record update. The other one is accepted too unless ``strict``: the
            facts do not say whether PUT still answers (wire-facts 5.1).
        sort_key: The key of a search body that orders it; the other key is ignored (wire-facts 14).
        page_size: The most rows one answer holds.
        over_page_size: Whether a larger ``limit`` is clamped in silence or refused (wire-facts 9).
        limit_echo: Which limit ``metadata`` shows after a clamp (wire-facts 16.3).
        default_limit: Rows in an answer to a request without a limit.
        operators: The operators a search understands.
        negatives_match_empty: Whether IS_NOT, DOES_NOT_CONTAIN, ... match an empty cell.
        nulls: Where empty cells stand in an ascending order; a descending one has them at the other end.
        null_takes_default: Whether ``null`` in a create asks for the field's default (wire-facts 16.9).
        unknown_field: Whether a write of an unknown field id is refused or ignored.
        read_only_field: Whether a write of a computed field is refused or ignored.
        names_as_keys: Whether a write may name its fields.
        record_table_id: Whether a record carries ``tableId``.
        create_status: The status of a successful create of a record.
        reads_per_second: The budget of GET and search per token, used by the rate policies.
        writes_per_second: The budget of everything else.
        shared_budget: Whether both draw on one budget of ``reads_per_second``.
        strict: Whether nothing but the form that one of the following names is taken, and the documented verb of an
            update; else all forms are, since the facts name programs that send each of them (wire-facts 5.2, 10).
        select_filter: How a filter on a SELECT names a choice.
        number_filter: How numbers stand in filters.
        system_date_filter: How ``created_at`` and ``updated_at`` are compared.
        select_write: How a write of a SELECT names a choice.
        link_write: Whether links are written as ids or as objects.
        attachment_write: Whether one attachment is written in a list or alone.
        stored_file_write: Whether the id of a file that is there already is taken, or its link alone.
        user_write: How a person is written.
    """

    update_method: Literal["PATCH", "PUT"] = "PATCH"
    sort_key: Literal["sorting", "sort"] = "sorting"
    page_size: int = 200
    over_page_size: Literal["clamp", "error"] = "clamp"
    limit_echo: Literal["requested", "clamped"] = "requested"
    default_limit: int = 20
    operators: frozenset[str] = OPERATORS
    negatives_match_empty: bool = True
    nulls: Literal["first", "last"] = "last"
    null_takes_default: bool = False
    unknown_field: Literal["error", "ignore"] = "error"
    read_only_field: Literal["error", "ignore"] = "error"
    names_as_keys: bool = False
    record_table_id: bool = False
    create_status: Literal[200, 201] = 200
    reads_per_second: float = 40
    writes_per_second: float = 30
    shared_budget: bool = False
    strict: bool = False
    select_filter: Literal["id", "label"] = "id"
    number_filter: Literal["number", "string"] = "number"
    system_date_filter: Literal["millis", "iso"] = "millis"
    select_write: Literal["id", "label"] = "id"
    link_write: Literal["ids", "objects"] = "ids"
    attachment_write: Literal["list", "single"] = "list"
    stored_file_write: Literal["url", "id"] = "url"
    user_write: Literal["id", "email", "object"] = "id"

    @classmethod
    def of(cls, dialect: Any) -> Habits:
        """Read the habits off a dialect.

        Args:
            dialect: Any object with some of the attributes above; one that is missing or ``None`` (not known)
                takes its default. ``None`` for all defaults.

        Returns:
            The habits.
        """
        given = {field.name: getattr(dialect, field.name, None) for field in fields(cls)}
        return cls(**{name: value for name, value in given.items() if value is not None})

    def only(self, switch: str) -> Any:
        """The one form that is taken, of those that a switch tells apart; ``None`` if all of them are."""
        return getattr(self, switch) if self.strict else None
