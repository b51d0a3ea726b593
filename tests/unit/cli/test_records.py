"""Looking around and changing records at the prompt: databases, tables, fields, query, get, add, set, delete."""

from __future__ import annotations

import csv
import io
import json
import sys
import warnings

import pytest

from softrorm import DriftWarning, Model, create_tables, fields


class Area(Model):
    name = fields.SingleLineText()

    class Meta:
        database_name = "Tracker"


class Kinds(Model):
    text = fields.SingleLineText()
    notes = fields.LongText()
    email = fields.Email()
    url = fields.Url()
    phone = fields.Phone()
    address = fields.Address()
    number = fields.Number()
    cost = fields.Currency()
    percent = fields.Percent()
    progress = fields.Progress()
    duration = fields.Duration()
    stars = fields.Rating()
    done = fields.Checkbox()
    day = fields.Date()
    at = fields.DateTime()
    time = fields.Time()
    period = fields.DateRange()
    choice = fields.Select(choices=["Intern", "Öffentlich"])
    choices = fields.MultiSelect(choices=["Press, radio", "TV"])
    owner = fields.User()
    team = fields.User(many=True)
    areas = fields.LinkedRecords(to=Area)
    files = fields.Attachment()

    class Meta:
        database_name = "Tracker"


def rows(text):
    return list(csv.reader(io.StringIO(text)))


def titles(answer):
    return [row[1] for row in rows(answer.stdout)[1:]]


# --- databases, tables, fields ------------------------------------------------------------------


def test_databases_are_listed(tracker, run):
    [row] = json.loads(run("databases", "--json").stdout)
    assert (row["name"], row["tables"]) == ("Tracker", 2)
    assert run("databases").stdout.splitlines()[1].split()[1:] == ["Tracker", "2"]


def test_tables_are_listed_of_one_database_or_of_all(tracker, run):
    archive = tracker.client.create_database("Archive", tracker.client.sandbox.workspace_id)
    tracker.client.create_table(archive.id, "Old")
    assert titles(run("tables", "tracker", "--csv")) == ["Projects", "Tasks"]
    assert titles(run("tables", "--csv")) == ["Projects", "Tasks", "Old"]
    assert run("tables", archive.id).stdout.splitlines()[1].split()[1:] == ["Old", "1", "Archive"]


def test_where_there_is_nothing_a_line_says_so(tracker, run):
    tracker.client.create_database("Empty", tracker.client.sandbox.workspace_id)
    answer = run("tables", "Empty")
    assert (answer.stdout, answer.stderr) == ("", "The database 'Empty' has no tables.\n")
    answer = run("databases", "--url", "sandbox:", "--json")
    assert (answer.stdout, answer.stderr) == ("[]\n", "This account has no databases.\n")
    assert run("tables", "--url", "sandbox:").stderr == "This account has no tables.\n"


def test_a_database_that_is_not_there_is_answered_with_the_nearest(tracker, run):
    answer = run("tables", "Traker", code=2)
    assert answer.stderr == (
        "Error: This account has no database 'Traker'. Did you mean 'Tracker'? Its databases are 'Tracker'.\n"
    )


def test_fields_are_listed_with_what_one_needs_to_know(tracker, run):
    table = {row[1]: row[2:] for row in rows(run("fields", "Tasks", "--csv").stdout)}
    assert table["Title"] == ["SINGLE_LINE_TEXT", "required"]
    assert table["Status"] == ["SELECT", "Open, Urgent, Done"]
    assert table["Due date"] == ["DATETIME", "days"]
    assert table["Hours"] == ["NUMBER", "Estimated effort"]
    assert table["Tags"] == ["SELECT", "several; web, print"]
    assert table["Project"] == ["LINKED_RECORD", "to Projects"]


