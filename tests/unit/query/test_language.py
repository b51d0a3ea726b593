"""Filters as text: what they mean, and errors that point at the place."""

from __future__ import annotations

import pickle
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softrorm import Model, Q, create_tables, fields, past, this, today, yesterday
from softrorm.query.language import InvalidExpression, parse_attributes, parse_filter, parse_order


class Project(Model):
    name = fields.SingleLineText()
    budget = fields.Currency(name="Budget (EUR)")
    parent = fields.LinkedRecord(to="self")

    class Meta:
        database_name = "Tracker"


class Task(Model):
    title = fields.SingleLineText(name="Title")
    status = fields.Select(choices=["Open", "In progress", "Urgent", "Done"])
    due = fields.Date(name="Due date")
    hours = fields.Number()
    billable = fields.Checkbox()
    tags = fields.MultiSelect(choices=["web", "print"])
    project = fields.LinkedRecord(to=Project)
    version = fields.SingleLineText(name="Version 1.0")
    number = fields.SingleLineText(name="Project.name")
    odd = fields.SingleLineText(name="and")
    files = fields.Attachment()

    class Meta:
        database_name = "Tracker"


class Listed(Model):
    title = fields.SingleLineText()
    size = fields.Number(name="Size, in cm")


class Unknown(Model):
    other = fields.Raw(type="NEW")


ID = "vQ9BI8QUVQiFua"


def tree(text):
    return repr(parse_filter(text, Task))


def meant(*conditions, **lookups):
    return repr(Task.objects.filter(*conditions, **lookups)._where)


@pytest.mark.parametrize(
    ("text", "lookups"),
    [
        ("status = Done", {"status": "Done"}),
        ("status is Done", {"status": "Done"}),
        ("STATUS == Done", {"status": "Done"}),
        ("status != Done", {"status__is_not": "Done"}),
        ("status is not Done", {"status__is_not": "Done"}),
        ("status <> 'In progress'", {"status__is_not": "In progress"}),
        ("status is_one_of Urgent,Open", {"status__in": ["Urgent", "Open"]}),
        ("status is one of (Urgent, Open)", {"status__in": ["Urgent", "Open"]}),
        ("status in [Urgent]", {"status__in": ["Urgent"]}),
        ("status in ()", {"status__in": []}),
        ("status not in Urgent, Open", {"status__is_not_one_of": ["Urgent", "Open"]}),
        ("status is empty", {"status__is_empty": True}),
        ("status is_not_empty", {"status__is_not_empty": True}),
        ('title = ""', {"title": ""}),
        ('"Due date" < today', {"due__lt": today()}),
        ("due = yesterday", {"due": yesterday()}),
        ("due_date = this month", {"due": this("month")}),
        ("due >= last week", {"due__gte": past("week")}),
        ("due >= past 7 days", {"due__gte": past(7)}),
        ("due between 2026-01-01 and today", {"due__is_between": ["2026-01-01", today()]}),
        ("due is within 2026-01-01, 2026-02-01", {"due__is_within": [date(2026, 1, 1), date(2026, 2, 1)]}),
        ("due = PREDEFINED:TODAY", {"due": today()}),
        ("hours > -1.5", {"hours__gt": -1.5}),
        ("hours not between 1 and 2_000", {"hours__is_not_between": [1, 2000]}),
        ("hours gte 3", {"hours__gte": 3}),
        ("hours < 1e3", {"hours__lt": 1000}),
        ("hours = 2e-1", {"hours": 0.2}),
        ("hours = +.5", {"hours": 0.5}),
        ("hours in 5", {"hours__in": [5]}),
        ("hours is not null", {"hours__is_not_empty": True}),
        ("title not contains x", {"title__does_not_contain": "x"}),
        ("title = '1,5'", {"title": "1,5"}),
        ("billable = 1", {"billable": True}),
        ("title contains 'home page'", {"title__contains": "home page"}),
        ("title does not start with New", {"title__does_not_start_with": "New"}),
        ("title = O'Brien", {"title": "O'Brien"}),
        (r'title = "say \"no\" \\ yes"', {"title": 'say "no" \\ yes'}),
        ("title = 12", {"title": "12"}),
        ("billable", {"billable": True}),
        ("billable = no", {"billable": False}),
        ("tags = web", {"tags": "web"}),
        ("tags has all of web, print", {"tags__has_all_of": ["web", "print"]}),
        ("tags is empty", {"tags__is_empty": True}),
        (f"project = {ID}", {"project": ID}),
        (f"project.id = {ID}", {"project": ID}),
        ('project."name" starts with New', {"project__name__starts_with": "New"}),
        ('project."Budget (EUR)" > 0.10', {"project__budget__gt": Decimal("0.10")}),
        ("project.parent.name = A", {"project__parent__name": "A"}),
        ("'Version 1.0' = x", {"version": "x"}),
        ("project.Name = x", {"number": "x"}),
        ("project.'name' = x", {"project__name": "x"}),
        ("project.'Budget (EUR)' = 1", {"project__budget": 1}),
        ("project.parent.'name' = O'Brien", {"project__parent__name": "O'Brien"}),
        ('"and" = or_so', {"odd": "or_so"}),
        ("files is not empty", {"files__is_not_empty": True}),
        ("created_at > yesterday", {"created_at__gt": yesterday()}),
        ('"Created at" > yesterday', {"created_at__gt": yesterday()}),
    ],
)
def test_a_condition_means_what_its_look_up_means(text, lookups):
    assert tree(text) == meant(**lookups)


