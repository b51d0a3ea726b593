"""Models of the Softr database "Odd "names" \\ 🙂".

Written by "softrorm inspect". Rename and add what you like: when it runs again, it
adds what is new and marks what is gone.
"""

from __future__ import annotations

import datetime
import decimal

from softrorm import TypedModel, fields


class TableChoicesTrue(fields.Choices):
    CHOICE = "", "00000000000000000000000000000000008b", "blue"
    CHOICE_2 = "🙂", "00000000000000000000000000000000008c", "blue"
    CHOICE_3 = "💥", "00000000000000000000000000000000008d", "blue"
    A_B = "a b", "00000000000000000000000000000000008e", "blue"
    A_B_2 = "A-B", "00000000000000000000000000000000008f", "blue"
    MRO = "mro", "000000000000000000000000000000000090", "blue"


class TableNeededTrue(fields.Choices):
    CHOICE = "", "000000000000000000000000000000000091", "blue"
    CHOICE_2 = "🙂", "000000000000000000000000000000000092", "blue"
    CHOICE_3 = "💥", "000000000000000000000000000000000093", "blue"
    A_B = "a b", "000000000000000000000000000000000094", "blue"
    A_B_2 = "A-B", "000000000000000000000000000000000095", "blue"
    MRO = "mro", "000000000000000000000000000000000096", "blue"


class TableLookSelectTrue(fields.Choices):
    CHOICE = "", None, "blue"
    CHOICE_2 = "🙂", None, "blue"
    CHOICE_3 = "💥", None, "blue"
    A_B = "a b", None, "blue"
    A_B_2 = "A-B", None, "blue"
    MRO = "mro", None, "blue"


class TableChoicesFalse(fields.Choices):
    CHOICE = "", "000000000000000000000000000000000097", "blue"
    CHOICE_2 = "🙂", "000000000000000000000000000000000098", "blue"
    CHOICE_3 = "💥", "000000000000000000000000000000000099", "blue"
    A_B = "a b", "00000000000000000000000000000000009a", "blue"
    A_B_2 = "A-B", "00000000000000000000000000000000009b", "blue"
    MRO = "mro", "00000000000000000000000000000000009c", "blue"


class TableNeededFalse(fields.Choices):
    CHOICE = "", "00000000000000000000000000000000009d", "blue"
    CHOICE_2 = "🙂", "00000000000000000000000000000000009e", "blue"
    CHOICE_3 = "💥", "00000000000000000000000000000000009f", "blue"
    A_B = "a b", "0000000000000000000000000000000000a0", "blue"
    A_B_2 = "A-B", "0000000000000000000000000000000000a1", "blue"
    MRO = "mro", "0000000000000000000000000000000000a2", "blue"


class TableMore(fields.Choices):
    SO = "So", "0000000000000000000000000000000000a3"


