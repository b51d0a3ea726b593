"""Dialect: the API's versioned or uncertain habits, in one frozen object.

What the 2025 document and today's service do differently, and what nobody has been able to verify,
is a switch here and nowhere else. The client and the mapper read the switches that shape a request;
the sandbox reads all of them, so that a program can be tried against every position.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args, get_origin, get_type_hints

from softrorm.client.errors import ConfigurationError

if TYPE_CHECKING:
    from os import PathLike

VARIABLE = "SOFTR_DIALECT"

OPERATORS_2025 = frozenset(
    "AND OR IS IS_NOT GREATER_THAN GREATER_THAN_OR_EQUALS LESS_THAN LESS_THAN_OR_EQUALS CONTAINS DOES_NOT_CONTAIN"
    " STARTS_WITH DOES_NOT_START_WITH ENDS_WITH DOES_NOT_END_WITH IS_ONE_OF IS_NOT_ONE_OF HAS_ALL_OF HAS_NONE_OF"
    " IS_EMPTY IS_NOT_EMPTY IS_BETWEEN IS_NOT_BETWEEN".split()
)
OPERATORS_CURRENT = OPERATORS_2025 | {"IS_WITHIN", "IS_NOT_WITHIN", "HAS_ANY_OF"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one version of the Softr Database API spells things.

    ``Dialect.CURRENT`` (the default) follows wire-facts section 14; ``Dialect.JUNE_2025`` follows the
    document of June 2025 to the letter. ``dataclasses.replace`` makes a variant of either; ``softrorm probe`` finds out
    the dialect of a live account and writes it into a file, which ``Client(dialect="softr-dialect.json")`` loads.

    Attributes:
        name: How the dialect is called in messages.
        update_method: The verb of a record update (wire-facts 5.1: PUT left the documents in February 2026).
        sort_key: The key of the ordering in a search body (wire-facts 14: ``sorting`` is what clients send).
        page_size: The most rows one answer holds.
        over_page_size: What a larger ``limit`` does (wire-facts 9: a silent clamp; unverified).
        limit_echo: What ``metadata.limit`` then shows (wire-facts 16.3: unknown).
        default_limit: Rows in an answer when no ``limit`` is sent (10 or 20, wire-facts 14).
        operators: The operators that a search understands.
        select_filter: What a filter on a SELECT carries when both are known (wire-facts 10).
        number_filter: How numbers stand in filters: JSON numbers, or text as in the 2025 examples.
        system_date_filter: How ``created_at`` and ``updated_at`` are compared: epoch milliseconds, or ISO text.
        negatives_match_empty: Whether IS_NOT, DOES_NOT_CONTAIN, ... match an empty cell. ``None``: not known, so
            ``~`` adds IS_EMPTY, which is right either way; the sandbox then answers as for ``True``.
        nulls: Where empty cells stand in an ascending order (wire-facts 16.4: unknown).
        select_write: What a write of a SELECT carries when both are known (wire-facts 5.2).
        link_write: Links are written as ids, or as the ``{"id", "label"}`` objects of the 2025 document.
        attachment_write: A single attachment is written as a one-element list, or alone as in the 2025 document.
        stored_file_write: How a file that is there already is written again with its list: by its link alone, so that
            the service downloads it anew, or with its id (nobody has published whether the id is taken).
        user_write: How a person is written: by id, by email, or as an object (wire-facts 16.7: unknown).
        null_takes_default: Whether ``null`` in a create asks for the field's default (wire-facts 5.1: unknown).
        unknown_field: What a write with an unknown field id does (wire-facts 16.5: documented as an error).
        read_only_field: What a write to a computed field does (wire-facts 16.5: unknown).
        names_as_keys: Whether a write may name fields instead of giving their ids (wire-facts 14: no).
        record_table_id: Whether a record carries ``tableId`` (wire-facts 4: in documents only).
        create_status: The status of a successful create (wire-facts 14).
        reads_per_second: The budget of GET and search requests per token (wire-facts 13).
        writes_per_second: The budget of all other requests per token.
        shared_budget: Whether reads and writes draw on one budget, as the 2025 document says.
    """

    name: str = "current"
    update_method: Literal["PATCH", "PUT"] = "PATCH"
    sort_key: Literal["sorting", "sort"] = "sorting"
    page_size: int = 200
    over_page_size: Literal["clamp", "error"] = "clamp"
    limit_echo: Literal["requested", "clamped"] = "requested"
    default_limit: int = 20
    operators: frozenset[str] = OPERATORS_CURRENT
    select_filter: Literal["id", "label"] = "id"
    number_filter: Literal["number", "string"] = "number"
    system_date_filter: Literal["millis", "iso"] = "millis"
    negatives_match_empty: bool | None = None
    nulls: Literal["first", "last"] | None = None
    select_write: Literal["id", "label"] = "id"
    link_write: Literal["ids", "objects"] = "ids"
    attachment_write: Literal["list", "single"] = "list"
    stored_file_write: Literal["url", "id"] = "url"
    user_write: Literal["id", "email", "object"] = "id"
    null_takes_default: bool = False
    unknown_field: Literal["error", "ignore"] = "error"
    read_only_field: Literal["error", "ignore"] = "error"
    names_as_keys: bool = False
    record_table_id: bool = False
    create_status: Literal[200, 201] = 200
    reads_per_second: float = 40
    writes_per_second: float = 30
    shared_budget: bool = False

    CURRENT: ClassVar[Dialect]
    JUNE_2025: ClassVar[Dialect]

    def to_json(self) -> str:
        """The switches as JSON text, each by its name, for :meth:`from_json`. Makes no request."""
        switches = {one.name: getattr(self, one.name) for one in fields(self)}
        return json.dumps({**switches, "operators": sorted(self.operators)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Dialect:
        """Read a dialect from what :meth:`to_json` wrote. Makes no request.

        Args:
            text: A JSON object of switches; those that are left out are as in ``Dialect.CURRENT``.

        Returns:
            The dialect.

        Raises:
            ConfigurationError: The text is no such object, or a switch is not known or cannot stand so.
        """
        try:
            given = json.loads(text)
        except ValueError as error:
            raise ConfigurationError(f"a dialect is a JSON object of switches; this is no JSON: {error}") from None
        if not isinstance(given, dict):
            raise ConfigurationError(f'a dialect is a JSON object such as {{"sort_key": "sorting"}}; got {given!r:.80}')
        if isinstance(operators := given.get("operators"), list):
            given["operators"] = frozenset(map(str, operators))
            if unknown := sorted(given["operators"] - OPERATORS_CURRENT):
                raise ConfigurationError(
                    f"the switch 'operators' of a dialect is a list of operators; {unknown[0]!r} is none; there are:"
                    f" {', '.join(sorted(OPERATORS_CURRENT))}"
                )
        hints = get_type_hints(cls)
        known = [one.name for one in fields(cls)]
        for name, value in given.items():
            if name not in known:
                names = ", ".join(known)
                raise ConfigurationError(
                    f"a dialect has no switch {name!r}; there are: {names} (a newer softrorm may have more)"
                )
            if not _fits(value, hints[name]):
                raise ConfigurationError(f"the switch {name!r} of a dialect is {_wording(hints[name])}; got {value!r}")
        return cls(**given)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Dialect:
        """Read a dialect from a JSON file. Makes no request.

        Args:
            path: The file, such as ``softrorm probe`` writes.

        Returns:
            The dialect.

        Raises:
            ConfigurationError: What it holds is no dialect.
            OSError: It cannot be read.
        """
        try:
            return cls.from_json(Path(path).read_text("utf-8"))
        except (ConfigurationError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{path}: {error}") from None


def dialect_of(said: Dialect | str | PathLike[str], where: str) -> Dialect:
    """The dialect that somebody means. Makes no request.

    Args:
        said: A dialect, the name of a preset, or the path of a file that ``softrorm probe`` wrote.
        where: Where it was said, for messages.

    Raises:
        ConfigurationError: It is neither, or no dialect is in the file.
        OSError: The file cannot be read.
    """
    if isinstance(said, Dialect):
        return said
    presets = {one.name: one for one in (Dialect.CURRENT, Dialect.JUNE_2025)}
    if not isinstance(said, str | os.PathLike):
        raise ConfigurationError(f"{where} takes a Dialect, the name of one, or a file of one; got {said!r}")
    if str(said) in presets:
        return presets[str(said)]
    if not Path(said).is_file():
        names = ", ".join(presets)
        raise ConfigurationError(
            f"{where} is {str(said)!r}, which is no file; give {names}, or the file that softrorm probe wrote"
        )
    return Dialect.load(said)


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value from JSON is of an annotated type; a boolean is no number."""
    if get_origin(hint) is Literal:
        return any(value == one and type(value) is type(one) for one in get_args(hint))
    if get_args(hint) and get_origin(hint) is not frozenset:
        return any(_fits(value, one) for one in get_args(hint))
    if hint is float:
        return type(value) in {int, float} and 0 < value < math.inf
    if hint is int:
        return type(value) is int and value > 0
    return isinstance(value, get_origin(hint) or hint)


def _wording(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(json.dumps(one) for one in get_args(hint))
    if get_origin(hint) is frozenset:
        return "a list of operators"
    if get_args(hint):
        return " or ".join(map(_wording, get_args(hint)))
    words = {bool: "true or false", str: "text", int: "a whole number above 0", float: "a number above 0"}
    return words.get(hint, "null")


Dialect.CURRENT = Dialect()
Dialect.JUNE_2025 = Dialect(
    name="june-2025",
    update_method="PUT",
    sort_key="sort",
    default_limit=10,
    operators=OPERATORS_2025,
    select_filter="label",
    number_filter="string",
    system_date_filter="iso",
    select_write="label",
    link_write="objects",
    attachment_write="single",
    record_table_id=True,
    reads_per_second=20,
    writes_per_second=20,
    shared_budget=True,
)