def test_what_a_lookup_field_shows_is_asked_of_it():
    class Ticket(Model):
        project = fields.LinkedRecord(to=Project)
        project_names = fields.Lookup(through="project", of="name", returns=fields.SingleLineText())

    found = parse_filter("project.name contains site", Ticket)
    assert repr(found) == repr(Ticket.objects.filter(project__name__contains="site")._where)
    assert repr(found) == "<Ticket.project_names CONTAINS 'site'>"


def test_values_of_unknown_types_are_json():
    assert parse_filter("""other = '{"a": 1}'""", Unknown).value == {"a": 1}
    assert parse_filter("other = plain", Unknown).value == "plain"


@pytest.mark.parametrize(
    ("text", "q"),
    [
        ("billable and hours > 1 or hours < 0", (Q(billable=True) & Q(hours__gt=1)) | Q(hours__lt=0)),
        ("billable and (hours > 1 OR hours < 0)", Q(billable=True) & (Q(hours__gt=1) | Q(hours__lt=0))),
        ("not billable and hours = 1", ~Q(billable=True) & Q(hours=1)),
        ("not (billable and hours = 1)", ~(Q(billable=True) & Q(hours=1))),
        ("not not billable", Q(billable=True)),
        ("tags != web", ~Q(tags="web")),
        ("((billable))", Q(billable=True)),
        ("", Q()),
    ],
)
def test_conditions_combine_as_q_objects_do(text, q):
    assert tree(text) == meant(q)