def test_choices_that_have_commas_are_told_apart(tracker, run):
    place = tracker.client.list_databases()[0].id
    table = next(one for one in tracker.client.schema(place) if one.name == "Projects")
    choices = [{"label": label} for label in ("Press, radio", "TV", 'so-called "web"')]
    tracker.client.create_field(place, table.id, "Media", "SELECT", options={"choices": choices})
    table = {row[1]: row[3] for row in rows(run("fields", "Projects", "--csv").stdout)}
    assert table["Media"] == '"Press, radio", TV, so-called "web"'


def test_fields_as_json_are_those_of_the_api(tracker, run):
    fields = {one["name"]: one for one in json.loads(run("fields", "Tracker/Tasks", "--json").stdout)}
    assert [choice["label"] for choice in fields["Status"]["options"]["choices"]] == ["Open", "Urgent", "Done"]


# --- query --------------------------------------------------------------------------------------


def test_a_query_prints_the_records_that_match(tracker, run):
    lines = run("query", "Tasks", "status is one of Urgent, Open and 'due date' is empty").stdout.splitlines()
    assert lines[0].split() == ["id", "Title", "Status", "Due", "date", "Hours", "Billable", "Tags", "Project"]
    assert lines[1].split() == [tracker.review.id, "Review", "Urgent", "no", "web,", "print", "New", "site"]
    assert len(lines) == 2


def test_it_makes_one_search(tracker, run):
    before = len(tracker.requests())
    run("query", "Tracker/Tasks", "hours > 1", "--order", "-hours", "--limit", "5")
    methods = [(method, path.rpartition("/")[2]) for method, path in tracker.requests()[before:]]
    assert methods == [("GET", "databases"), ("GET", "tables"), ("POST", "search")]


def test_order_fields_and_limit_are_taken(tracker, run):
    for number in range(3):
        tracker.Task.create(title=f"Extra {number}", hours=number)
    answer = run("query", "Tasks", "hours >= 0", "--order=-hours,title", "--fields", "title,hours", "--csv")
    assert rows(answer.stdout) == [
        ["Title", "Hours"],
        ["Draft", "6"],
        ["Extra 2", "2"],
        ["Extra 1", "1"],
        ["Extra 0", "0"],
    ]
    answer = run("query", "Tasks", "--order", "hours", "--limit", "1", "--fields=id", "--json")
    assert len(json.loads(answer.stdout)) == 1
    assert answer.stderr == ""


def test_json_has_values_for_programs(tracker, run):
    [row] = json.loads(run("query", "Tasks", "tags = web", "--json").stdout)
    assert row == {
        "id": tracker.review.id,
        "Title": "Review",
        "Status": "Urgent",
        "Due date": None,
        "Hours": None,
        "Billable": False,
        "Tags": ["web", "print"],
        "Project": tracker.site.id,
    }


def test_a_table_stops_somewhere_and_says_so_while_programs_get_all(tracker, run):
    tracker.Task.bulk_create([{"title": f"Task {number}"} for number in range(60)])
    answer = run("query", "Tasks")
    assert len(answer.stdout.splitlines()) == 51
    assert answer.stderr == "These are the first 50 records; --limit 0 shows all.\n"
    assert len(run("query", "Tasks", "--limit", "0").stdout.splitlines()) == 63
    assert len(rows(run("query", "Tasks", "--csv").stdout)) == 63


def test_no_match_is_said_and_no_error(tracker, run):
    answer = run("query", "Tasks", "hours > 1000")
    assert (answer.stdout, answer.stderr) == ("", "No record matches.\n")
    assert run("query", "Tasks", "hours > 1000", "--json").stdout == "[]\n"


def test_only_the_number(tracker, run):
    assert run("query", "Tasks", "not billable", "--count").stdout == "1\n"


def test_explain_shows_the_requests_and_makes_none(tracker, run):
    before = len(tracker.requests())
    answer = run("query", "Tracker/Tasks", "project.name starts with New", "--explain", "--limit", "3")
    assert answer.stdout.startswith("-- Step 1: the ids for <Tasks.project: <Projects.name STARTS_WITH 'New'>>")
    assert '"operator": "IS_ONE_OF"' in answer.stdout
    assert {path.rpartition("/")[2] for _, path in tracker.requests()[before:]} == {"databases", "tables"}


