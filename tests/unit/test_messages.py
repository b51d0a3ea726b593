"""Every message that models, fields and queries have for their users: what was wrong, what was given, what is right.

One table; what raises stands beside the exact text. Messages about places at a service, which hold random ids, stand
in models/test_binding.py.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from softrorm import Choice, Model, Q, RelativeDate, SoftrError, fields, past

NOON = datetime(2026, 1, 9, 12, tzinfo=UTC)
PLACE = {"database": "6f3c2a10-0000-4222-8333-444455556666", "table": "MessTable00001"}


class Project(Model):
    name = fields.SingleLineText("Name0")

    class Meta:
        database = PLACE["database"]
        table = "MessTable00002"


class Task(Model):
    title = fields.SingleLineText("Title", required=True, max_length=5)
    qty = fields.Number("Qty00", min=0, max=9, precision=1)
    price = fields.Currency("Price")
    stars = fields.Rating("Stars")
    spent = fields.Duration("Spent", unit="seconds")
    done = fields.Checkbox("Done0")
    due = fields.DateTime("Due00")
    day = fields.Date("Day00")
    at = fields.Time("At000")
    span = fields.DateRange("Span0")
    status = fields.Select("Stat0", choices=["Open", "Done"])
    free = fields.Select("Free0")
    tags = fields.MultiSelect("Tags0", choices=["a", "b"])
    project = fields.LinkedRecord("Proje", to=Project)
    projects = fields.LinkedRecords("Projs", to=Project)
    owner = fields.User("Owner")
    team = fields.User("Team0", many=True)
    files = fields.Attachment("Files")
    home = fields.Address("Home0")
    total = fields.Formula("Total", returns=fields.Number())
    count = fields.Count("Count")

    class Meta:
        database = PLACE["database"]
        table = PLACE["table"]


class Coded(Model):
    code = fields.RecordId("Code0")

    class Meta:
        database = PLACE["database"]
        table = "MessTable00003"


class Base(Model):
    class Meta:
        abstract = True


FIELDS = (
    "id, title, qty, price, stars, spent, done, due, day, at, span, status, free, tags, project, projects, owner, "
    "team, files, home, total, count, created_at, updated_at"
)
ORDERS = FIELDS.removeprefix("id, ")
tasks = Task.objects
loaded = Task.from_record({"id": "rrrrrrrrrrrrrr", "fields": {"Title": "x", "Due00": "soon", "Day00": 5}})
gone = Task.from_record({"id": "rrrrrrrrrrrrrr", "fields": {"Title": "x"}, "dangling": True})
new_project = Project(name="P")


def given(**values):
    """What assigning a value raises."""
    return lambda: Task(**values)


def asked(*conditions, **lookups):
    """What a filter raises."""
    return lambda: tasks.filter(*conditions, **lookups)


def model(**attributes):
    """What making a model class raises."""
    meta = type("Meta", (), attributes.pop("meta", {}))
    return lambda: type("Thing", (Model,), {"__module__": __name__, "Meta": meta, **attributes})


MESSAGES = [
    # --- values ---
    (given(titel="x"), f"Task has no field 'titel'. Did you mean 'title'? Its fields are {FIELDS}."),
    (given(xyz=1), f"Task has no field 'xyz'. Its fields are {FIELDS}."),
    (given(title=5), "Task.title takes text, not 5 (int)."),
    (given(title=""), "Task.title is required and cannot be emptied with ''."),
    (given(title="abcdef"), "Task.title takes at most 5 characters, not 'abcdef' (str). It has 6."),
    (given(qty="5"), "Task.qty takes a number, not '5' (str)."),
    (given(qty=True), "Task.qty takes a number, not True (bool)."),
    (given(qty=-1), "Task.qty takes numbers from 0, not -1 (int)."),
    (given(qty=10), "Task.qty takes numbers up to 9, not 10 (int)."),
    (given(qty=1.25), "Task.qty takes numbers with at most 1 decimal, not 1.25 (float)."),
    (given(price="5"), "Task.price takes a Decimal, an int or a float, not '5' (str)."),
    (
        given(price=Decimal("0.12345678901234567")),
        "Task.price takes amounts of at most 15 digits, which JSON numbers keep exactly, not "
        "Decimal('0.12345678901234567') (Decimal).",
    ),
    (given(stars=2.5), "Task.stars takes a whole number, not 2.5 (float)."),
    (given(stars=6), "Task.stars takes numbers up to 5, not 6 (int)."),
    (given(spent=90), "Task.spent takes a timedelta, not 90 (int)."),
    (given(done=None), "Task.done takes True or False, not None (NoneType)."),
    (
        given(due=date(2026, 1, 9)),
        "Task.due takes a datetime with a time zone, not datetime.date(2026, 1, 9) (date). "
        "Of a day say datetime.combine(day, time(), tzinfo=UTC).",
    ),
    (
        given(due=datetime(2026, 1, 9)),
        "Task.due takes a datetime with a time zone, not datetime.datetime(2026, 1, 9, 0, 0) (datetime). "
        "Or set Meta.timezone, which says what naive ones mean.",
    ),
    (given(due="2026-01-09"), "Task.due takes a datetime with a time zone, not '2026-01-09' (str)."),
    (
        given(day=NOON),
        "Task.day takes a date, not datetime.datetime(2026, 1, 9, 12, 0, tzinfo=datetime.timezone.utc) (datetime). "
        "Of a datetime say .date().",
    ),
    (given(at=9), "Task.at takes a time, not 9 (int)."),
    (given(span=5), "Task.span takes a DateSpan or a pair of dates, not 5 (int)."),
    (
        given(span=(datetime(2026, 1, 9), None)),
        "Task.span takes datetimes with a time zone, or dates, not (datetime.datetime(2026, 1, 9, 0, 0), None) "
        "(tuple).",
    ),
    (given(status="Dune"), "Task.status takes one of 'Open', 'Done', not 'Dune' (str). Did you mean 'Done'?"),
    (given(status=5), "Task.status takes one of 'Open', 'Done', not 5 (int)."),
    (given(free=5), "Task.free takes the label of a choice, not 5 (int)."),
    (given(tags="a"), "Task.tags takes a list of choices, each one of 'a', 'b', not 'a' (str)."),
    (given(tags=["c"]), "Task.tags takes one of 'a', 'b', not 'c' (str)."),
    (given(project=5), "Task.project takes an instance of Project, or the id of one, not 5 (int)."),
    (given(projects="x"), "Task.projects takes a list of instances of Project, or of their ids, not 'x' (str)."),
    (
        lambda: Task(project=new_project).to_wire(),
        "Task.project links to <Project (new) name='P'>, which is not saved yet: save it first.",
    ),
    (given(owner=5), "Task.owner takes a Person, a user id or an email address, not 5 (int)."),
    (given(team="u1"), "Task.team takes a list, each item a Person, a user id or an email address, not 'u1' (str)."),
    (given(files=5), "Task.files takes addresses or File objects, not 5 (int)."),
    (
        given(files="a.png"),
        "Task.files takes addresses such as 'https://example.com/a.png', or File objects, not 'a.png' (str).",
    ),
    (given(home=5), "Task.home takes text or a dict, not 5 (int)."),
    (given(qty=["x" * 200]), f"Task.qty takes a number, not ['{'x' * 75}... (list)."),
    (given(total=5), "Task.total is a FORMULA field: the service computes it, and it cannot be set to 5."),
    (given(id="x"), "Task.id is a RECORD_ID field: the service computes it, and it cannot be set to 'x'."),
    (
        given(created_at=NOON),
        f"Task.created_at is a DATETIME field: the service computes it, and it cannot be set to {NOON!r}.",
    ),
    (
        lambda: loaded.due,
        "Task.due: the service answered 'soon' (str), which cannot be read as a datetime with a time zone; declare the "
        "field as fields.Raw() to read it as it is.",
    ),
    (
        lambda: loaded.day,
        "Task.day: the service answered 5 (int), which cannot be read as a date; declare the field as fields.Raw() to "
        "read it as it is.",
    ),
    # --- records ---
    (Base, "Base is abstract: make an instance of a model derived from it."),
    (lambda: delattr(Task(), "title"), "Task.title cannot be deleted; set it to None to empty the cell."),
    (
        lambda: Task.from_record({"id": "x"}),
        "Task.from_record() takes a record with 'id' and 'fields', not {'id': 'x'}.",
    ),
    (lambda: Task().save(), "Task.title is required; give it a value before saving."),
    (lambda: Task().save(fields=["titel"]), "Task.save(fields=...): 'titel' is no field. Did you mean 'title'?"),
    (lambda: Task().save(fields=["total"]), "Task.save(fields=...): 'total' is computed by the service."),
    (lambda: Task().delete(), "<Task (new)> was never saved, so there is nothing to delete."),
    (lambda: Task().refresh(), "<Task (new)> was never saved, so there is nothing to read."),
    (lambda: gone.save(), "<Task rrrrrrrrrrrrrr (deleted) title='x'> cannot be saved: the record is deleted."),
    (lambda: hash(Task()), "<Task (new)> is not saved yet, so it has no id to be hashed by."),
    # --- filters ---
    (asked(titel="x"), f"Task has no field 'titel'. Did you mean 'title'? Its fields are {FIELDS}."),
    (
        asked(qty__contains=5),
        "Task.qty holds numbers and cannot take 'contains'; it takes is, is_not, greater_than, greater_than_or_equals, "
        "less_than, less_than_or_equals, is_one_of, is_not_one_of, is_between, is_not_between, is_empty, is_not_empty, "
        "exact, iexact, eq, ne, gt, gte, lt, lte, in, range, isnull.",
    ),
    (
        asked(done__isempty=True),
        "Task.done has no look-up 'isempty'. It takes is, is_not, exact, iexact, eq, ne.",
    ),
    (
        asked(files__is_emty=True),
        "Task.files has no look-up 'is_emty'. Did you mean 'is_empty'? It takes is_empty, is_not_empty, isnull.",
    ),
    (
        asked(project__nam="x"),
        "Task.project is a link and has no look-up 'nam'. Did you mean 'name'? It takes is, is_not, is_one_of, "
        "is_not_one_of, is_empty, is_not_empty, exact, iexact, eq, ne, in, isnull, and the fields of Project: id, "
        "name, created_at, updated_at.",
    ),
    (
        asked(done=None),
        "Task.done holds a checkbox and cannot take 'is_empty'; it takes is, is_not, exact, iexact, eq, ne.",
    ),
    (asked(qty__gt="5"), "Task.qty__greater_than takes a number, not '5' (str)."),
    (asked(qty__gt=None), "Task.qty__greater_than takes a number, not None (NoneType)."),
    (asked(qty__in=[1, None]), "Task.qty__is_one_of takes a number, not None (NoneType)."),
    (asked(total__gt="5"), "Task.total__greater_than takes a number, not '5' (str)."),
    (asked(count__gt="5"), "Task.count__greater_than takes a number, not '5' (str)."),
    (asked(home={"city": "Brno"}), "Task.home__is takes text in a filter, not {'city': 'Brno'} (dict)."),
    (asked(status="Dune"), "Task.status__is takes one of 'Open', 'Done', not 'Dune' (str). Did you mean 'Done'?"),
    (
        asked(due="noon"),
        "Task.due__is takes a datetime with a time zone, a relative date or ISO text in a filter, not 'noon' (str).",
    ),
    (
        asked(day__lt=datetime(2026, 1, 9)),
        "Task.day__less_than takes a date, not datetime.datetime(2026, 1, 9, 0, 0) (datetime). Or set Meta.timezone, "
        "which says what naive ones mean.",
    ),
    (
        asked(created_at=date(2026, 1, 9)),
        "Task.created_at is an instant and cannot equal a day; all of 2026-01-09 is created_at__is_between=(day, day).",
    ),
    (
        asked(project=new_project),
        "Task.project__is cannot be compared with <Project (new) name='P'> (Project), which is not saved yet.",
    ),
    (asked(title__is_empty="yes"), "Task.title: is_empty takes True or False, not 'yes'."),
    (asked(title__in="x"), "Task.title: is_one_of takes a list of values, not 'x'; write is_one_of=['x', ...]."),
    (asked(qty__range=5), "Task.qty: is_between takes two bounds, not 5; write is_between=(low, high)."),
    (asked(qty__range=(1, 2, 3)), "Task.qty: is_between takes two bounds, not 3; write is_between=(low, high)."),
    (
        asked(tags=["a"]),
        "Task.tags holds several choices, links or persons, so equality with ['a'] is unclear; say tags__has_any_of, "
        "__has_all_of or __has_none_of.",
    ),
    (
        asked(id="x"),
        "The service takes no filter on Task.id. Read records by id with Task.objects.get(id=...) or "
        ".in_bulk([...]), or add a RECORD_ID field to the table and declare it with fields.RecordId().",
    ),
    (
        lambda: Coded.id == "x",
        "The service takes no filter on Coded.id. Read records by id with Coded.objects.get(id=...) or "
        ".in_bulk([...]), or filter by Coded.code.",
    ),
    (asked(Project.name == "x"), f"Project.name is not a field of Task; its fields are {FIELDS}."),
    (asked("x"), "filter() takes conditions and look-ups, not 'x'; write Task.status == 'Done' or status='Done'."),
    (
        asked(Task.project.name == "Site"),
        "filter() takes conditions and look-ups, not False; write Task.status == 'Done' or status='Done'; "
        "across a link, project__name='Site'.",
    ),
    (lambda: Q("x"), "Q() takes conditions and look-ups, not 'x'; write Q(status='Done') or Q(Task.status == 'Done')."),
    (
        lambda: bool(Q(title="x")),
        "A condition has no truth value. Join conditions with & and |, negate with ~, and bracket each one.",
    ),
    (
        lambda: past("decade"),
        "'RELATIVE_DATE:PAST:DECADE' is no relative date. Right are PREDEFINED:TODAY|YESTERDAY|TOMORROW, "
        "PREDEFINED:LAST|THIS|NEXT_WEEK|MONTH|QUARTER|YEAR, RELATIVE_DATE:PAST|THIS|NEXT:DAY|WEEK|MONTH|QUARTER|YEAR, "
        "and RELATIVE_DATE:PAST|NEXT:<days>.",
    ),
    # --- query sets ---
    (
        lambda: tasks.order_by("titel"),
        f"Task cannot be ordered by 'titel'. Did you mean 'title'? It can be ordered by {ORDERS}, each as text, with "
        "'-' before it for descending.",
    ),
    (lambda: tasks.order_by("qty", "-qty"), "Task is ordered by 'qty' twice."),
    (
        lambda: tasks.all()[:5].filter(qty=1),
        "filter() comes before slicing: a slice of a query cannot be narrowed or reordered.",
    ),
    (lambda: tasks.all()[::2], "A slice takes positions from 0 and no step, not slice(None, None, 2)."),
    (lambda: tasks.all()[-1], "Negative positions are not known to the API; turn the order round with reverse()."),
    (lambda: tasks.raw_filter({}), "raw_filter() takes a condition with an 'operator', not {}."),
    (lambda: tasks.view(5), "view() takes the id of a view, not 5."),
    (
        lambda: tasks.view("v").order_by("qty"),
        "order_by(): a view goes with no filter and no order, since the API takes it on plain reads only. Filter and "
        "order the view in Softr, or drop view().",
    ),
    (lambda: tasks.get(id=5), "Task.id is text such as 'vQ9BI8QUVQiFua', not 5."),
    (lambda: tasks.none().get(), "No Task matches the query."),
    (lambda: tasks.filter(title__in=[]).get(), "No Task matches <Task.title IS_ONE_OF ()>."),
    (lambda: tasks.none()[:][4], "<QuerySet Task.objects.none()> has no record at position 4."),
    (
        lambda: tasks.filter(qty=1).in_bulk(["x"]),
        "in_bulk() reads by id alone: call it on Model.objects, not on a filtered query set.",
    ),
    (lambda: tasks.in_bulk("x"), "in_bulk() takes a list of record ids such as 'vQ9BI8QUVQiFua', not 'x'."),
    (lambda: tasks.values("titel"), f"Task has no field 'titel'. Did you mean 'title'? Its fields are {FIELDS}."),
    (
        lambda: tasks.values(Task.title),
        "Fields are named one by one, as text such as 'title', not <Task.title: SingleLineText('Title')>.",
    ),
    (lambda: tasks.values(["title"]), "Fields are named one by one, as text such as 'id', not ['title']."),
    (lambda: tasks.values_list(flat=True), "values_list(flat=True) takes one attribute, not 24."),
    (lambda: tasks.filter(qty=1).matches(5), "matches() takes an instance of Task, not 5."),
    (
        lambda: tasks.raw_filter({"operator": "AND", "conditions": []}).matches(Task()),
        "matches() cannot judge <raw {'operator': 'AND', 'conditions': []}> in memory: only the server knows what a "
        "raw filter or a value of an unknown type means.",
    ),
    (lambda: tasks.all().update(), "update() takes the attributes to set, such as update(status='Done')."),
    (
        lambda: tasks.delete(),
        "Task.objects.delete() would delete every record of the table; say so with Task.objects.all().delete(...), or "
        "filter first.",
    ),
    (
        lambda: tasks.raw_filter({"operator": "AND"}).delete(),
        "delete() checks that each row satisfies the filter, since a malformed one may make the service answer every "
        "row; a raw filter cannot be checked here. Pass unchecked=True to go on all the same.",
    ),
    (lambda: Base.objects, "Base is abstract and has no table to query; query a model derived from it."),
    (lambda: Task().objects, "Use Task.objects: a query starts from the class, not from a record."),
    # --- declarations ---
    (
        lambda: fields.Select("Stat us"),
        "Select('Stat us'): a field id is five letters and digits, such as 'kl5nP'. To declare by name, write "
        "Select(name='Stat us').",
    ),
    (
        lambda: fields.Formula("{Quantity} * 2"),
        "Formula('{Quantity} * 2'): a field id is five letters and digits, such as 'kl5nP'. To give its text, write "
        "Formula(formula='{Quantity} * 2').",
    ),
    (
        lambda: fields.Formula("Unit price"),
        "Formula('Unit price'): a field id is five letters and digits, such as 'kl5nP'. To declare by name, write "
        "Formula(name='Unit price').",
    ),
    (lambda: fields.Select(choices=[5]), "A choice is a label or a Choice, not 5; an Enum's values are the labels."),
    (
        model(meta={"tabel": "x"}),
        "Thing.Meta has no option 'tabel'. Did you mean 'table'? Its options are abstract, client, database, "
        "database_name, natural_key, on_conflict, ordering, table, table_name, timezone.",
    ),
    (
        model(qty=fields.Number(), meta={"ordering": "-qyt"}),
        "Thing.Meta.ordering names '-qyt', which is no field. Did you mean 'qty'? Its fields are qty, created_at, "
        "updated_at.",
    ),
    (model(meta={"timezone": "Prague"}), "Thing.Meta.timezone: 'Prague' is no time zone such as 'Europe/Prague'."),
    (
        model(meta={"on_conflict": "shout"}),
        "Thing.Meta.on_conflict is 'shout'; right are 'overwrite', 'raise', 'merge', or a function that takes a "
        "Conflict and returns the values to write.",
    ),
    (model(a=fields.Number("Qty00"), b=fields.Number("Qty00")), "Thing.a and Thing.b both have the id 'Qty00'."),
    (model(a=fields.Number(), b=fields.Number(name="A")), "Thing.a and Thing.b are both called 'A'."),
    (
        model(due__date=fields.Date()),
        "Thing.due__date: a field's attribute starts with a letter and has no double underscore.",
    ),
    (
        model(save=fields.Checkbox()),
        "Thing.save: every model has 'save' already; call the field save_ and give its name, save_ = "
        "Checkbox(name=...), or its id.",
    ),
    (
        lambda: model(other=fields.LinkedRecord(to="Projekt"))().other.target,
        "Thing.other links to 'Projekt', and no model has this name. Did you mean 'Project'? Import the module that "
        "defines it before the link is used.",
    ),
    (
        lambda: model(other=fields.LinkedRecord(to=int))().other.target,
        "Thing.other links to int, which is no model with a table of its own.",
    ),
]


@pytest.mark.parametrize(("raises", "message"), MESSAGES, ids=[message[:60] for _, message in MESSAGES])
def test_a_message_says_what_was_wrong_what_was_given_and_what_is_right(raises, message, client):
    with pytest.raises((SoftrError, TypeError, AttributeError, IndexError)) as caught:
        raises()
    assert str(caught.value) == message


def test_the_values_shown_are_those_given():
    assert repr(Choice("Done", "id-done", "#fff")) == "Choice('Done', id='id-done')"
    assert repr(RelativeDate("PREDEFINED:TODAY")) == "RelativeDate('PREDEFINED:TODAY')"
    assert repr(Task.due) == "<Task.due: DateTime('Due00')>"
    assert repr(fields.DateTime("Due00")) == "<DateTime('Due00'): DateTime('Due00')>"
