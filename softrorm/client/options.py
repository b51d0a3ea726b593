"""The options of each field type, as typed resources.

One class per type of the 2025 document and of the live service since (wire-facts 8.2), and the table that finds
it. Attributes are the JSON keys in snake case; unknown keys are kept, and options that do not fit their class,
or whose type nobody knows, stay an open :class:`Options`. Nothing is lost between reading and ``to_wire()``.
"""

from __future__ import annotations

from collections.abc import KeysView, Mapping
from typing import Any

from pydantic import (
    AliasChoices,
    Field,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from softrorm.client.resource import Resource


class Options(Resource):
    """The options of a field: typed where the type is known, and read like a dict by JSON key in any case."""

    def __getitem__(self, key: str) -> Any:
        return self.to_wire()[key]

    def __contains__(self, key: object) -> bool:
        return key in self.to_wire()

    def keys(self) -> KeysView[str]:
        """The JSON keys."""
        return self.to_wire().keys()

    def get(self, key: str, default: Any = None) -> Any:
        """The JSON value of a key."""
        return self.to_wire().get(key, default)


class Described(Resource):
    """What has a ``type`` and the options of that type: a field, or the returned field of a computed one.

    Attributes:
        type: The field type, such as ``SELECT``; a plain text, since the service may know more types.
        options: The options, of the class that :data:`OPTIONS_OF_TYPE` gives for the type.
        ai_options: How the field is filled by AI, as the service describes it.
    """

    type: str
    options: SerializeAsAny[Options] = Field(default_factory=Options)
    ai_options: dict[str, Any] | None = None

    @field_validator("options", mode="wrap")
    @classmethod
    def _typed(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        if isinstance(value, Options):
            return value
        value = {} if value is None else value
        try:
            return options_class(info.data.get("type")).model_validate(value, context=info.context)
        except ValidationError:
            # The service may change an option's shape; the schema must stay readable.
            return handler(value)


class SingleLineTextOptions(Options):
    """SINGLE_LINE_TEXT: lengths in characters."""

    min_length: int | None = None
    max_length: int | None = None


class LongTextOptions(Options):
    """LONG_TEXT: ``type`` is TEXT, HTML or MARKDOWN."""

    type: str | None = None


class CheckboxOptions(Options):
    """CHECKBOX has none."""


class EmailOptions(Options):
    """EMAIL has none."""


class UrlOptions(Options):
    """URL has none."""


class PhoneOptions(Options):
    """PHONE: how numbers are shown."""

    format: str | None = None
    country_code: str | None = None


class NumberOptions(Options):
    """NUMBER: digits after the point, bounds, and how it is shown."""

    precision: int | None = None
    min: int | float | None = None
    max: int | float | None = None
    show_thousand_separator: bool | None = None
    thousand_separator_locale: str | None = None
    large_number_abbreviation: str | None = None
    prefix: str | None = None
    suffix: str | None = None


class CurrencyOptions(NumberOptions):
    """CURRENCY: a number with an ISO 4217 code and its symbol."""

    iso_code: str | None = None
    custom_symbol: str | None = None
    show_as: str | None = None
    symbol_or_code_position: str | None = None


class PercentOptions(NumberOptions):
    """PERCENT: a number that may be shown as a bar or a ring."""

    progress_bar_color: str | None = None
    show_number: bool | None = None
    show_as: str | None = None


class RatingOptions(Options):
    """RATING: from 0 to ``max`` of a shape, STAR or HEART."""

    max: int | None = None
    shape: str | None = None


class ProgressOptions(Options):
    """PROGRESS: a number between two bounds."""

    min: int | float | None = None
    max: int | float | None = None


class DurationOptions(Options):
    """DURATION: the format in which it is shown."""

    format: str | None = None


class DateTimeOptions(Options):
    """DATETIME: ``precision`` is DATE or DATETIME; ``timezone`` counts when ``timezone_type`` is FIXED."""

    precision: str | None = None
    use_relative_datetime_format: bool | None = None
    timezone_type: str | None = None
    timezone: str | None = None


class DateOptions(DateTimeOptions):
    """DATE, which the service lists and does not create (wire-facts 8.3)."""


class TimeOptions(Options):
    """TIME has none."""


class DateRangeOptions(Options):
    """DATE_RANGE has none."""


class Choice(Resource):
    """One choice of a SELECT; a new one needs a label only, and the service makes its id."""

    id: str | None = None
    label: str
    color: str | None = None


class SelectOptions(Options):
    """SELECT: the choices; whether many may be chosen is ``TableField.allow_multiple_entries``."""

    choices: tuple[Choice, ...] = ()
    allow_to_add_new_choice: bool | None = None
    multi_color_mode: bool | None = None
    sorting: Any = None
    enforce_order: bool | None = None

    def choice(self, id_or_label: str) -> Choice | None:
        """The choice with this id, or else this label."""
        by_id = (choice for choice in self.choices if choice.id == id_or_label)
        by_label = (choice for choice in self.choices if choice.label == id_or_label)
        return next(by_id, None) or next(by_label, None)


class LinkedRecordOptions(Options):
    """LINKED_RECORD: the table it leads to, and the field there that leads back."""

    linked_table_id: str | None = None
    inverse_link_field_id: str | None = None
    view_id: str | None = None
    sorting: Any = None
    filter: Any = None
    enforce_order: bool | None = None


class UserOptions(Options):
    """USER has none."""


class AttachmentOptions(Options):
    """ATTACHMENT: how it is shown, and how long its links live."""

    show_as: str | None = None
    inferred_file_type: str | None = None
    enable_file_link_expiration: bool | None = None
    file_link_expiration_value: int | None = None
    file_link_expiration_unit: str | None = None


class AddressOptions(Options):
    """ADDRESS has none."""


class ButtonOptions(Options):
    """BUTTON: its label, when it shows, and what it does (OPEN_URL, OPEN_MODAL, RUN_WORKFLOW)."""

    label: str | None = None
    condition_formula: str | None = None
    condition_referenced_field_ids: tuple[str, ...] | None = None
    url_formula: str | None = None
    url_referenced_field_ids: tuple[str, ...] | None = None
    action: str | None = None


class ReturnedField(Described):
    """The type of the values that a computed field returns, with the options of that type."""


_VALID = AliasChoices("valid", "isValid")  # the wire has the first, the documents the second (wire-facts 8.2)


class ComputedOptions(Options):
    """What computed fields share: the type they return, and whether their definition still holds."""

    returned_field: ReturnedField | None = None
    valid: bool | None = Field(default=None, validation_alias=_VALID, serialization_alias="valid")


class LookupOptions(ComputedOptions):
    """LOOKUP: a field of the linked records."""

    linked_record_field_id: str | None = None
    lookup_field_id: str | None = None


class RollupOptions(ComputedOptions):
    """ROLLUP: a field of the linked records, put together by a function."""

    linked_record_field_id: str | None = None
    rollup_field_id: str | None = None
    function: str | None = None
    filter: Any = None


class FormulaOptions(ComputedOptions):
    """FORMULA: its text and the fields that it reads."""

    formula: str | None = None
    referenced_field_ids: tuple[str, ...] | None = None


class CountOptions(ComputedOptions):
    """COUNT: how many records a link holds."""

    linked_record_field_id: str | None = None


class CreatedAtOptions(DateTimeOptions):
    """CREATED_AT: shown as a DATETIME."""


class UpdatedAtOptions(DateTimeOptions):
    """UPDATED_AT: shown as a DATETIME; which fields' edits move it."""

    change_policy: str | None = None
    specific_field_ids: tuple[str, ...] | None = None


class CreatedByOptions(Options):
    """CREATED_BY has none."""


class UpdatedByOptions(Options):
    """UPDATED_BY has none."""


class AutonumberOptions(Options):
    """AUTONUMBER: the last number given out."""

    counter: int | None = None


class RecordIdOptions(Options):
    """RECORD_ID has none."""


OPTIONS_OF_TYPE: Mapping[str, type[Options]] = {
    "SINGLE_LINE_TEXT": SingleLineTextOptions,
    "LONG_TEXT": LongTextOptions,
    "EMAIL": EmailOptions,
    "PHONE": PhoneOptions,
    "URL": UrlOptions,
    "CHECKBOX": CheckboxOptions,
    "NUMBER": NumberOptions,
    "CURRENCY": CurrencyOptions,
    "PERCENT": PercentOptions,
    "RATING": RatingOptions,
    "PROGRESS": ProgressOptions,
    "DURATION": DurationOptions,
    "DATETIME": DateTimeOptions,
    "DATE": DateOptions,
    "TIME": TimeOptions,
    "DATE_RANGE": DateRangeOptions,
    "SELECT": SelectOptions,
    "LINKED_RECORD": LinkedRecordOptions,
    "USER": UserOptions,
    "ATTACHMENT": AttachmentOptions,
    "ADDRESS": AddressOptions,
    "BUTTON": ButtonOptions,
    "LOOKUP": LookupOptions,
    "ROLLUP": RollupOptions,
    "FORMULA": FormulaOptions,
    "COUNT": CountOptions,
    "CREATED_AT": CreatedAtOptions,
    "UPDATED_AT": UpdatedAtOptions,
    "CREATED_BY": CreatedByOptions,
    "UPDATED_BY": UpdatedByOptions,
    "AUTONUMBER": AutonumberOptions,
    "RECORD_ID": RecordIdOptions,
}
"""The options class of every field type of the 2025 document, and of DATE."""


def options_class(kind: str | None) -> type[Options]:
    """The options class of a field type; :class:`Options` for one that nobody knows."""
    return OPTIONS_OF_TYPE.get(kind or "", Options)