def test_the_search_of_a_count_is_explained_too(tracker, run):
    answer = run("query", "Tracker/Tasks", "billable", "--explain", "--count")
    assert json.loads(answer.stdout.partition("\n")[2].partition("--")[0])["paging"] == {"offset": 0, "limit": 1}


def test_a_field_that_is_asked_for_twice_is_one_column(tracker, run):
    answer = run("query", "Tasks", "--fields", "title,hours,Title", "--csv")
    assert rows(answer.stdout)[0] == ["Title", "Hours"]


def test_an_expression_that_is_wrong_is_pointed_at(tracker, run):
    answer = run("query", "Tasks", "status = Dnoe and hours > 1", code=2)
    assert answer.stderr == (
        "Error: Status takes one of 'Open', 'Urgent', 'Done', not 'Dnoe'. Did you mean 'Done'?\n"
        "  status = Dnoe and hours > 1\n"
        "           ^^^^\n"
    )
    assert "has no field 'hurs'" in run("query", "Tasks", "--order", "hurs", code=2).stderr
    assert "has no field 'hurs'" in run("query", "Tasks", "--fields", "hurs", code=2).stderr


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("project = 'New site'", ["Review"]),
        ("project != 'New site'", ["Draft", "Other"]),
        ("project in 'New site', 'Old site'", ["Review", "Other"]),
        ("project in 'New site', {old}", ["Review", "Other"]),
        ("project is not one of 'New site', {old}", ["Draft"]),
        ("project = 'No site'", []),
        ("project != 'No site'", ["Draft", "Review", "Other"]),
        ("not project = 'New site' and title starts with D", ["Draft"]),
    ],
)
def test_a_link_is_compared_with_labels_and_ids(tracker, run, text, found):
    old = tracker.Project.create(name="Old site")
    tracker.Task.create(title="Other", project=old)
    assert titles(run("query", "Tasks", text.format(old=old.id), "--csv")) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tasks = Review", ["New site"]),
        ("tasks != Review", ["Both", "Empty"]),
        ("tasks has any of Review, Draft", ["New site", "Both"]),
        ("tasks has all of Draft, Third", ["Both"]),
        ("tasks has all of Draft, {third}", ["Both"]),
        ("tasks has all of Draft, Review", []),
        ("tasks has none of Draft, Review", ["Empty"]),
    ],
)
def test_a_link_to_several_is_compared_with_labels_and_ids(tracker, run, text, found):
    both = tracker.Project.create(name="Both")
    tracker.Project.create(name="Empty")
    tracker.draft.project = both
    tracker.draft.save()
    third = tracker.Task.create(title="Third", project=both)
    assert titles(run("query", "Projects", text.format(third=third.id), "--csv")) == found


def test_labels_of_a_link_take_one_search_more(tracker, run):
    before = len(tracker.requests())
    run("query", "Tracker/Tasks", "project in 'New site', 'Old site' and hours is empty")
    assert [path.rpartition("/")[2] for _, path in tracker.requests()[before:]] == [
        "databases",
        "tables",
        "search",
        "search",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("project = 'No site'", "No record of Projects is called 'No site'.\nNo record matches.\n"),
        ("project != 'No site'", "No record of Projects is called 'No site'.\n"),
        ("hours > 1 or project in A, B", "No record of Projects is called 'A' or 'B'.\n"),
        ("project in 'New site', B", ""),
        ("project.name contains B", "No record matches.\n"),
        ("project in 'No site', {site}", "No record of Projects is called 'No site'.\n"),
        ("title = B and title = C and project = B", "No record of Projects is called 'B'.\nNo record matches.\n"),
    ],
)
def test_a_label_that_no_linked_record_has_is_told_without_a_further_request(tracker, run, text, said):
    before = len(tracker.requests())
    text = text.format(site=tracker.site.id)
    assert run("query", "Tracker/Tasks", text, "--csv").stderr == said
    assert len(tracker.requests()) - before <= 4  # databases, tables, and two searches
    assert run("query", "Tracker/Tasks", text, "--count").stderr == said.replace("No record matches.\n", "")