class Table(TypedModel):
    """It's \"\"\"odd\"\"\" and ends in "quotes"

    So much. So much. So much. So much. So much. So much. So much. So much. So much.
    So much. So much. So much. So much. So much. So much. So much. So much. So much.
    So much. So much.
    """

    name: fields.SingleLineText = fields.SingleLineText("00005")
    a_single_line_text: fields.SingleLineText = fields.SingleLineText(
        "00006",
        name="A SINGLE_LINE_TEXT",
    )
    required_single_line_text: fields.SingleLineText[str] = fields.SingleLineText(
        "00007",
        name="Required SINGLE_LINE_TEXT",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_long_text: fields.LongText = fields.LongText("00008", name="A LONG_TEXT")
    required_long_text: fields.LongText[str] = fields.LongText(
        "00009",
        name="Required LONG_TEXT",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_email: fields.Email = fields.Email("0000a", name="A EMAIL")
    required_email: fields.Email[str] = fields.Email(
        "0000b",
        name="Required EMAIL",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_phone: fields.Phone = fields.Phone("0000c", name="A PHONE")
    required_phone: fields.Phone[str] = fields.Phone(
        "0000d",
        name="Required PHONE",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_url: fields.Url = fields.Url("0000e", name="A URL")
    required_url: fields.Url[str] = fields.Url(
        "0000f",
        name="Required URL",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_address: fields.Address = fields.Address("00010", name="A ADDRESS")
    required_address: fields.Address = fields.Address(
        "00011",
        name="Required ADDRESS",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_checkbox: fields.Checkbox = fields.Checkbox("00012", name="A CHECKBOX")
    required_checkbox: fields.Checkbox = fields.Checkbox(
        "00013",
        name="Required CHECKBOX",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_number: fields.Number = fields.Number("00014", name="A NUMBER", precision=8)
    required_number: fields.Number[int | float] = fields.Number(
        "00015",
        name="Required NUMBER",
        precision=8,
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_currency: fields.Currency = fields.Currency(
        "00016",
        name="A CURRENCY",
        precision=2,
        options={"isoCode": "USD"},
    )
    required_currency: fields.Currency[decimal.Decimal] = fields.Currency(
        "00017",
        name="Required CURRENCY",
        precision=2,
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
        options={"isoCode": "USD"},
    )
    a_percent: fields.Percent = fields.Percent("00018", name="A PERCENT", precision=8)
    required_percent: fields.Percent[int | float] = fields.Percent(
        "00019",
        name="Required PERCENT",
        precision=8,
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_progress: fields.Progress = fields.Progress(
        "0001a",
        name="A PROGRESS",
        precision=8,
        min=0,
        max=100,
    )
    required_progress: fields.Progress[int | float] = fields.Progress(
        "0001b",
        name="Required PROGRESS",
        precision=8,
        min=0,
        max=100,
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_rating: fields.Rating = fields.Rating("0001c", name="A RATING")
    required_rating: fields.Rating[int] = fields.Rating(
        "0001d",
        name="Required RATING",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_duration: fields.Duration = fields.Duration("0001e", name="A DURATION")
    required_duration: fields.Duration[int | float] = fields.Duration(
        "0001f",
        name="Required DURATION",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_datetime: fields.DateTime = fields.DateTime("00020", name="A DATETIME")
    required_datetime: fields.DateTime[datetime.datetime] = fields.DateTime(
        "00021",
        name="Required DATETIME",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_time: fields.Time = fields.Time("00022", name="A TIME")
    required_time: fields.Time = fields.Time(
        "00023",
        name="Required TIME",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_date_range: fields.DateRange = fields.DateRange("00024", name="A DATE_RANGE")
    required_date_range: fields.DateRange = fields.DateRange(
        "00025",
        name="Required DATE_RANGE",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_user: fields.User[fields.Person | None] = fields.User("00026", name="A USER")
    required_user: fields.User[fields.Person | None] = fields.User(
        "00027",
        name="Required USER",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_attachment: fields.Attachment = fields.Attachment("00028", name="A ATTACHMENT")
    required_attachment: fields.Attachment = fields.Attachment(
        "00029",
        name="Required ATTACHMENT",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_select: fields.Select = fields.Select("0002a", name="A SELECT")
    required_select: fields.Select[fields.Choice] = fields.Select(
        "0002b",
        name="Required SELECT",
        required=True,
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_button: fields.Button = fields.Button("0002c", name="A BUTTON")
    required_button: fields.Button = fields.Button(
        "0002d",
        name="Required BUTTON",
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_autonumber: fields.Autonumber = fields.Autonumber("0002e", name="A AUTONUMBER")
    required_autonumber: fields.Autonumber = fields.Autonumber(
        "0002f",
        name="Required AUTONUMBER",
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_record_id: fields.RecordId = fields.RecordId("00030", name="A RECORD_ID")
    required_record_id: fields.RecordId = fields.RecordId(
        "00031",
        name="Required RECORD_ID",
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_created_at: fields.CreatedAt = fields.CreatedAt("00032", name="A CREATED_AT")
    required_created_at: fields.CreatedAt = fields.CreatedAt(
        "00033",
        name="Required CREATED_AT",
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_updated_at: fields.UpdatedAt = fields.UpdatedAt("00034", name="A UPDATED_AT")
    required_updated_at: fields.UpdatedAt = fields.UpdatedAt(
        "00035",
        name="Required UPDATED_AT",
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_created_by: fields.CreatedBy = fields.CreatedBy("00036", name="A CREATED_BY")
    required_created_by: fields.CreatedBy = fields.CreatedBy(
        "00037",
        name="Required CREATED_BY",
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    a_updated_by: fields.UpdatedBy = fields.UpdatedBy("00038", name="A UPDATED_BY")
    required_updated_by: fields.UpdatedBy = fields.UpdatedBy(
        "00039",
        name="Required UPDATED_BY",
        description=(
            "What this is for, at some length. What this is for, at some length. What "
            "this is for, at some length. What this is for, at some length. "
        ),
    )
    class_: fields.Date[datetime.date] = fields.Date(
        "0003a",
        name="class",
        required=True,
    )
    save_: fields.Date[datetime.date] = fields.Date("0003b", name="save", required=True)
    fields_: fields.Date[datetime.date] = fields.Date(
        "0003c",
        name="fields",
        required=True,
    )
    datetime_: fields.Date[datetime.date] = fields.Date(
        "0003d",
        name="datetime",
        required=True,
    )
    date: fields.Date[datetime.date] = fields.Date("0003e", name="date", required=True)
    list_: fields.Date[datetime.date] = fields.Date("0003f", name="list", required=True)
    self: fields.Date[datetime.date] = fields.Date("00040", name="self", required=True)
    str_: fields.Date[datetime.date] = fields.Date("00041", name="str", required=True)
    created_at_: fields.Date[datetime.date] = fields.Date("00042", required=True)
    field: fields.Date[datetime.date] = fields.Date("00043", name="💥", required=True)
    choices_true: fields.MultiSelect[TableChoicesTrue] = fields.MultiSelect(
        "00044",
        name="Choices True",
        choices=TableChoicesTrue,
        default=[TableChoicesTrue.A_B],
    )
    needed_true: fields.MultiSelect[TableNeededTrue] = fields.MultiSelect(
        "00045",
        name="Needed True",
        choices=TableNeededTrue,
        required=True,
    )
    users_true: fields.User[list[fields.Person]] = fields.User(
        "00046",
        name="Users True",
        many=True,
    )
    own_true: fields.LinkedRecords[Table] = fields.LinkedRecords(
        "00047",
        name="Own True",
        to="self",
    )
    field_2: fields.LinkedRecords[Table] = fields.LinkedRecords(
        "00048",
        name="🙂",
        to="self",
        inverse="own_true",
    )
    must_true: fields.LinkedRecords[Renamed] = fields.LinkedRecords(
        "00049",
        name="Must True",
        to="Renamed",
        required=True,
    )
    other_true: fields.LinkedRecords[Renamed] = fields.LinkedRecords(
        "0004a",
        name="Other True",
        to="Renamed",
    )
    look_single_line_text_true: fields.Lookup[list[str]] = fields.Lookup(
        "0004b",
        name="Look SINGLE_LINE_TEXT True",
        through="other_true",
        of="def_",
        returns=fields.SingleLineText(),
        many=True,
    )
    look_long_text_true: fields.Lookup[list[str]] = fields.Lookup(
        "0004c",
        name="Look LONG_TEXT True",
        through="other_true",
        of="def_",
        returns=fields.LongText(),
        many=True,
    )
    look_email_true: fields.Lookup[list[str]] = fields.Lookup(
        "0004d",
        name="Look EMAIL True",
        through="other_true",
        of="def_",
        returns=fields.Email(),
        many=True,
    )
    look_phone_true: fields.Lookup[list[str]] = fields.Lookup(
        "0004e",
        name="Look PHONE True",
        through="other_true",
        of="def_",
        returns=fields.Phone(),
        many=True,
    )
    look_url_true: fields.Lookup[list[str]] = fields.Lookup(
        "0004f",
        name="Look URL True",
        through="other_true",
        of="def_",
        returns=fields.Url(),
        many=True,
    )
    look_address_true: fields.Lookup[list[object]] = fields.Lookup(
        "00050",
        name="Look ADDRESS True",
        through="other_true",
        of="def_",
        returns=fields.Address(),
        many=True,
    )
    look_checkbox_true: fields.Lookup[list[bool]] = fields.Lookup(
        "00051",
        name="Look CHECKBOX True",
        through="other_true",
        of="def_",
        returns=fields.Checkbox(),
        many=True,
    )
    look_number_true: fields.Lookup[list[int | float]] = fields.Lookup(
        "00052",
        name="Look NUMBER True",
        through="other_true",
        of="def_",
        returns=fields.Number(),
        many=True,
    )
    look_currency_true: fields.Lookup[list[decimal.Decimal]] = fields.Lookup(
        "00053",
        name="Look CURRENCY True",
        through="other_true",
        of="def_",
        returns=fields.Currency(),
        many=True,
    )
    look_percent_true: fields.Lookup[list[int | float]] = fields.Lookup(
        "00054",
        name="Look PERCENT True",
        through="other_true",
        of="def_",
        returns=fields.Percent(),
        many=True,
    )
    look_progress_true: fields.Lookup[list[int | float]] = fields.Lookup(
        "00055",
        name="Look PROGRESS True",
        through="other_true",
        of="def_",
        returns=fields.Progress(),
        many=True,
    )
    look_rating_true: fields.Lookup[list[int]] = fields.Lookup(
        "00056",
        name="Look RATING True",
        through="other_true",
        of="def_",
        returns=fields.Rating(),
        many=True,
    )
    look_duration_true: fields.Lookup[list[int | float]] = fields.Lookup(
        "00057",
        name="Look DURATION True",
        through="other_true",
        of="def_",
        returns=fields.Duration(),
        many=True,
    )
    look_datetime_true: fields.Lookup[list[datetime.datetime]] = fields.Lookup(
        "00058",
        name="Look DATETIME True",
        through="other_true",
        of="def_",
        returns=fields.DateTime(),
        many=True,
    )
    look_time_true: fields.Lookup[list[datetime.time]] = fields.Lookup(
        "00059",
        name="Look TIME True",
        through="other_true",
        of="def_",
        returns=fields.Time(),
        many=True,
    )
    look_date_range_true: fields.Lookup[list[fields.DateSpan]] = fields.Lookup(
        "0005a",
        name="Look DATE_RANGE True",
        through="other_true",
        of="def_",
        returns=fields.DateRange(),
        many=True,
    )
    look_user_true: fields.Lookup[list[fields.Person]] = fields.Lookup(
        "0005b",
        name="Look USER True",
        through="other_true",
        of="def_",
        returns=fields.User(),
        many=True,
    )
    look_attachment_true: fields.Lookup[list[fields.File]] = fields.Lookup(
        "0005c",
        name="Look ATTACHMENT True",
        through="other_true",
        of="def_",
        returns=fields.Attachment(),
        many=True,
    )
    look_select_true: fields.Lookup[list[TableLookSelectTrue]] = fields.Lookup(
        "0005d",
        name="Look SELECT True",
        through="other_true",
        of="def_",
        returns=fields.Select(choices=TableLookSelectTrue),
        many=True,
    )
    look_linked_record_true: fields.Lookup[list[ExceptionTable]] = fields.Lookup(
        "0005e",
        name="Look LINKED_RECORD True",
        through="other_true",
        of="def_",
        returns=fields.LinkedRecord(to="ExceptionTable"),
        many=True,
    )
    look_unheard_of_true: fields.Lookup[list[object]] = fields.Lookup(
        "0005f",
        name="Look UNHEARD_OF True",
        through="other_true",
        of="def_",
        returns=fields.Raw(type="UNHEARD_OF"),
        many=True,
    )
    count_true: fields.Count = fields.Count(
        "00060",
        name="Count True",
        through="other_true",
    )
    bare_true: fields.Formula[object] = fields.Formula(
        "00061",
        name="Bare True",
        formula=(
            "1 & 'long text long text long text long text long text long text long "
            "text long text long text long text long text long text long text long "
            "text long text '"
        ),
        many=True,
    )
    choices_false: fields.Select[TableChoicesFalse | None] = fields.Select(
        "00062",
        name="Choices False",
        choices=TableChoicesFalse,
        default=TableChoicesFalse.A_B,
    )
    needed_false: fields.Select[TableNeededFalse] = fields.Select(
        "00063",
        name="Needed False",
        choices=TableNeededFalse,
        required=True,
    )
    users_false: fields.User[fields.Person | None] = fields.User(
        "00064",
        name="Users False",
    )
    own_false: fields.LinkedRecord[Table | None] = fields.LinkedRecord(
        "00065",
        name="Own False",
        to="self",
    )
    field_3: fields.LinkedRecords[Table] = fields.LinkedRecords(
        "00066",
        name="🙂",
        to="self",
        inverse="own_false",
    )
    must_false: fields.LinkedRecord[Renamed] = fields.LinkedRecord(
        "00067",
        name="Must False",
        to="Renamed",
        required=True,
    )
    other_false: fields.LinkedRecord[Renamed | None] = fields.LinkedRecord(
        "00068",
        name="Other False",
        to="Renamed",
    )
    look_single_line_text_false: fields.Lookup[str | None] = fields.Lookup(
        "00069",
        name="Look SINGLE_LINE_TEXT False",
        through="other_false",
        of="def_",
        returns=fields.SingleLineText(),
    )
    look_long_text_false: fields.Lookup[str | None] = fields.Lookup(
        "0006a",
        name="Look LONG_TEXT False",
        through="other_false",
        of="def_",
        returns=fields.LongText(),
    )
    look_email_false: fields.Lookup[str | None] = fields.Lookup(
        "0006b",
        name="Look EMAIL False",
        through="other_false",
        of="def_",
        returns=fields.Email(),
    )
    look_phone_false: fields.Lookup[str | None] = fields.Lookup(
        "0006c",
        name="Look PHONE False",
        through="other_false",
        of="def_",
        returns=fields.Phone(),
    )
    look_url_false: fields.Lookup[str | None] = fields.Lookup(
        "0006d",
        name="Look URL False",
        through="other_false",
        of="def_",
        returns=fields.Url(),
    )
    look_address_false: fields.Lookup[object] = fields.Lookup(
        "0006e",
        name="Look ADDRESS False",
        through="other_false",
        of="def_",
        returns=fields.Address(),
    )
    look_checkbox_false: fields.Lookup[bool] = fields.Lookup(
        "0006f",
        name="Look CHECKBOX False",
        through="other_false",
        of="def_",
        returns=fields.Checkbox(),
    )
    look_number_false: fields.Lookup[int | float | None] = fields.Lookup(
        "00070",
        name="Look NUMBER False",
        through="other_false",
        of="def_",
        returns=fields.Number(),
    )
    look_currency_false: fields.Lookup[decimal.Decimal | None] = fields.Lookup(
        "00071",
        name="Look CURRENCY False",
        through="other_false",
        of="def_",
        returns=fields.Currency(),
    )
    look_percent_false: fields.Lookup[int | float | None] = fields.Lookup(
        "00072",
        name="Look PERCENT False",
        through="other_false",
        of="def_",
        returns=fields.Percent(),
    )
    look_progress_false: fields.Lookup[int | float | None] = fields.Lookup(
        "00073",
        name="Look PROGRESS False",
        through="other_false",
        of="def_",
        returns=fields.Progress(),
    )
    look_rating_false: fields.Lookup[int | None] = fields.Lookup(
        "00074",
        name="Look RATING False",
        through="other_false",
        of="def_",
        returns=fields.Rating(),
    )
    look_duration_false: fields.Lookup[int | float | None] = fields.Lookup(
        "00075",
        name="Look DURATION False",
        through="other_false",
        of="def_",
        returns=fields.Duration(),
    )
    look_datetime_false: fields.Lookup[datetime.datetime | None] = fields.Lookup(
        "00076",
        name="Look DATETIME False",
        through="other_false",
        of="def_",
        returns=fields.DateTime(),
    )
    look_time_false: fields.Lookup[datetime.time | None] = fields.Lookup(
        "00077",
        name="Look TIME False",
        through="other_false",
        of="def_",
        returns=fields.Time(),
    )
    look_date_range_false: fields.Lookup[fields.DateSpan | None] = fields.Lookup(
        "00078",
        name="Look DATE_RANGE False",
        through="other_false",
        of="def_",
        returns=fields.DateRange(),
    )
    look_user_false: fields.Lookup[fields.Person | None] = fields.Lookup(
        "00079",
        name="Look USER False",
        through="other_false",
        of="def_",
        returns=fields.User(),
    )
    look_attachment_false: fields.Lookup[list[fields.File]] = fields.Lookup(
        "0007a",
        name="Look ATTACHMENT False",
        through="other_false",
        of="def_",
        returns=fields.Attachment(),
    )
    look_select_false: fields.Lookup[TableLookSelectTrue | None] = fields.Lookup(
        "0007b",
        name="Look SELECT False",
        through="other_false",
        of="def_",
        returns=fields.Select(choices=TableLookSelectTrue),
    )
    look_linked_record_false: fields.Lookup[ExceptionTable | None] = fields.Lookup(
        "0007c",
        name="Look LINKED_RECORD False",
        through="other_false",
        of="def_",
        returns=fields.LinkedRecord(to="ExceptionTable"),
    )
    look_unheard_of_false: fields.Lookup[object] = fields.Lookup(
        "0007d",
        name="Look UNHEARD_OF False",
        through="other_false",
        of="def_",
        returns=fields.Raw(type="UNHEARD_OF"),
    )
    count_false: fields.Count = fields.Count(
        "0007e",
        name="Count False",
        through="other_false",
    )
    bare_false: fields.Formula[object] = fields.Formula(
        "0007f",
        name="Bare False",
        formula=(
            "1 & 'long text long text long text long text long text long text long "
            "text long text long text long text long text long text long text long "
            "text long text '"
        ),
    )
    again: fields.LinkedRecords[Again] = fields.LinkedRecords("00080", to="Again")
    more: fields.Select[TableMore] = fields.Select(
        "00081",
        choices=TableMore,
        required=True,
    )
    when: fields.DateTime[datetime.datetime] = fields.DateTime("00082", required=True)

    class Meta:
        database: str = "000000000000000000000000000000000000"
        table: str = "00000000000001"
        table_name: str = "🙂"


class Renamed(TypedModel):
    def_: fields.SingleLineText = fields.SingleLineText("00083", name="def")
    field: fields.LinkedRecords[Table] = fields.LinkedRecords(
        "00084",
        name="🙂",
        to=Table,
        inverse="must_true",
    )
    field_2: fields.LinkedRecords[Table] = fields.LinkedRecords(
        "00085",
        name="🙂",
        to=Table,
        inverse="other_true",
    )
    field_3: fields.LinkedRecords[Table] = fields.LinkedRecords(
        "00086",
        name="🙂",
        to=Table,
        inverse="must_false",
    )
    field_4: fields.LinkedRecords[Table] = fields.LinkedRecords(
        "00087",
        name="🙂",
        to=Table,
        inverse="other_false",
    )

    class Meta:
        database: str = "000000000000000000000000000000000000"
        table: str = "00000000000002"
        table_name: str = "class"


class ExceptionTable(TypedModel):
    meta: fields.SingleLineText = fields.SingleLineText("00088")

    class Meta:
        database: str = "000000000000000000000000000000000000"
        table: str = "00000000000003"
        table_name: str = "Exception"


class Again(TypedModel):
    name: fields.SingleLineText = fields.SingleLineText("00089")
    up: fields.LinkedRecords[Table] = fields.LinkedRecords(
        "0008a",
        to=Table,
        inverse="again",
    )

    class Meta:
        database: str = "000000000000000000000000000000000000"
        table: str = "00000000000004"