def test_it_compiles_to_the_search_that_the_same_look_ups_make(client):
    create_tables(client, [Project, Task])
    text = "status is_one_of Urgent, Done and due < today"
    body = Task.objects.filter(parse_filter(text, Task)).to_dict()
    assert body == Task.objects.filter(status__in=["Urgent", "Done"], due__lt=today()).to_dict()
    Task.objects.create(title="late", status="Urgent", due=date(2026, 1, 1))
    Task.objects.create(title="done late", status="Open", due=date(2026, 1, 1))
    assert [task.title for task in Task.objects.filter(parse_filter(text, Task))] == ["late"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("«statsu» = Done", "Task has no field 'statsu'. Did you mean 'status'? Its fields are Title, Status,"),
        (
            "billable and status = «Dnoe»",
            "Status takes one of 'Open', 'In progress', 'Urgent', 'Done', not 'Dnoe'. Did",
        ),
        ("status in Open, «Dnoe», Done", "Status takes one of "),
        (
            "status «Done»",
            "after status should come an operator, not 'Done'. It takes =, !=, is one of, is not one of, i",
        ),
        ("hours «betwen» 1 and 2", "after hours should come an operator, not 'betwen'. Did you mean 'is between'?"),
        (
            "hours«»",
            "after hours should come an operator. It takes =, !=, >, >=, <, <=, is one of, is not one of, is b",
        ),
        (
            "title = Home «page»",
            "here should be 'and', 'or' or the end, not 'page'. A value with blanks stands in quot",
        ),
        ("status = «In» progress", 'A value with blanks stands in quotes: "In progress".'),
        (
            "title = a«,» b",
            "here should be 'and', 'or' or the end, not ','. To ask for one of several values, write 'is o",
        ),
        ("hours «contains» 3", "Hours holds numbers and cannot take this. It takes =, !=, >, >=, <, <=, is one of, "),
        ("title «>» 3", "Title holds text and cannot take this. It takes =, !=, contains, does not contain,"),
        (
            "files «=» x",
            "Files holds values that can only be there or not and cannot take this. It takes is empty, is n",
        ),
        ("hours > «abc»", "Hours: 'abc' is no number such as 12, -3 or 0.5"),
        ("hours > «.»", "Hours: '.' is no number"),
        ("hours > 1«,»5", "here should be 'and', 'or' or the end, not ','. Decimals stand behind a point: 1.5."),
        ("hours > «1e999»", "Hours takes a number, not inf."),
        ("hours > 3 «billable»", "not 'billable'. Conditions have 'and' or 'or' between them."),
        ("hours > «-» 3", "Hours: '-' is no number such as 12, -3 or 0.5."),
        ("«-hours» > 3", "Task has no field '-hours'. Did you mean 'hours'?"),
        ("«Due date» < today", 'a name with blanks stands in quotes: "Due date"'),
        ("project.«Budget» (EUR) > 3", "Project has no field 'Budget'"),
        ("status = Open or «Urgent»", "To ask for one of several values, write 'is one of'."),
        ("title = «“»home page”", "“ is no quote here; quotes are \" and '"),
        ("title = https://a.b/«=»c", 'A value with signs stands in quotes: "https://a.b/=c".'),
        ("due = «20260131»", "Due date: '20260131' is no date. Dates are 2026-11-22,"),
        ("billable = «maybe»", "Billable: 'maybe' is neither true nor false"),
        (
            "due < «2026-13-01»",
            "Due date takes a date, a relative date or ISO text in a filter, not '2026-13-01'. Dates are 2026-11-22, "
            "2026-11-22T15:30:00Z, today, this week, past 7 days and the like.",
        ),
        (
            "due < «tomorow»",
            "Due date takes a date, a relative date or ISO text in a filter, not 'tomorow'. Did you mean 'tomorrow'? "
            "Dates are 2026-11-22, 2026-11-22T15:30:00Z, today, this week, past 7 days and the like.",
        ),
        ("due < «past 7»", "Due date takes a date, a relative date"),
        ("due < «this 7 days»", "Due date takes a date, a relative date"),
        ("created_at = «2026-01-01»", "Created at is an instant and cannot equal a day"),
        ("hours «between 5 and 1»", "Hours: is_between takes the lower bound first, and 5 comes after 1."),
        ("hours between 5«»", "here should be 'and' and the upper bound, not the end"),
        (
            "project = «'New site'»",
            "Project: 'New site' is no id of a record such as 'vQ9BI8QUVQiFua'; to compare a field of the linked "
            'record write project.name = "New site".',
        ),
        ("«title__icontains» = x", "title__icontains is how a program spells it; in a filter as text write: title con"),
        ("«project__name__startswith» = x", "in a filter as text write: project.name starts with"),
        ("«project__budget» = 1", "in a filter as text write: project.budget"),
        ("«hours__gte» 3", "in a filter as text write: hours >="),
        ("«due_date__isnull» = no", "in a filter as text write: due_date is empty"),
        ("«titel__icontains» = x", "Task has no field 'titel__icontains'."),
        ("«__» = x", "Task has no field '__'."),
        ("project.«nmae» = x", "Project has no field 'nmae'. Did you mean 'name'?"),
        ("«title».name = x", "'title' is no link, so nothing can follow it after a dot"),
        ("id «=» vQ9BI8QUVQiFua", "the service takes no filter on the id of a record"),
        ('title = «"»abc', 'the quote " is not closed'),
        ("title = a «!» b", "'!' means nothing here; 'not' negates, != is unequal"),
        ("title =«»", "here should be a value for Title, not the end"),
        ("title = «and»", "here should be a value for Title, not 'and'"),
        ("«and» billable", "here should be the name of a field, not 'and'"),
        ("billable and«»", "here should be the name of a field, not the end"),
        ("«(»billable", "the bracket ( is not closed"),
        ("billable«)»", "here should be 'and', 'or' or the end, not ')'."),
        ("status in (Open«»", "here should be , or ), not the end"),
        ("status in (Open «Done»)", "here should be , or ), not 'Done'"),
        ("(hours = 1 «Done»)", "here should be 'and', 'or' or the end, not 'Done'."),
    ],
)
def test_an_error_says_what_is_wrong_and_points_at_it(text, problem):
    at = text.index("«")
    end = text.index("»") - 1
    text = text.replace("«", "").replace("»", "")
    with pytest.raises(InvalidExpression) as error:
        parse_filter(text, Task)
    assert problem in error.value.problem
    assert (error.value.at, error.value.end, error.value.expression) == (at, end, text)
    lines = str(error.value).splitlines()
    assert lines[-2:] == [f"  {text}", f"  {' ' * at}{'^' * max(1, end - at)}"]