def test_a_link_is_empty_in_words(tracker, run):
    answer = run("query", "Tasks", "project = ''", code=2)
    assert answer.stderr == (
        "Error: Project: to ask for records that link to nothing write project is empty.\n  project = ''\n"
        "            ^^\n"
    )


def test_a_filter_on_the_id_is_answered_with_the_command_that_reads_the_record(tracker, run):
    answer = run("query", "Tasks", f"id = {tracker.draft.id} and billable", code=2)
    assert f"To read one record by it: softrorm get Tasks {tracker.draft.id}\n" in answer.stderr
    assert run("get", "Tasks", tracker.draft.id).stdout
    assert "softrorm get Tasks ID\n" in run("query", "Tasks", "id is empty", code=2).stderr


def test_fields_of_one_name_are_told_apart(tracker, run):
    place = tracker.client.list_databases()[0].id
    table = next(one for one in tracker.client.schema(place) if one.name == "Tasks")
    twin = tracker.client.create_field(place, table.id, "Title", "SINGLE_LINE_TEXT")
    head = rows(run("query", "Tasks", "--csv").stdout)[0]
    assert head[-1] == twin.id
    assert "2 fields are called 'Title'" in run("query", "Tasks", "Title = x", code=2).stderr
    assert run("query", "Tasks", f"{twin.id} is empty", "--count").stdout == "2\n"


def test_control_characters_of_records_do_not_reach_the_terminal(tracker, run):
    tracker.Task.create(title="\x1b[2Jgone")
    assert r"\x1b[2Jgone" in run("query", "Tasks", "title ends with gone").stdout


def test_warnings_are_lines_for_people(tracker, run, monkeypatch):
    def drifting(query, names, links):
        warnings.warn("records moved", DriftWarning, stacklevel=2)
        yield {name: [] for name in names}

    monkeypatch.setattr("softrorm.query.frames.column_pages", drifting)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        answer = run("query", "Tasks", "--csv")
    assert answer.stderr.startswith("Warning: records moved\n")


# --- get ----------------------------------------------------------------------------------------


def test_get_prints_a_record_a_line_for_each_field(tracker, run):
    lines = [line.split(maxsplit=1) for line in run("get", "Tasks", tracker.review.id).stdout.splitlines()]
    assert ["Title", "Review"] in lines
    assert ["Tags", "web, print"] in lines
    assert ["Project", "New site"] in lines


def test_get_as_json_has_all_values(tracker, run):
    record = json.loads(run("get", "Tasks", tracker.draft.id, "--json").stdout)
    assert (record["id"], record["Due date"], record["Hours"]) == (tracker.draft.id, "2026-01-05", 6)
    assert record["created_at"].endswith("Z")


def test_a_record_that_is_not_there_is_a_no(tracker, run):
    for more in (["get"], ["set", "title=x"]):
        answer = run(more[0], "Tasks", "vQ9BI8QUVQiFua", *more[1:], code=1)
        assert answer.stderr == "Error: Tasks has no record vQ9BI8QUVQiFua.\n"


# --- add ----------------------------------------------------------------------------------------


def test_add_makes_a_record_prints_its_id_and_tells_its_values(tracker, run):
    answer = run("add", "Tasks", "title=Sketch", "status=Open", "Due date=2026-12-24", "project=New site", "hours=")
    record = tracker.Task.get(id=answer.stdout.strip())
    assert (record.title, record.status, str(record.due), record.hours) == ("Sketch", "Open", "2026-12-24", None)
    assert record.project.id == tracker.site.id
    assert answer.stderr == ("Title: Sketch\nStatus: Open\nDue date: 2026-12-24\nProject: New site\nHours: (empty)\n")


