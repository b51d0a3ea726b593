"""Facts of wire-facts.md that the mapper, the client and the sandbox honour together, each test named after its fact.

What the sandbox alone has to know is tested in tests/unit/sandbox. Where a fact holds in both dialects, its test runs
in both.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from softrorm import Dialect, FilterIgnored, InvalidQuery, InvalidValue, Model, NotFound, fields
from softrorm.client import default
from softrorm.sandbox import Sandbox

CHOICES = ["Urgent", "Important", "Later"]
COLUMNS = [
    {"name": "Note", "type": "LONG_TEXT", "options": {}},
    {"name": "Email", "type": "EMAIL", "options": {}},
    {"name": "Qty", "type": "NUMBER", "options": {"precision": 2}},
    {"name": "Stars", "type": "RATING", "options": {"max": 5, "shape": "STAR"}},
    {"name": "Done", "type": "CHECKBOX", "options": {}},
    {"name": "Status", "type": "SELECT", "options": {"choices": [{"label": label} for label in CHOICES]}},
    {
        "name": "Tags",
        "type": "SELECT",
        "options": {"choices": [{"label": label} for label in CHOICES]},
        "allowMultipleEntries": True,
    },
    {"name": "At", "type": "DATETIME", "options": {"precision": "DATETIME"}},
    {"name": "Day", "type": "DATETIME", "options": {"precision": "DATE"}},
    {"name": "Files", "type": "ATTACHMENT", "options": {}},
    {"name": "Number", "type": "AUTONUMBER", "options": {}},
    {"name": "Key", "type": "RECORD_ID", "options": {}},
    {"name": "Made", "type": "CREATED_AT", "options": {}},
    {"name": "Touched", "type": "UPDATED_AT", "options": {}},
]
UNSET = {
    "Title": None,
    "Note": None,
    "Email": None,
    "Qty": None,
    "Stars": None,
    "Done": False,
    "Status": None,
    "Tags": [],
    "At": None,
    "Day": None,
    "Files": [],
    "Touched": None,
    "Blocks": [],
}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock(datetime(2026, 1, 9, 16, 17, 19, tzinfo=UTC).timestamp())


@pytest.fixture(params=[Dialect.CURRENT, Dialect.JUNE_2025], ids=lambda dialect: dialect.name)
def dialect(request):
    return request.param


@pytest.fixture
def at(dialect, clock):
    """A table of many types, linked to itself, and the model of it, in a sandbox whose clock stands still."""
    with Sandbox(dialect=dialect, clock=clock) as sandbox:
        client = default.configure(sandbox.client())
        base = client.create_database("Base", sandbox.workspace_id)
        made = client.create_table(base.id, "Tasks", primary_field_name="Title", fields=COLUMNS)
        client.create_field(
            base.id, made.id, "Blocks", "LINKED_RECORD", {"linkedTableId": made.id}, allow_multiple_entries=True
        )

        class Task(Model):
            title = fields.SingleLineText()
            note = fields.LongText()
            email = fields.Email()
            qty = fields.Number()
            stars = fields.Rating()
            done = fields.Checkbox()
            status = fields.Select(choices=CHOICES)
            tags = fields.MultiSelect(choices=CHOICES)
            at = fields.DateTime()
            day = fields.Date()
            files = fields.Attachment()
            number = fields.Autonumber()
            key = fields.RecordId()
            made = fields.CreatedAt()
            touched = fields.UpdatedAt()
            blocks = fields.LinkedRecords(to="self")

            class Meta:
                database = base.id
                table = made.id

        place = Task.bind(client)
        sandbox.requests.clear()
        yield SimpleNamespace(sandbox=sandbox, client=client, base=base.id, table=made.id, Task=Task, ids=place.ids)


def raw(at, record, **options):
    return at.client.get_record(at.base, at.table, record.id, **options)


def sent(at):
    """The body of the last request, with attributes for field ids."""
    names = {id: name for name, id in at.ids.items()}
    return {names[id]: value for id, value in at.sandbox.requests[-1].body["fields"].items()}


def condition(query):
    return query.to_dict()["filter"]["condition"]


current = pytest.mark.parametrize("dialect", [Dialect.CURRENT], indirect=True, ids=["current"])


# --- 1 and 9: envelopes and paging ------------------------------------------------------------------


def test_fact_1_total_counts_all_matches_whatever_the_page(at):
    for title in "abc":
        at.Task.objects.create(title=title)
    page = at.client.list_records(at.base, at.table, offset=1, limit=1)
    assert (len(page), page.offset, page.limit, page.total) == (1, 1, 1, 3)
    assert at.Task.objects.all()[:1].count() == 1
    assert at.Task.objects.count() == 3


def test_fact_9_records_come_oldest_first_unless_ordered(at, clock):
    for title in "cab":
        clock.now += 1
        at.Task.objects.create(title=title)
    assert [task.title for task in at.Task.objects.all()] == ["c", "a", "b"]
    assert at.Task.objects.last().title == "b"


def test_fact_9_no_more_than_200_are_asked_for_since_the_rest_is_cut_in_silence(at):
    for number in range(201):
        at.client.create_record(at.base, at.table, {at.ids["qty"]: number})
    assert len(at.client.list_records(at.base, at.table, limit=1000)) == 200
    at.sandbox.requests.clear()
    assert len(at.Task.objects.all()) == 201
    assert [one.query["limit"] for one in at.sandbox.requests] == ["200", "200"]


def test_fact_9_an_offset_past_the_end_finds_nothing(at):
    at.Task.objects.create(title="only")
    assert list(at.Task.objects.all()[5:10]) == []


# --- 3: timestamps ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("fraction", "spelled"), [(0, "16:17:19Z"), (0.125, "16:17:19.125Z")])
def test_fact_3_timestamps_have_three_digits_or_none(at, clock, fraction, spelled):
    clock.now += fraction
    task = at.Task.objects.create(title="new")
    assert raw(at, task)["createdAt"] == f"2026-01-09T{spelled}"
    moment = datetime(2026, 1, 9, 16, 17, 19, int(fraction * 1_000_000), tzinfo=UTC)
    assert task.created_at == task.made == moment


def test_fact_3_a_datetime_keeps_three_digits_at_zero_and_a_date_has_no_time(at):
    task = at.Task.objects.create(at=datetime(2026, 3, 1, 12, tzinfo=UTC), day=date(2026, 3, 1))
    cells = raw(at, task, field_names=True)["fields"]
    assert (cells["At"], cells["Day"]) == ("2026-03-01T12:00:00.000Z", "2026-03-01")
    assert (task.at, task.day) == (datetime(2026, 3, 1, 12, tzinfo=UTC), date(2026, 3, 1))


def test_fact_3_a_day_written_to_a_datetime_is_midnight_utc(at):
    record = at.client.create_record(at.base, at.table, {at.ids["at"]: "2026-03-01"})
    assert at.Task.from_record(record).at == datetime(2026, 3, 1, tzinfo=UTC)


# --- 4: records and values --------------------------------------------------------------------------


def test_fact_4_every_field_is_always_present_and_empty_ones_are_typed(at):
    task = at.Task.objects.create()
    cells = raw(at, task, field_names=True)["fields"]
    assert set(cells) == {field.name for field in at.client.get_table(at.base, at.table).fields}
    assert {name: cells[name] for name in UNSET} == UNSET
    assert not task.is_dirty


def test_fact_4_a_missing_key_reads_as_an_empty_cell(at):
    task = at.Task.from_record({"id": "vQ9BI8QUVQiFua", "fields": {}})
    assert (task.title, task.done, task.tags, task.blocks, task.created_at) == (None, False, [], [], None)
    assert not task.is_dirty


def test_fact_4_the_table_id_of_a_record_is_there_or_not(at, dialect):
    record = raw(at, at.Task.objects.create(title="new"))
    assert ("tableId" in record) is dialect.record_table_id
    assert next(iter(record)) == "id"
    assert at.Task.from_record(record).title == "new"


@pytest.mark.parametrize("empty", ["", None])
def test_fact_4_1_an_empty_text_and_null_are_one(at, empty):
    task = at.Task.objects.create(title="text")
    task.title = empty
    task.save()
    assert task.title is None
    assert raw(at, task, field_names=True)["fields"]["Title"] is None
    at.sandbox.requests.clear()
    task.title = ""
    task.save()
    assert at.sandbox.requests == []


def test_fact_4_1_blanks_around_text_are_kept(at):
    task = at.Task.objects.create(title=" ", note="  two\nlines ")
    task.refresh()
    assert (task.title, task.note) == (" ", "  two\nlines ")


@pytest.mark.parametrize(("value", "read"), [(2.0, 2), (0, 0), (2.5, 2.5), (-7, -7)])
def test_fact_4_1_integral_numbers_are_integers(at, value, read):
    task = at.Task.objects.create(qty=value)
    assert task.qty == read
    assert type(task.qty) is type(read)
    task.qty = value
    assert not task.is_dirty


def test_fact_4_1_a_checkbox_is_never_null(at):
    task = at.Task.objects.create()
    assert task.done is False
    with pytest.raises(InvalidValue, match=r"Task\.done takes True or False"):
        task.done = None
    assert at.Task.objects.filter(done=False).count() == 1


def test_fact_4_1_an_autonumber_counts_from_one_and_a_record_id_is_the_id(at):
    first, second = at.Task.objects.create(), at.Task.objects.create()
    assert (first.number, second.number) == (1, 2)
    assert first.key == first.id


def test_fact_4_1_an_updated_at_field_is_null_until_an_edit_and_differs_from_the_record_s(at, clock):
    task = at.Task.objects.create(title="new")
    assert task.touched is None
    assert task.updated_at == task.created_at
    clock.now += 60
    task.title = "edited"
    task.save()
    assert task.touched == task.created_at + timedelta(seconds=60)


def test_fact_4_2_a_file_is_known_by_its_id_since_its_link_differs_at_every_read(at):
    task = at.Task.objects.create(files=["https://example.com/a.png"])
    again = at.Task.objects.get(id=task.id)
    assert task.files == again.files
    changed = raw(at, task)
    changed["fields"][at.ids["files"]][0]["url"] += "&X-Amz-Signature=other"
    assert at.Task.from_record(changed).files == task.files
    again.files = task.files
    assert not again.is_dirty


@pytest.mark.parametrize("text", ["Offen", "{id=null, label=null}"])
def test_fact_4_3_a_value_that_is_no_choice_reads_as_it_is(at, text):
    record = raw(at, at.Task.objects.create())
    record["fields"][at.ids["status"]] = {"id": text, "label": text}
    task = at.Task.from_record(record)
    assert (task.status, task.status.id) == (text, text)
    assert not task.is_dirty


# --- 5: writing -------------------------------------------------------------------------------------


def test_fact_5_1_a_save_sends_ids_and_leaves_what_it_does_not_send(at):
    task = at.Task.objects.create(title="keep", qty=1, done=True)
    task.qty = 2
    task.save()
    assert set(at.sandbox.requests[-1].body["fields"]) == {at.ids["qty"]}
    task.refresh()
    assert (task.title, task.qty, task.done) == ("keep", 2, True)


@pytest.mark.parametrize("status", [200, 201])
def test_fact_14_a_create_is_answered_200_or_201(status):
    with Sandbox(dialect=replace(Dialect.CURRENT, create_status=status)) as sandbox:
        client = sandbox.client()
        base = client.create_database("Base", sandbox.workspace_id)
        table = client.create_table(base.id, "Tasks")
        assert client.create_record(base.id, table.id, {})["id"]
        assert sandbox.requests[-1].status == status


@current
def test_fact_5_1_fields_that_a_create_omits_take_their_defaults(at):
    client = at.client
    client.create_field(at.base, at.table, "Open", "CHECKBOX", {}, default_value=True)
    client.create_field(at.base, at.table, "Hint", "SINGLE_LINE_TEXT", {}, default_value="none yet")

    class Task(Model):
        open = fields.Checkbox()
        hint = fields.SingleLineText()

        class Meta:
            database = at.base
            table = at.table

    task = Task.objects.create()
    assert (task.open, task.hint) == (True, "none yet")
    task = Task.objects.create(open=False)
    assert (task.open, task.hint) == (False, "none yet")


def test_fact_5_2_a_select_is_never_written_as_an_object(at):
    task = at.Task.objects.create(status="Urgent", tags=["Later", "Urgent"])
    assert isinstance(raw(at, task)["fields"][at.ids["status"]], dict)
    task.status, task.tags = task.tags[0], [task.status, "Important"]
    task.save()
    values = sent(at)
    assert all(isinstance(value, str) for value in (values["status"], *values["tags"]))
    assert (task.status, task.tags) == ("Later", ["Urgent", "Important"])


def test_fact_5_2_a_select_is_written_by_id_or_label_as_the_dialect_has_it(at, dialect):
    urgent = at.Task.objects.create(status="Urgent").status
    at.Task.objects.create(status=urgent)
    assert sent(at)["status"] == (urgent.id if dialect.select_write == "id" else "Urgent")
    # The service takes either.
    for spelled in (urgent.id, "Urgent"):
        record = at.client.create_record(at.base, at.table, {at.ids["status"]: spelled})
        assert record["fields"][at.ids["status"]] == {"id": urgent.id, "label": "Urgent"}


def test_fact_5_2_links_are_written_as_ids_or_objects_and_cleared_with_an_empty_list(at, dialect):
    paint = at.Task.objects.create(title="Paint")
    task = at.Task.objects.create(blocks=[paint])
    wanted = paint.id if dialect.link_write == "ids" else {"id": paint.id, "label": "Paint"}
    assert sent(at)["blocks"] == [wanted]
    for spelled in ([paint.id], [{"id": paint.id}], [{"id": paint.id, "label": "Paint"}], paint.id):
        record = at.client.create_record(at.base, at.table, {at.ids["blocks"]: spelled})
        assert record["fields"][at.ids["blocks"]] == [{"id": paint.id, "label": "Paint"}]
    task.blocks = None
    task.save()
    assert sent(at) == {"blocks": []}
    assert task.blocks == []


def test_fact_5_2_a_number_a_choice_and_a_date_are_cleared_with_null(at):
    task = at.Task.objects.create(qty=1, status="Urgent", day=date(2026, 1, 1), stars=3)
    task.qty = task.status = task.day = task.stars = None
    task.save()
    assert sent(at) == {"qty": None, "status": None, "day": None, "stars": None}
    task.refresh()
    assert (task.qty, task.status, task.day, task.stars) == (None,) * 4


def test_fact_5_2_an_email_need_not_be_one_address(at):
    assert at.Task.objects.create(email="a@example.com, b@example.com").email == "a@example.com, b@example.com"


def test_fact_5_3_the_answer_to_a_create_has_what_the_service_fills_in(at):
    task = at.Task(title="new")
    task.save()
    at.sandbox.requests.clear()
    assert (task.number, task.key, task.made) == (1, task.id, task.created_at)
    assert at.sandbox.requests == []


def test_fact_5_3_a_field_that_became_single_keeps_its_lists_until_the_next_write(at):
    class Task(Model):
        title = fields.SingleLineText()
        blocks = fields.LinkedRecord(to="self")

        class Meta:
            database = at.base
            table = at.table

    paint = at.Task.objects.create(title="Paint")
    plaster = at.Task.objects.create(title="Plaster", blocks=[paint])
    task = Task.objects.get(id=plaster.id)
    assert task.blocks.id == paint.id
    assert not task.is_dirty


# --- 6: links ---------------------------------------------------------------------------------------


def test_fact_6_a_link_shows_the_primary_field_and_an_empty_one_shows_nothing(at):
    named, nameless = at.Task.objects.create(title="Paint"), at.Task.objects.create()
    task = at.Task.objects.create(blocks=[named, nameless])
    assert [link["label"] for link in raw(at, task)["fields"][at.ids["blocks"]]] == ["Paint", ""]
    assert [link.title for link in at.Task.objects.get(id=task.id).blocks] == ["Paint", None]


def test_fact_6_links_keep_the_order_they_were_given_in(at):
    made = [at.Task.objects.create(title=title) for title in "abc"]
    given = [made[2], made[0], made[1]]
    task = at.Task.objects.create(blocks=given)
    task.refresh()
    assert task.blocks == given


def test_fact_6_a_deleted_record_stays_in_the_links_and_says_so(at):
    gone, there = at.Task.objects.create(title="Gone"), at.Task.objects.create(title="There")
    task = at.Task.objects.create(blocks=[gone, there])
    gone.delete()
    task.refresh()
    assert [str(link) for link in task.blocks] == ["Gone", "There"]
    assert [link.is_dangling for link in task.blocks] == [True, False]
    assert [link.title for link in task.blocks] == [None, "There"]  # and no crash on the way
    assert not task.is_dirty


# --- 8: schema --------------------------------------------------------------------------------------


@current
@pytest.mark.parametrize(
    ("kind", "options", "value"), [("CHECKBOX", {}, True), ("SINGLE_LINE_TEXT", {}, "x"), ("NUMBER", {}, None)]
)
def test_fact_8_1_a_default_value_is_typed(at, kind, options, value):
    made = at.client.create_field(at.base, at.table, "New", kind, options, default_value=value)
    assert made.default_value == value
    assert type(made.default_value) is type(value)


@current
def test_fact_8_3_an_update_of_a_field_keeps_its_choices_and_its_pair(at):
    client = at.client
    status = client.get_field(at.base, at.table, at.ids["status"])
    renamed = client.update_field(at.base, at.table, status.id, name="State")
    assert renamed.options.to_wire() == status.options.to_wire()
    teams = client.create_table(at.base, "Teams")
    link = client.create_field(at.base, at.table, "Team", "LINKED_RECORD", {"linkedTableId": teams.id})
    assert link.options.inverse_link_field_id
    again = client.update_field(at.base, at.table, link.id, name="Crew")
    assert again.options.inverse_link_field_id == link.options.inverse_link_field_id


@current
def test_fact_8_3_a_date_is_a_datetime_with_precision_date(at):
    assert fields.Date.api_type == "DATETIME"
    assert fields.Date().schema_options() == {"precision": "DATE"}
    day = at.client.get_field(at.base, at.table, at.ids["day"])
    assert type(fields.from_schema(day)) is fields.Date


# --- 10: search -------------------------------------------------------------------------------------


def test_fact_10_system_dates_are_compared_by_their_system_names(at, dialect, clock):
    at.Task.objects.create(title="old")
    clock.now += 60
    at.Task.objects.create(title="new")
    moment = datetime.fromtimestamp(clock.now - 30, UTC)
    late = at.Task.objects.filter(created_at__gt=moment).order_by("-created_at")
    right = int(moment.timestamp() * 1000) if dialect.system_date_filter == "millis" else "2026-01-09T16:17:49.000Z"
    assert condition(late) == {"leftSide": "created_at", "operator": "GREATER_THAN", "rightSide": right}
    assert late.to_dict()[dialect.sort_key] == [{"sortingField": "created_at", "sortType": "DESC"}]
    assert [task.title for task in late] == ["new"]


def test_fact_10_a_filter_on_the_id_goes_through_the_record_id_field_or_is_refused(at):
    class Bare(Model):
        title = fields.SingleLineText()

        class Meta:
            database = at.base
            table = at.table

    made = [at.Task.objects.create(title=title) for title in "abc"]
    wanted = at.Task.objects.filter(id__in=[made[0].id, made[2].id])
    assert condition(wanted)["leftSide"] == at.ids["key"]
    assert {task.title for task in wanted} == {"a", "c"}
    with pytest.raises(InvalidQuery, match="id"):
        Bare.objects.filter(id__in=[made[0].id])


def test_fact_10_a_select_is_filtered_by_id_or_label(at, dialect):
    urgent = at.Task.objects.create(status="Urgent").status
    query = at.Task.objects.filter(status="Urgent")
    assert condition(query)["rightSide"] == (urgent.id if dialect.select_filter == "id" else "Urgent")
    for spelled in (urgent.id, "Urgent"):
        body = {"leftSide": at.ids["status"], "operator": "IS", "rightSide": spelled}
        assert at.Task.objects.raw_filter(body).count() == 1


def test_fact_10_a_checkbox_is_compared_with_a_boolean_and_a_number_as_the_dialect_has_it(at, dialect):
    assert condition(at.Task.objects.filter(done=True))["rightSide"] is True
    right = condition(at.Task.objects.filter(qty=5))["rightSide"]
    assert right == (5 if dialect.number_filter == "number" else "5")
    at.Task.objects.create(qty=5)
    assert at.Task.objects.filter(qty=5, done=False).count() == 1


def test_fact_10_emptiness_has_no_right_side(at):
    query = at.Task.objects.filter(qty=None)
    assert condition(query) == {"leftSide": at.ids["qty"], "operator": "IS_EMPTY"}
    at.Task.objects.create()
    assert query.count() == 1


def test_fact_10_text_ignores_case_and_bounds_are_inclusive(at):
    at.Task.objects.create(title="Ärger", qty=1)
    at.Task.objects.create(title="Freude", qty=3)
    for query in (at.Task.objects.filter(title__contains="ÄRG"), at.Task.objects.filter(title="ärger")):
        assert [query.matches(task) for task in at.Task.objects.all()] == [True, False]
        assert query.count() == 1
    assert at.Task.objects.filter(qty__is_between=(1, 3)).count() == 2


def test_fact_10_a_filter_that_the_service_ignored_stops_a_bulk_write(at, monkeypatch):
    for title in ("keep", "drop"):
        at.Task.objects.create(title=title)
    search = type(at.client).search_records
    monkeypatch.setattr(
        type(at.client),
        "search_records",
        lambda self, base, table, body, **more: search(self, base, table, {**body, "filter": {}}, **more),
    )
    with pytest.raises(FilterIgnored):
        at.Task.objects.filter(title="drop").delete()
    with pytest.raises(FilterIgnored):
        at.Task.objects.filter(title="drop").update(qty=0)
    assert at.Task.objects.count() == 2


# --- 11 and 12: deletes and errors ------------------------------------------------------------------


def test_fact_11_a_second_delete_finds_nothing(at):
    task = at.Task.objects.create()
    twin = at.Task.objects.get(id=task.id)
    task.delete()
    assert at.sandbox.requests[-1].status == 204
    with pytest.raises(NotFound):
        twin.delete()


def test_fact_12_an_error_names_the_field_it_complains_of(at):
    class Task(Model):
        qty = fields.Number()  # knows nothing of the table's precision

        class Meta:
            database = at.base
            table = at.table

    with pytest.raises(ValueError, match=r"400 VALIDATION_ERROR") as raised:
        Task.objects.create(qty=2.125)
    assert raised.value.field_id == at.ids["qty"]
    assert at.ids["qty"] in str(raised.value)
