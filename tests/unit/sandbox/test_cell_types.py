"""Every field type: what it takes, what it shows of that, what it refuses (wire-facts 4.1, 4.3, 5.2)."""

import pytest

CHOICES = {"choices": [{"id": "c1", "label": "Open"}, {"id": "c2", "label": "Done"}]}
OPEN, DONE = {"id": "c1", "label": "Open"}, {"id": "c2", "label": "Done"}
LIMITS = {"min": 0, "max": 10, "precision": 2}
DATE = {"precision": "DATE"}


def raw(text):
    return {"id": text, "label": text}


@pytest.mark.parametrize(
    ("type", "options", "written", "shown"),
    [
        ("SINGLE_LINE_TEXT", {}, " two\nlines ", " two\nlines "),
        ("SINGLE_LINE_TEXT", {}, "", None),
        ("SINGLE_LINE_TEXT", {}, " ", " "),
        ("LONG_TEXT", {}, "Ärger", "Ärger"),
        ("EMAIL", {}, "not one address", "not one address"),
        ("PHONE", {}, "+49 1", "+49 1"),
        ("URL", {}, "https://a.org", "https://a.org"),
        ("TIME", {}, "14:30", "14:30"),
        ("ADDRESS", {}, "1 High Street", "1 High Street"),
        ("ADDRESS", {}, {"city": "Prague", "zip": None}, {"city": "Prague", "zip": None}),
        ("NUMBER", {}, 500, 500),
        ("NUMBER", {}, 1.0, 1),
        ("NUMBER", {}, "12.50", 12.5),
        ("NUMBER", {}, "-3", -3),
        ("NUMBER", {}, 0, 0),
        ("NUMBER", {}, 2**60, 2**60),
        ("NUMBER", {}, -(2**40), -(2**40)),
        ("NUMBER", LIMITS, 9.99, 9.99),
        ("NUMBER", {}, 0.1 + 0.2, 0.3),
        ("NUMBER", LIMITS, 1.1 * 3, 3.3),
        ("NUMBER", LIMITS, 10.000000000000002, 10),
        ("CURRENCY", {}, 1000000.1 + 0.2, 1000000.3),
        ("RATING", {}, 2.9999999999999996, 3),
        ("CURRENCY", {}, 19.99, 19.99),
        ("PERCENT", {}, 0.125, 0.125),
        ("PROGRESS", {}, 100, 100),
        ("DURATION", {}, 90, 90),
        ("RATING", {}, 5, 5),
        ("RATING", {}, 0, 0),
        ("CHECKBOX", {}, True, True),
        ("CHECKBOX", {}, "true", True),
        ("CHECKBOX", {}, "False", False),
        ("CHECKBOX", {}, None, False),
        ("DATETIME", {}, "2026-01-19", "2026-01-19T00:00:00.000Z"),
        ("DATETIME", {}, "2026-01-19T09:30:00Z", "2026-01-19T09:30:00.000Z"),
        ("DATETIME", {}, "2026-01-19T09:30:00.1239+02:00", "2026-01-19T07:30:00.123Z"),
        ("DATETIME", {}, "2026-01-19T09:30", "2026-01-19T09:30:00.000Z"),
        ("DATETIME", {}, "1850-01-01T00:00:00.001Z", "1850-01-01T00:00:00.001Z"),
        ("DATETIME", DATE, "2026-01-19T23:30:00Z", "2026-01-19"),
        ("DATE", {}, "2026-01-19", "2026-01-19"),
        ("DATE_RANGE", {}, {"from": "2026-01-19", "to": "2026-01-21"}, {"from": "2026-01-19", "to": "2026-01-21"}),
        ("DATE_RANGE", {}, {"from": "2026-01-19T09:00Z"}, {"from": "2026-01-19T09:00:00.000Z", "to": None}),
        ("DATE_RANGE", {}, {"from": None, "to": None}, None),
        ("SELECT", CHOICES, "Open", OPEN),
        ("SELECT", CHOICES, "c2", DONE),
        ("SELECT", CHOICES, ["c2"], DONE),
        ("SELECT", CHOICES, "open", raw("open")),
        ("SELECT", CHOICES, "Offen", raw("Offen")),
        ("SELECT", CHOICES, {"id": None, "label": None}, raw("{id=null, label=null}")),
        ("SELECT", CHOICES, {"id": "c1", "label": "Open"}, raw("{id=c1, label=Open}")),
        ("USER", {}, "ann@a.org", {"name": "ann", "email": "ann@a.org", "avatarUrl": None}),
        ("USER", {}, "u-1", {"id": "u-1", "name": "u-1", "email": None, "avatarUrl": None}),
        (
            "USER",
            {},
            {"id": "u-1", "name": "Ann", "email": "ann@a.org"},
            {"id": "u-1", "name": "Ann", "email": "ann@a.org", "avatarUrl": None},
        ),
    ],
)
def test_what_is_written_is_shown_in_the_form_of_its_type(api, type, options, written, shown):
    table = api.table({"name": "Cell", "type": type, "options": options})
    read = table.create(Cell=written)["fields"]["Cell"]
    if type == "USER" and "id" not in shown:
        assert len(read.pop("id")) == 36
    assert read == shown
    assert isinstance(read, bool) == isinstance(shown, bool)
    assert isinstance(read, float) == isinstance(shown, float)