def test_add_makes_one_write(tracker, run):
    before = len(tracker.requests())
    run("add", "Tracker/Tasks", "title=Sketch")
    methods = [(method, path.rpartition("/")[2]) for method, path in tracker.requests()[before:]]
    assert methods == [("GET", "databases"), ("GET", "tables"), ("POST", "records")]


def test_add_can_print_the_record(tracker, run):
    record = json.loads(run("add", "Tasks", "title=Sketch", "--json").stdout)
    assert tracker.Task.get(id=record["id"]).title == record["Title"] == "Sketch"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["status=Opn", "title=x"], "Status takes one of 'Open', 'Urgent', 'Done', not 'Opn'. Did you mean 'Open'?"),
        (["titel=x"], "Tasks has no field 'titel'. Did you mean 'title'?"),
        (["title=x", "Title=y"], "'Title' is given 2 times; give it one value"),
        (["title=x", "project=Nope"], "takes a record of Projects by its id or its label, and none is called 'Nope'."),
        (["status=Open"], "needs a value for 'Title': give Title=VALUE.\n"),
        (["title="], "Title is required and cannot be empty."),
        ([], "Missing argument 'FIELD=VALUE...'"),
    ],
)
def test_a_record_that_cannot_be_is_refused_before_anything_is_sent(tracker, run, values, said):
    before = tracker.Task.count()
    answer = run("add", "Tasks", *values, code=2)
    assert said in answer.stderr
    assert answer.stdout == ""
    assert tracker.Task.count() == before


# --- set ----------------------------------------------------------------------------------------


def test_set_sends_what_differs_and_tells_it(tracker, run):
    answer = run("set", "Tasks", tracker.draft.id, "status=Open", "hours=", "Due date=2026-12-24", "billable=yes")
    assert answer.stderr == "Status: Done -> Open\nHours: 6 -> (empty)\nDue date: 2026-01-05 -> 2026-12-24\n"
    assert answer.stdout == ""
    sent = [one for one in tracker.client.sandbox.requests if one.method == "PATCH"]
    assert [len(one.body["fields"]) for one in sent] == [3]
    tracker.draft.refresh()
    assert (tracker.draft.status, tracker.draft.hours, str(tracker.draft.due)) == ("Open", None, "2026-12-24")


def test_nothing_that_differs_sends_nothing(tracker, run):
    assert run("set", "Tasks", tracker.draft.id, "status=Done").stderr == "Nothing differs, nothing was sent.\n"
    assert "PATCH" not in {method for method, _ in tracker.requests()}


def test_several_values_have_commas_between_them(tracker, run):
    run("set", "Tasks", tracker.draft.id, "tags=print,web")
    tracker.draft.refresh()
    assert tracker.draft.tags == ["print", "web"]
    run("set", "Tasks", tracker.draft.id, "tags=")
    tracker.draft.refresh()
    assert tracker.draft.tags == []


def test_quotation_marks_belong_to_text_and_enclose_a_label_or_one_of_several_values(tracker, run):
    tracker.Project.create(name="Acme, Inc.")
    tracker.Task.create(title="Sign, then send")
    run("set", "Tasks", tracker.draft.id, 'project="Acme, Inc."', 'title="a, b"')
    tracker.draft.refresh()
    assert (tracker.draft.project.name, tracker.draft.title) == ("Acme, Inc.", '"a, b"')
    run("set", "Tasks", tracker.draft.id, "project=Acme, Inc.")
    run("set", "Projects", tracker.site.id, 'tasks="Sign, then send",Review')
    tracker.site.refresh()
    assert {task.title for task in tracker.site.tasks} == {"Sign, then send", "Review"}


