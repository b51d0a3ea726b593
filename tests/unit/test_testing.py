"""What ``softrorm.testing`` gives to apps: tables for models declared by id, which so run on a sandbox as they are."""

import runpy
import sys
from datetime import UTC, date, datetime
from enum import Enum

import pytest

import softrorm.testing
from softrorm import Choice, ConfigurationError, InvalidValue, Model, Session, ValidationFailed, fields
from softrorm.testing import mirror

BASE = "e74de047-f727-4f98-aa2a-7bda298672d3"


class Status(Enum):
    OPEN = Choice("Open", "c-open", "green")
    DONE = Choice("Done", "c-done")


class Project(Model):
    name = fields.SingleLineText("aB3dE")
    tasks = fields.LinkedRecords("7qn0n", to="Task")
    titles = fields.Lookup(
        "lKup0",
        returns=fields.LongText(),
        many=True,
        options={"linkedRecordFieldId": "tasks", "lookupFieldId": "title"},
    )
    hours = fields.Rollup("rOll0", returns=fields.Number())

    class Meta:
        database = BASE
        table = "kNjsEhYYcNjAsj"


class Task(Model):
    number = fields.Autonumber("aUto0")
    title = fields.SingleLineText("E08c0", required=True, max_length=20)
    status = fields.Select("kl5nP", choices=Status, default=Status.OPEN)
    tags = fields.MultiSelect("TLhWF", choices=["urgent", "blocked"])
    due = fields.DateTime("xgETy")
    day = fields.Date("dAy00")
    price = fields.Currency("pRice", precision=2, min=0)
    people = fields.User("uSers", many=True)
    files = fields.Attachment("fIles")
    hologram = fields.Raw("hOlog", type="HOLOGRAM")
    anything = fields.Raw("aNyth")
    project = fields.LinkedRecord("bJ6jE", to=Project)
    parent = fields.LinkedRecord("pArnt", to="self", inverse="children")
    children = fields.LinkedRecords("cHild", to="self")

    class Meta:
        database = BASE
        database_name = "Work"
        table = "J563LaZ43bZSQy"


@pytest.fixture
def mirrored(sandbox, client):
    mirror(sandbox, Task, Project)
    return client


def table(client, model):
    return client.get_table(model._meta.database, model._meta.table)


def test_the_tables_have_the_ids_names_and_types_of_the_models(mirrored):
    assert mirrored.get_database(BASE).name == "Work"
    assert [(one.id, one.name) for one in mirrored.list_tables(BASE)] == [
        ("J563LaZ43bZSQy", "Task"),
        ("kNjsEhYYcNjAsj", "Project"),
    ]
    for model in (Task, Project):
        shown = {one.id: (one.name, one.type, one.readonly) for one in table(mirrored, model).fields}
        assert shown == {
            one.id: (one.name, one.api_type or "UNKNOWN", not one.writable) for one in model._meta.own_fields.values()
        }


def test_what_the_models_say_of_a_field_is_in_its_definition(mirrored):
    task = table(mirrored, Task)
    assert task.primary_field_id == "E08c0"
    title = task.field("E08c0")
    assert (title.required, title.options.get("maxLength")) == (True, 20)
    assert task.field("kl5nP").default_value == {"id": "c-open", "label": "Open"}
    assert task.field("kl5nP").options.get("choices")[0]["color"] == "green"
    assert task.field("dAy00").options.get("precision") == "DATE"
    several = {one.id for one in task.fields if one.allow_multiple_entries}
    assert several == {"TLhWF", "uSers", "fIles", "cHild"}


def test_computed_fields_are_kept_as_definitions_with_the_ids_of_what_they_name(mirrored):
    project = table(mirrored, Project)
    titles = project.field("lKup0")
    assert (titles.options.get("linkedRecordFieldId"), titles.options.get("lookupFieldId")) == ("7qn0n", "E08c0")
    assert project.field("rOll0").type == "ROLLUP"
    assert Project.objects.create(name="Site").hours is None


def test_records_of_every_declared_field_are_saved_and_found(mirrored, assert_requests):
    site = Project.objects.create(name="Site")
    with assert_requests(1):
        task = Task.objects.create(
            title="Launch",
            tags=["urgent"],
            due=datetime(2026, 11, 22, 10, tzinfo=UTC),
            day=date(2026, 11, 23),
            price=12,
            people=["ann@example.org"],
            hologram={"voxels": [1, 2]},
            anything=[1, "two"],
            project=site,
        )
    read = Task.objects.filter(status=Status.OPEN, tags="urgent", project=site, day=date(2026, 11, 23)).get()
    assert (read.id, read.number, read.status, read.hologram, read.anything) == (
        task.id,
        1,
        Status.OPEN,
        {"voxels": [1, 2]},
        [1, "two"],
    )
    assert [one.title for one in Project.objects.get().tasks] == ["Launch"]