@pytest.mark.parametrize(
    ("type", "options", "written"),
    [
        ("SINGLE_LINE_TEXT", {}, 5),
        ("SINGLE_LINE_TEXT", {}, ["x"]),
        ("SINGLE_LINE_TEXT", {"minLength": 2}, "x"),
        ("SINGLE_LINE_TEXT", {"maxLength": 2}, "xyz"),
        ("EMAIL", {}, True),
        ("TIME", {}, "25:00"),
        ("ADDRESS", {}, {"city": []}),
        ("NUMBER", {}, ""),
        ("NUMBER", {}, "many"),
        ("NUMBER", {}, "Infinity"),
        ("NUMBER", {}, True),
        ("NUMBER", {}, [1]),
        ("NUMBER", LIMITS, -1),
        ("NUMBER", LIMITS, 10.01),
        ("NUMBER", LIMITS, 1.234),
        ("NUMBER", LIMITS, 1.2345678901234567),
        ("NUMBER", {}, "0.30000000000000004"),
        ("NUMBER", {}, 1e-9),
        ("CURRENCY", {}, 12345678901.123),
        ("CURRENCY", {}, 0.001),
        ("PROGRESS", {}, 101),
        ("RATING", {}, 6),
        ("RATING", {}, -1),
        ("RATING", {}, 2.5),
        ("CHECKBOX", {}, "yes"),
        ("CHECKBOX", {}, 1),
        ("DATETIME", {}, "tomorrow"),
        ("DATETIME", {}, "2026-02-30"),
        ("DATETIME", {}, "20260119"),
        ("DATETIME", {}, "0001-01-01T00:00:00+10:00"),
        ("DATETIME", {}, 1_768_815_000_000),
        ("DATE_RANGE", {}, "2026-01-19"),
        ("DATE_RANGE", {}, {"start": "2026-01-19"}),
        ("DATE_RANGE", {}, {"from": "2026-01-21", "to": "2026-01-19"}),
        ("SELECT", CHOICES, 5),
        ("SELECT", CHOICES, ["Open", "Done"]),
        ("USER", {}, 5),
        ("USER", {}, {"name": "Ann"}),
        ("ATTACHMENT", {}, "a.png"),
        ("ATTACHMENT", {}, {"filename": "a.png"}),
        ("ATTACHMENT", {}, [5]),
    ],
)
def test_what_a_type_cannot_hold_is_a_validation_error_that_names_the_field(api, type, options, written):
    table = api.table({"name": "Cell", "type": type, "options": options})
    assert table.refusal(Cell=written) == ("VALIDATION_ERROR", "Cell")


@pytest.mark.parametrize(
    ("type", "several", "empty"),
    [
        ("SINGLE_LINE_TEXT", None, None),
        ("NUMBER", None, None),
        ("CHECKBOX", None, False),
        ("DATETIME", None, None),
        ("SELECT", False, None),
        ("SELECT", True, []),
        ("USER", False, None),
        ("USER", True, []),
        ("ATTACHMENT", None, []),
        ("ATTACHMENT", False, []),
        ("LOOKUP", True, []),
        ("LOOKUP", False, None),
        ("ROLLUP", None, None),
        ("COUNT", None, None),
        ("FORMULA", True, []),
        ("BUTTON", None, None),
    ],
)
def test_an_empty_cell_is_shown_as_the_empty_of_its_type(api, type, several, empty):
    table = api.table()
    table.add("Cell", type, **({} if several is None else {"allowMultipleEntries": several}))
    assert table.create(Name="x")["fields"]["Cell"] == empty