@pytest.fixture
def kinds(tracker):
    """A record of a table with a field of every type that can be written."""
    create_tables(tracker.client, [Kinds, Area], database=tracker.client.list_databases()[0].id)
    Area.objects.using(tracker.client).bulk_create([{"name": "North, far"}, {"name": "South"}])
    return Kinds.objects.using(tracker.client).create(text="first")


@pytest.mark.parametrize(
    ("given", "shown", "in_json"),
    [
        ("text=a=b, c", "Text: first -> a=b, c", "a=b, c"),
        ("notes=two\nlines", r"Notes: (empty) -> two\nlines", "two\nlines"),
        ("email=zoe@example.com", "Email: (empty) -> zoe@example.com", "zoe@example.com"),
        ("url=https://example.com/?a=b", "Url: (empty) -> https://example.com/?a=b", "https://example.com/?a=b"),
        ("phone=+49 221 1234567", "Phone: (empty) -> +49 221 1234567", "+49 221 1234567"),
        ("address=Street 1, Town", "Address: (empty) -> Street 1, Town", "Street 1, Town"),
        ("number=1e3", "Number: (empty) -> 1000", 1000),
        ("cost=0.10", "Cost: (empty) -> 0.1", 0.1),
        ("percent=12.5", "Percent: (empty) -> 12.5", 12.5),
        ("progress=50", "Progress: (empty) -> 50", 50),
        ("duration=90", "Duration: (empty) -> 90", 90),
        ("stars=3", "Stars: (empty) -> 3", 3),
        ("done=yes", "Done: no -> yes", True),
        ("day=2026-12-24", "Day: (empty) -> 2026-12-24", "2026-12-24"),
        ("at=2026-12-24T10:00+02:00", "At: (empty) -> 2026-12-24 08:00:00Z", "2026-12-24T08:00:00.000Z"),
        ("at=2026-12-24 10:00", "At: (empty) -> 2026-12-24 10:00:00Z", "2026-12-24T10:00:00.000Z"),
        ("time=12:30", "Time: (empty) -> 12:30:00", "12:30:00"),
        (
            "period=2026-01-01/2026-01-31",
            "Period: (empty) -> 2026-01-01/2026-01-31",
            {"from": "2026-01-01", "to": "2026-01-31"},
        ),
        ("choice=Öffentlich", "Choice: (empty) -> Öffentlich", "Öffentlich"),
        ('choices="Press, radio",TV', 'Choices: (empty) -> "Press, radio", TV', ["Press, radio", "TV"]),
        ("owner=zoe@example.com", "Owner: (empty) -> zoe@example.com", "zoe@example.com"),
        ("team=a@b.c,d@e.f", "Team: (empty) -> a@b.c, d@e.f", ["a@b.c", "d@e.f"]),
        ('areas="North, far",South', 'Areas: (empty) -> "North, far", South', None),
    ],
)
def test_a_value_of_every_type_is_set_shown_and_emptied(tracker, kinds, run, given, shown, in_json):
    name = given.partition("=")[0]
    answer = run("set", "Kinds", kinds.id, given, "--json")
    assert answer.stderr == f"{shown}\n"
    title = shown.partition(":")[0]
    [row] = json.loads(run("query", "Kinds", "--json").stdout)
    assert row[title] == json.loads(answer.stdout)[title]
    if in_json is not None:
        assert row[title] == in_json
    assert run("set", "Kinds", kinds.id, given).stderr == "Nothing differs, nothing was sent.\n"
    after = shown.partition(" -> ")[2]
    assert [title, after] in [line.split(maxsplit=1) for line in run("get", "Kinds", kinds.id).stdout.splitlines()]
    empty = "no" if name == "done" else "(empty)"
    assert run("set", "Kinds", kinds.id, f"{name}=").stderr == f"{title}: {after} -> {empty}\n"