def test_the_caret_stays_on_the_screen_in_a_long_expression():
    text = " or ".join(["billable"] * 40 + ["statsu = Done"] + ["billable"] * 40)
    with pytest.raises(InvalidExpression) as error:
        parse_filter(text, Task)
    _, shown, carets = str(error.value).splitlines()
    assert len(shown) <= 85
    assert shown[carets.index("^") :].startswith("statsu = Done")
    assert carets.strip() == "^^^^^^"


def test_wide_letters_and_line_breaks_do_not_move_the_caret():
    with pytest.raises(InvalidExpression) as error:
        parse_filter("title = '状態'\nand x = 1", Task)
    assert str(error.value).splitlines()[1:] == ["  title = '状態' and x = 1", "                     ^"]


def test_brackets_without_end_are_an_error_and_no_crash():
    for text in ("(" * 5000 + "billable", "not " * 5000 + "billable"):
        with pytest.raises(InvalidExpression, match="more than 100 brackets in each other"):
            parse_filter(text, Task)
    assert parse_filter(" or ".join(["billable"] * 5000), Task) is not None


WORDS = "status due hours billable tags project title files and or not is one of in between empty = != < > ( ) , [ ]"
PIECES = [
    *WORDS.split(),
    "Done",
    "'In progress'",
    '"',
    "'",
    ".",
    "-",
    "today",
    "past",
    "7",
    "days",
    "1.5",
    "2026-01-01",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join) | st.text(max_size=30))
def test_whatever_is_typed_is_a_filter_or_an_error_that_points_at_a_place(text):
    error = None
    try:
        parse_filter(text, Task)
    except InvalidExpression as raised:
        error = raised
    assert error is None or (0 <= error.at <= error.end <= len(text) and "^" in str(error))


def test_two_fields_with_one_name_are_told_apart_by_id():
    class Twice(Model):
        a = fields.SingleLineText("aaaaa", name="Note")
        b = fields.SingleLineText("bbbbb", name="Note")

    with pytest.raises(InvalidExpression, match=r"2 fields are called 'Note': a \(aaaaa\), b \(bbbbb\); give the id"):
        parse_filter("Note = x", Twice)
    assert repr(parse_filter("bbbbb = x", Twice)) == "<Twice.b IS 'x'>"


def test_a_field_called_as_what_every_record_has_goes_before_it():
    class Dated(Model):
        made = fields.CreatedAt(name="Created At")

    assert repr(parse_filter("'created at' > today", Dated)).startswith("<Dated.made GREATER_THAN")
    assert repr(parse_filter("created_at > today", Dated)).startswith("<Dated.created_at GREATER_THAN")


def test_orders_and_lists_of_fields_take_the_same_names():
    assert parse_order(["-Due date, title", "hours"], Task) == ["-due", "title", "hours"]
    assert parse_order(["- hours"], Task) == ["-hours"]
    assert parse_attributes(["id,Due date"], Task) == ["id", "due"]
    assert parse_attributes(["title,due", "Title", "due_date"], Task) == ["title", "due"]
    assert parse_attributes(["Version 1.0,project.name"], Task) == ["version", "number"]
    assert parse_attributes(['"Size, in cm",title'], Listed) == ["size", "title"]
    assert parse_order(['title, "-Size, in cm"'], Listed) == ["title", "-size"]
    with pytest.raises(ValueError, match=r"'project\.budget' is no field of Task itself, .*; 'project' can"):
        parse_attributes(["project.budget"], Task)
    with pytest.raises(ValueError, match="Task has no field 'dew'"):
        parse_order(["-dew"], Task)


def test_of_many_fields_some_are_named():
    Wide = type("Wide", (Model,), {"__module__": __name__, **{f"f{at}": fields.Number() for at in range(60)}})
    with pytest.raises(InvalidExpression, match=r"has no field 'x'\. Its fields are F0, .*, F19, \.\.\.\n") as error:
        parse_filter("x = 1", Wide)
    assert len(error.value.problem) < 200


def test_the_error_can_be_pickled():
    with pytest.raises(InvalidExpression) as error:
        parse_filter("statsu = Done", Task)
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)