def test_rules_of_the_declared_fields_hold(mirrored):
    with pytest.raises(ValidationFailed):
        mirrored.create_record(BASE, "J563LaZ43bZSQy", {"E08c0": "x" * 21})
    with pytest.raises(ValidationFailed):
        mirrored.create_record(BASE, "J563LaZ43bZSQy", {})
    with pytest.raises(InvalidValue):
        Task(title="x", status="Lost")


def test_both_ends_of_a_relation_are_kept_in_step(mirrored):
    with Session() as session:
        parent, child = Task(title="Parent"), Task(title="Child")
        child.parent = parent
        session.add(child)
        session.commit()
    assert [one.title for one in Task.objects.get(title="Parent").children] == ["Child"]


def meta(table="t", database="d"):
    return type("Meta", (), {"table": table, "database": database})


def inverses(client, *models):
    return {
        one.name: one.options.get("inverseLinkFieldId")
        for model in models
        for one in table(client, model).fields
        if one.type == "LINKED_RECORD"
    }


def test_links_that_share_no_relation_stay_on_their_own_when_told_so(sandbox, client):
    class Person(Model):
        name = fields.SingleLineText("nAme0")
        employer = fields.LinkedRecord("eMplr", to="Firm", options={"inverseLinkFieldId": None})
        owned = fields.LinkedRecords("oWned", to="Firm")
        friend = fields.LinkedRecord("fRien", to="self", options={"inverseLinkFieldId": "gOne0"})
        boss = fields.LinkedRecord("bOss0", to="self")
        Meta = meta("person")

    class Firm(Model):
        name = fields.SingleLineText("nAme0")
        owner = fields.LinkedRecord("oWner", to=Person)
        Meta = meta("firm")

    mirror(sandbox, Person, Firm)
    assert inverses(client, Person, Firm) == {
        "Employer": None,
        "Owned": "oWner",
        "Friend": "gOne0",
        "Boss": None,
        "Owner": "oWned",
    }


def test_a_link_may_name_its_other_end_by_id(sandbox, client):
    class Person(Model):
        boss = fields.LinkedRecord("bOss0", to="self", options={"inverseLinkFieldId": "tEam0"})
        team = fields.LinkedRecords("tEam0", to="self")
        Meta = meta()

    mirror(sandbox, Person)
    assert inverses(client, Person) == {"Boss": "tEam0", "Team": "bOss0"}


def test_a_link_without_a_way_back_is_one_sided(sandbox, client):
    class Firm(Model):
        name = fields.SingleLineText("nAme0")
        Meta = meta("firm")

    class Person(Model):
        firm = fields.LinkedRecord("fIrm0", to=Firm)
        former = fields.LinkedRecords("fOrmr", to=Firm)
        Meta = meta("person")

    mirror(sandbox, Person, Firm)
    assert inverses(client, Person) == {"Firm": None, "Former": None}


def test_fields_declared_by_name_get_ids_and_are_found_by_name(sandbox, client):
    class Contact(Model):
        email = fields.Email()
        age = fields.Number("aGe00")
        Meta = meta()

    mirror(sandbox, Contact)
    Contact.objects.create(email="a@example.org", age=3)
    assert Contact.objects.get(email="a@example.org").age == 3
    assert table(client, Contact).field("Email").id == table(client, Contact).primary_field_id


def test_a_model_without_text_gets_a_primary_field_beside_its_own(sandbox, client):
    class Tally(Model):
        name = fields.Number("nUmbr")
        Meta = meta()

    mirror(sandbox, Tally)
    assert [(one.name, one.type) for one in table(client, Tally).fields] == [
        ("Title", "SINGLE_LINE_TEXT"),
        ("Name", "NUMBER"),
    ]


def test_models_that_share_a_table_share_its_fields(sandbox, client):
    class Full(Model):
        name = fields.SingleLineText("nAme0", required=True)
        age = fields.Number("aGe00")
        note = fields.LongText(name="Note")
        Meta = meta()

    class Slim(Model):
        title = fields.SingleLineText("nAme0")
        age = fields.Raw("aGe00")
        note = fields.LongText()
        city = fields.SingleLineText("cIty0")
        Meta = meta()

    mirror(sandbox, Full, Slim)
    Full.objects.create(name="Ann", age=3, note="x")
    slim = Slim.objects.get(title="Ann")
    assert (slim.age, slim.note, slim.city) == (3, "x", None)
    assert [one.type for one in table(client, Full).fields] == [
        "SINGLE_LINE_TEXT",
        "NUMBER",
        "SINGLE_LINE_TEXT",
        "LONG_TEXT",
    ]