def test_files_are_set_by_their_addresses(kinds, run):
    given = 'files=https://example.com/a.png,"Plan, new.pdf (https://example.com/b)"'
    answer = run("set", "Kinds", kinds.id, given, "--json")
    assert answer.stderr == 'Files: (empty) -> a.png, "Plan, new.pdf"\n'
    assert [one["filename"] for one in json.loads(answer.stdout)["Files"]] == ["a.png", "Plan, new.pdf"]
    head, row = rows(run("query", "Kinds", "--csv").stdout)
    assert dict(zip(head, row, strict=True))["Files"].startswith("a.png (https://")
    assert run("set", "Kinds", kinds.id, "files=").stderr == 'Files: a.png, "Plan, new.pdf" -> (empty)\n'


def test_a_linked_record_goes_by_id_or_label(tracker, run):
    run("set", "Tasks", tracker.draft.id, "project=New site")
    tracker.draft.refresh()
    assert tracker.draft.project.id == tracker.site.id
    run("set", "Tasks", tracker.draft.id, "project=")
    run("set", "Tasks", tracker.draft.id, f"project={tracker.site.id}")
    tracker.draft.refresh()
    assert tracker.draft.project.id == tracker.site.id
    tracker.Project.create(name="New site")
    answer = run("set", "Tasks", tracker.draft.id, "project=New site", code=2)
    both = ", ".join(project.id for project in tracker.Project.filter(name="New site"))
    assert answer.stderr == (
        f"Error: Project takes one record of Projects, and several are called 'New site': {both}. Give the id.\n"
    )
    tracker.Project.bulk_create([{"name": "New site"}] * 3)
    answer = run("set", "Tasks", tracker.draft.id, "project=New site", code=2)
    assert answer.stderr.endswith(", .... Give the id.\n")


def test_set_can_print_the_record(tracker, run):
    record = json.loads(run("set", "Tasks", tracker.draft.id, "hours=7.5", "--json").stdout)
    assert record["Hours"] == 7.5


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("status=Opn", "Status takes one of 'Open', 'Urgent', 'Done', not 'Opn'. Did you mean 'Open'?"),
        (f"status={'x' * 99}", f"Status takes one of 'Open', 'Urgent', 'Done', not '{'x' * 76}...."),
        ('tags="', "Tags takes a closing quotation mark for each one that opens, not '\"'."),
        ('tags=print,"web', "Tags takes a closing quotation mark for each one that opens, not 'print,\"web'."),
        ("tags=print\nweb", "Tags takes values with ',' between them on one line, not 'print\\nweb'"),
        ('project="No, pe"', "label, and none is called '\"No, pe\"'."),
        ("hours=many", "Hours takes a number such as 1234.5, not 'many'."),
        ("due=soon", "Tasks has no field 'due'. Its fields are Title, Status, Due date,"),
        ("due_date=soon", "Due date takes a day such as 2026-01-31, not 'soon'."),
        ("title=", "Title is required and cannot be empty."),
        ("hours", "'hours' gives no value: write FIELD=VALUE, or FIELD= to empty it"),
        ("project=Nope", "Project takes a record of Projects by its id or its label, and none is called 'Nope'."),
        ("created_at=2026-01-01", "Created at cannot be set: the service works it out."),
        ("=x", "'=x' names no field: write FIELD=VALUE, or FIELD= to empty it"),
    ],
)
def test_a_value_that_will_not_do_is_refused_before_anything_is_sent(tracker, run, value, said):
    answer = run("set", "Tasks", tracker.draft.id, "billable=no", value, code=2)
    assert said in answer.stderr
    assert "PATCH" not in {method for method, _ in tracker.requests()}


# --- delete -------------------------------------------------------------------------------------


def test_delete_with_yes_does_not_ask(tracker, run):
    answer = run("delete", "Tasks", tracker.draft.id, tracker.review.id, "--yes")
    assert answer.stderr == "Deleted 2 records of Tasks.\n"
    assert tracker.Task.count() == 0