@pytest.mark.parametrize("cleared", [None, "", []])
def test_cells_are_cleared_by_null_and_by_their_empty(api, cleared):
    table = api.table()
    type = "SELECT" if isinstance(cleared, list) else "SINGLE_LINE_TEXT"
    table.add("Cell", type, allowMultipleEntries=True)
    record = table.create(Cell="x")["id"]
    assert not table.update(record, Cell=cleared)["fields"]["Cell"]


def test_a_multi_select_takes_ids_and_labels_in_the_order_chosen(api):
    table = api.table()
    table.add("Tags", "SELECT", options=CHOICES, allowMultipleEntries=True)
    assert table.create(Tags=["Done", "c1", "Done"])["fields"]["Tags"] == [DONE, OPEN]
    assert table.create(Tags="Done")["fields"]["Tags"] == [DONE]


def test_an_unknown_label_becomes_a_choice_where_that_is_allowed(api):
    table = api.table()
    table.add("Tags", "SELECT", options={**CHOICES, "allowToAddNewChoice": True}, allowMultipleEntries=True)
    shown = table.create(Tags=["New", "Open", "New"])["fields"]["Tags"]
    assert [one["label"] for one in shown] == ["New", "Open"]
    assert len(shown[0]["id"]) == 36
    assert table.create(Tags="New")["fields"]["Tags"] == [shown[0]]
    assert table.field("Tags")["options"]["choices"][-1]["label"] == "New"


@pytest.mark.parametrize(
    ("written", "name", "type"),
    [
        ("https://a.org/200/land%20scape.jpeg?x=1", "land scape.jpeg", "image/jpeg"),
        ({"url": "https://a.org/x.png"}, "x.png", "image/png"),
        ({"url": "https://a.org/x", "filename": "f.pdf"}, "f.pdf", "application/pdf"),
        ([{"url": "https://a.org/x", "name": "n.png", "type": "image/webp"}], "n.png", "image/webp"),
        ("https://a.org/", "file", "application/octet-stream"),
    ],
)
def test_files_are_written_in_all_forms_of_the_document(api, written, name, type):
    table = api.table({"name": "Files", "type": "ATTACHMENT"})
    record = table.create(Files=written)
    (file,) = record["fields"]["Files"]
    assert list(file) == ["id", "url", "filename", "type", "size"]
    assert (file["filename"], file["type"], file["size"]) == (name, type, 0)
    kind, database, of_table, of_record, field, *tail = file["id"].split("/")
    assert (kind, database, of_table, of_record) == ("attachments", table.database, table.id, record["id"])
    assert field == table.field("Files")["id"]
    assert [len(part) for part in tail] == [36, 36]


def test_the_address_of_a_file_is_a_new_one_at_every_read(api):
    table = api.table({"name": "Files", "type": "ATTACHMENT"})
    record = table.create(Files="https://a.org/x.png")["id"]
    first, second = (table.get(record)["fields"]["Files"][0] for _ in range(2))
    assert first["url"] != second["url"]
    assert "X-Amz-Expires=3600" in first["url"]
    assert first["id"] == second["id"]


def test_the_address_of_a_file_is_fixed_where_links_do_not_expire(api):
    table = api.table({"name": "Files", "type": "ATTACHMENT", "options": {"enableFileLinkExpiration": False}})
    record = table.create(Files="https://a.org/x.png")["id"]
    first, second = (table.get(record)["fields"]["Files"][0] for _ in range(2))
    assert first["url"] == second["url"] == f"https://tables-api.softr.io/v1/{first['id']}"


def test_a_file_that_was_read_and_is_written_back_keeps_its_id(api):
    table = api.table({"name": "Files", "type": "ATTACHMENT"})
    record = table.create(Files="https://a.org/x.png")
    held = record["fields"]["Files"]
    files = table.update(record["id"], Files=[*held, "https://a.org/y.png"])["fields"]["Files"]
    assert [file["id"] == held[0]["id"] for file in files] == [True, False]


def test_one_email_is_one_user(api):
    table = api.table()
    table.add("Team", "USER", allowMultipleEntries=True)
    ids = [table.create(Team=["Ann@a.org"])["fields"]["Team"][0]["id"] for _ in range(2)]
    assert ids[0] == ids[1]


def test_the_precision_of_a_date_field_can_change_without_loss(api):
    table = api.table({"name": "Due", "type": "DATETIME", "options": DATE})
    record = table.create(Due="2026-01-19")["id"]
    body = {"name": "Due", "type": "DATETIME", "options": {"precision": "DATETIME"}}
    api("PUT", f"{table.path}/fields/{table.field('Due')['id']}", body)
    assert table.get(record)["fields"]["Due"] == "2026-01-19T00:00:00.000Z"