def test_models_of_several_databases_are_mirrored_at_once(sandbox, client):
    class One(Model):
        name = fields.SingleLineText("nAme0")
        Meta = meta("one", "first")

    class Two(Model):
        name = fields.SingleLineText("nAme0")
        Meta = meta("two", "second")

    mirror(sandbox, One, Two)
    assert {base.id for base in client.list_databases()} == {"first", "second"}
    assert (One.objects.count(), Two.objects.count()) == (0, 0)


class Nowhere(Model):
    name = fields.SingleLineText("nAme0")

    class Meta:
        database = BASE


class Lonely(Model):
    name = fields.SingleLineText("nAme0")
    nowhere = fields.LinkedRecord("nOwhr", to=Nowhere)
    Meta = meta("lonely")


class Elsewhere(Model):
    name = fields.SingleLineText("nAme0")
    lonely = fields.LinkedRecord("lOnly", to="Foreign")
    Meta = meta("elsewhere", "e")


class Foreign(Model):
    name = fields.SingleLineText("nAme0")
    Meta = meta("foreign", "f")


class Abstract(Model):
    class Meta:
        abstract = True


class Twin(Model):
    name = fields.Number("nAme0")
    Meta = meta("foreign", "f")


class Moved(Model):
    name = fields.SingleLineText("nAme0")
    Meta = meta("foreign", "g")


class Knot(Model):
    one = fields.LinkedRecord("oNe00", to="self")
    two = fields.LinkedRecord("tWo00", to="self")
    Meta = meta("knot")


class Wrong(Model):
    one = fields.LinkedRecord("oNe00", to="self", inverse="nme")
    name = fields.SingleLineText("nAme0")
    Meta = meta("wrong")


class Astray(Model):
    one = fields.LinkedRecord("oNe00", to=Foreign, inverse="back")
    Meta = meta("astray", "f")


class Crowd(Model):
    one = fields.LinkedRecord("oNe00", to="self", inverse="both")
    two = fields.LinkedRecord("tWo00", to="self", inverse="both")
    both = fields.LinkedRecords("bOth0", to="self")
    Meta = meta("crowd")


class Defaulted(Model):
    name = fields.SingleLineText("nAme0")
    stars = fields.Rating("sTars", default="many")
    Meta = meta("defaulted")


class Misset(Model):
    name = fields.SingleLineText("nAme0")
    stars = fields.Rating("sTars", options={"shape": 5})
    Meta = meta("misset")


class Twice(Model):
    name = fields.SingleLineText("nAme0")
    other = fields.SingleLineText(name="Name")
    Meta = meta("twice")


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ([], r"^mirror\(\) takes a sandbox and the models"),
        ([[Task, Project]], "is no model: give the classes, one after the other"),
        ([Abstract], "^Abstract is abstract"),
        ([Nowhere], r"^Nowhere.Meta.table is not set.* create_tables\(\)"),
        ([Lonely], "^Lonely.nowhere links to Nowhere, which is not among the models given"),
        ([Elsewhere, Foreign], "^Elsewhere.lonely links to Foreign, which is in another database"),
        ([Foreign, Twin], "^Foreign.name and Twin.name are one field, 'nAme0'; it cannot be both SINGLE_LINE_TEXT"),
        ([Foreign, Moved], "^Moved.Meta.table is 'foreign', which stands in database 'f' by another model"),
        ([Knot], "^Knot.one, Knot.two: which of these links are two ends of one relation"),
        ([Wrong], "^Wrong.one: inverse='nme' is no link of Wrong"),
        ([Astray, Foreign], "^Astray.one: inverse='back' is no link of Foreign"),
        ([Crowd], "^Crowd.both cannot be the inverse of Crowd.two: one of them has another"),
        ([Defaulted], "Defaulted.stars"),
        ([Misset], "^Misset.stars cannot be mirrored. Field 'Stars' .* option shape is 5"),
        ([Twice], "^Twice.name and Twice.other are both called 'Name'"),
    ],
)
def test_what_cannot_be_mirrored_is_refused_by_name(sandbox, client, models, message):
    with pytest.raises(ConfigurationError, match=message):
        mirror(sandbox, *models)
    assert client.list_databases() == []


def test_a_database_is_mirrored_once(sandbox, mirrored):
    with pytest.raises(ConfigurationError, match=r"^Task, Project cannot be mirrored.* is in the sandbox already"):
        mirror(sandbox, Task, Project)


def test_what_is_missing_without_pytest_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "pytest", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install pytest\. Without it, softrorm\.schema\.check"):
        runpy.run_path(softrorm.testing.__file__)