def test_without_a_terminal_it_wants_to_be_told(tracker, run):
    answer = run("delete", "Tasks", tracker.draft.id, code=2)
    assert "give --yes to delete without a question" in answer.stderr
    assert tracker.Task.count() == 2


def test_nothing_is_deleted_when_one_is_not_there(tracker, run):
    answer = run("delete", "Tasks", tracker.draft.id, "vQ9BI8QUVQiFua", "--yes", code=1)
    assert answer.stderr == "Error: Tasks has no record vQ9BI8QUVQiFua; nothing was deleted.\n"
    assert tracker.Task.count() == 2


@pytest.mark.parametrize(("typed", "code", "left"), [("y\n", 0, 1), ("n\n", 1, 2), ("\n", 1, 2), ("", 130, 2)])
def test_at_a_terminal_it_shows_the_records_and_asks(tracker, run, monkeypatch, typed, code, left):
    monkeypatch.setattr("softrorm.cli.asking.can_ask", lambda: True)
    answer = run("delete", "Tasks", tracker.review.id, input=typed, code=code)
    assert "Review" in answer.stdout
    assert "Delete 1 record? [y/N]:" in answer.stderr
    assert tracker.Task.count() == left


def test_what_is_about_to_go_is_shown_as_get_shows_it(tracker, run, monkeypatch):
    monkeypatch.setattr("softrorm.cli.asking.can_ask", lambda: True)
    before = len(tracker.requests())
    shown = run("delete", "Projects", tracker.site.id, input="n\n", code=1).stdout.splitlines()[1]
    assert shown.split() == [tracker.site.id, "New", "site", "Review"]
    searches = [method for method, path in tracker.requests()[before:] if "records" in path]
    assert len(searches) == 1


def test_what_was_deleted_before_an_error_is_told(tracker, run, monkeypatch):
    from softrorm.models.model import Model

    calls = []

    def failing(self, **_):
        calls.append(self)
        if len(calls) == 2:
            raise ConnectionError("gone")

    monkeypatch.setattr(Model, "delete", failing)
    with pytest.raises(ConnectionError):
        run("delete", "Tasks", tracker.draft.id, tracker.review.id, "--yes")
    assert len(calls) == 2


# --- together -----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["fields", "query", "get", "add", "set", "delete"])
def test_a_table_that_is_not_there_is_answered_with_the_nearest(tracker, run, command):
    more = {"get": ["x"], "add": ["title=x"], "set": ["x", "title=x"], "delete": ["x"]}.get(command, [])
    answer = run(command, "Taks", *more, code=2)
    assert answer.stderr == (
        "Error: This account has no table 'Taks'. Did you mean 'Tasks'? Its tables are 'Tracker/Projects', "
        "'Tracker/Tasks'.\n"
    )
    assert answer.stdout == ""


def test_a_network_that_fails_is_exit_code_3(folder, run, monkeypatch):
    monkeypatch.setenv("SOFTR_API_KEY", "some key")
    monkeypatch.setattr("softrorm.cli.connection.Client", None, raising=False)
    from softrorm.client.client import Client
    from softrorm.client.errors import DeadlineExceeded

    def failing(self):
        raise DeadlineExceeded("no answer", may_have_happened=False, method="GET", path="/databases")

    monkeypatch.setattr(Client, "list_databases", failing)
    answer = run("databases", "--url", "http://127.0.0.1:9/api/v1", code=3)
    assert answer.stderr == "Error: GET /databases: no answer (the request was not carried out)\n"
    assert sys.exc_info()[0] is None


def test_a_field_that_is_set_twice_is_wrong_usage(tracker, run):
    answer = run("set", "Tasks", tracker.draft.id, "title=A", "hours=1", "Title=B", code=2)
    assert "'Title' is given 2 times; give it one value" in answer.stderr
    assert tracker.Task.get(id=tracker.draft.id).title == "Draft"
