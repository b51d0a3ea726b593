"""Declaring models: Meta, inheritance, mixins, names, and what is refused when the class is made."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from softrorm import (
    ConfigurationError,
    DoesNotExist,
    InvalidValue,
    Model,
    MultipleObjectsReturned,
    ReadOnlyField,
    TypedModel,
    fields,
)

PLACE = {"database": "6f3c2a10-0000-4222-8333-444455556666", "table": "DeclTable00001"}


def model(name="Task", bases=(Model,), meta=None, **attributes):
    """A model class made in one line."""
    body = {"__module__": __name__, "__qualname__": name, **attributes}
    if meta is not None:
        body["Meta"] = type("Meta", (), meta)
    return type(name, bases, body)


class Stamped:
    """A plain mixin with fields."""

    note = fields.LongText("Note0")
    editor = fields.User("Edit0")

    def shout(self):
        return (self.note or "").upper()


class Base(Model):
    title = fields.SingleLineText("Title", required=True)

    class Meta:
        abstract = True
        database = PLACE["database"]
        timezone = "Europe/Prague"


class Task(Stamped, Base):
    qty = fields.Number("Qty00")

    class Meta:
        table = "DeclTable00001"


class Urgent(Task):
    level = fields.Rating("Level")

    class Meta:
        table = "DeclTable00002"
        timezone = UTC


def test_fields_of_abstract_bases_and_mixins_are_inherited():
    assert list(Task._meta.own_fields) == ["title", "note", "editor", "qty"]
    assert list(Urgent._meta.own_fields) == ["title", "note", "editor", "qty", "level"]
    assert list(Task._meta.fields) == ["id", "title", "note", "editor", "qty", "created_at", "updated_at"]
    assert Task(title="x", note="hear").shout() == "HEAR"


def test_each_model_has_fields_of_its_own():
    assert (Task.title.label, Urgent.title.label) == ("Task.title", "Urgent.title")
    assert Task.created_at is not Urgent.created_at
    with pytest.raises(InvalidValue, match=r"^Task\.title takes text"):
        Task(title=5)
    with pytest.raises(InvalidValue, match=r"^Urgent\.title takes text"):
        Urgent(title=5)


def test_options_are_inherited_and_overridden():
    assert (Task._meta.database, Task._meta.table) == (PLACE["database"], "DeclTable00001")
    assert (Urgent._meta.database, Urgent._meta.table) == (PLACE["database"], "DeclTable00002")
    assert Task._meta.timezone == ZoneInfo("Europe/Prague")
    assert Urgent._meta.timezone is UTC
    assert (Base._meta.abstract, Task._meta.abstract) == (True, False)


def test_a_meta_may_derive_from_another_one():
    class Shared:
        database = PLACE["database"]
        ordering = ["-title"]

    class Derived(Base):
        class Meta(Shared, Base.Meta):
            table = "DeclTable00003"

    assert (Derived._meta.database, Derived._meta.ordering) == (PLACE["database"], ("-title",))
    assert not Derived._meta.abstract
    assert Derived._meta.timezone == ZoneInfo("Europe/Prague")


def test_an_abstract_model_makes_no_instances():
    for abstract in (Base, Model, TypedModel):
        with pytest.raises(TypeError, match=rf"^{abstract.__name__} is abstract: make an instance of a model derived"):
            abstract()


def test_a_subclass_may_replace_a_field_by_another_or_by_something_else():
    replaced = model("Replaced", (Task,), qty=fields.Currency("Money"))
    dropped = model("Dropped", (Task,), qty=None)
    assert replaced._meta.fields["qty"].id == "Money"
    assert "qty" not in dropped._meta.fields
    assert "qty" in Task._meta.fields


def test_a_field_is_called_by_its_attribute_in_words_unless_it_is_named():
    named = model(
        due_date=fields.DateTime(), url=fields.Url(), class_=fields.Select(), kind=fields.Select(name="Type of it")
    )
    assert {name: field.name for name, field in named._meta.own_fields.items()} == {
        "due_date": "Due date",
        "url": "Url",
        "class_": "Class",
        "kind": "Type of it",
    }


@pytest.mark.parametrize(
    ("class_name", "table_name"),
    [
        ("ProjectTask", "Project task"),
        ("TZ", "TZ"),
        ("HTTPLog", "HTTP log"),
        ("MyAPI", "My API"),
        ("TimeZone", "Time zone"),
        ("PlanB", "Plan b"),
        ("XRay", "X ray"),
        ("S3Bucket", "S3 bucket"),
        ("Year2026", "Year2026"),
        ("Odd_Name", "Odd name"),
        ("task", "Task"),
    ],
)
def test_a_table_is_called_by_its_class_in_words_with_abbreviations_as_they_are(class_name, table_name):
    assert model(class_name)._meta.table_name == table_name


def test_every_model_has_errors_of_its_own_which_are_those_of_its_bases_too():
    for kind in (DoesNotExist, MultipleObjectsReturned):
        name = kind.__name__
        assert issubclass(getattr(Urgent, name), getattr(Task, name))
        assert issubclass(getattr(Task, name), (getattr(Base, name), kind, LookupError))
        assert getattr(Task, name) is not getattr(Base, name)
        assert getattr(Task, name).__qualname__ == f"Task.{name}"


@pytest.mark.parametrize("name", ["save", "delete", "refresh", "objects", "to_dict", "is_dirty", "bind", "id", "Meta2"])
def test_a_field_cannot_hide_what_every_model_has(name):
    if name == "Meta2":
        assert model(**{name: fields.Number()})
        return
    with pytest.raises(ConfigurationError, match=rf"^Task\.{name}: every model has '{name}' already; call the field"):
        model(**{name: fields.SingleLineText()})


def test_a_tables_own_fields_may_take_the_place_of_the_records_dates():
    own = model(created_at=fields.CreatedAt("Creat"), updated_at=fields.UpdatedAt("Updat"), meta=PLACE)
    record = {
        "id": "x",
        "fields": {"Creat": "2026-01-01T00:00:00.000Z", "Updat": None},
        "createdAt": "",
        "updatedAt": "",
    }
    assert own.from_record(record).created_at.year == 2026
    assert own.objects.order_by("created_at").to_dict()["sorting"] == [{"sortingField": "Creat", "sortType": "ASC"}]


@pytest.mark.parametrize("name", ["_hidden", "due__date", "__due"])
def test_attributes_that_look_ups_could_not_tell_apart_are_refused(name):
    with pytest.raises(ConfigurationError, match="starts with a letter and has no double underscore"):
        model(**{name: fields.Number()})


def test_one_field_object_is_one_attribute():
    shared = fields.Number("Qty00")
    with pytest.raises(ConfigurationError, match=r"^Task\.b and Task\.a are one field object; make a field for each"):
        model(a=shared, b=shared)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"a": fields.Number("Qty00"), "b": fields.Rating("Qty00")}, "Task.a and Task.b both have the id 'Qty00'."),
        ({"due": fields.Date(), "b": fields.DateTime(name="Due")}, "Task.due and Task.b are both called 'Due'."),
    ],
)
def test_two_attributes_cannot_be_one_field(attributes, message):
    with pytest.raises(ConfigurationError) as caught:
        model(**attributes)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"tabel": "x"}, "Task.Meta has no option 'tabel'. Did you mean 'table'? Its options are abstract, client, "),
        (
            {"ordering": ["-qyt"]},
            "Task.Meta.ordering names '-qyt', which is no field. Did you mean 'qty'? Its fields are ",
        ),
        ({"ordering": "id"}, "Task.Meta.ordering names 'id', which is no field."),
        ({"ordering": [5]}, "Task.Meta.ordering names 5, which is no field."),
        ({"natural_key": ["-qty"]}, "Task.Meta.natural_key names '-qty', which is no field. Did you mean 'qty'?"),
        ({"timezone": "Prague"}, "Task.Meta.timezone: 'Prague' is no time zone such as 'Europe/Prague'."),
    ],
)
def test_what_meta_cannot_mean_is_refused_when_the_class_is_made(meta, message):
    with pytest.raises(ConfigurationError) as caught:
        model(qty=fields.Number(), meta=meta)
    assert str(caught.value).startswith(message)


def test_a_field_without_its_parentheses_is_refused_instead_of_left_out():
    with pytest.raises(
        ConfigurationError,
        match=r"^Task\.qty is the class Number itself, which would be no field of the table; write Number\(\) with",
    ):
        model(qty=fields.Number)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: fields.Currency(currency="EUR"), "Currency has no argument 'currency'. Its arguments are id, "),
        (lambda: fields.Lookup(thruogh="a"), "Lookup has no argument 'thruogh'. Did you mean 'through'? Its arguments"),
        (lambda: fields.Date(format="x"), "Date has no argument 'format'."),
    ],
)
def test_an_argument_that_a_field_does_not_take_is_answered_with_those_it_takes(declare, message):
    with pytest.raises(TypeError) as caught:
        declare()
    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith("goes into options={...}, spelled as in the API document.")


def test_unknown_attributes_are_refused_with_the_nearest_name():
    for wrong in (lambda: Task(titel="x"), lambda: setattr(Task(), "titel", "x")):
        with pytest.raises(
            AttributeError, match=r"^Task has no field 'titel'\. Did you mean 'title'\? Its fields are id"
        ):
            wrong()
    with pytest.raises(AttributeError, match="titel"):
        Task().titel  # noqa: B018


def test_private_and_class_attributes_may_be_set():
    task = Task(title="x")
    task._cached = 5
    assert (task._cached, task.dirty_fields) == (5, {"title": "x"})


def test_what_the_service_computes_cannot_be_set():
    for name in ("id", "created_at", "updated_at"):
        with pytest.raises(ReadOnlyField, match=rf"^Task\.{name} is a "):
            Task(**{name: "x"})
        with pytest.raises(AttributeError):  # which is what a read-only attribute is to Python
            setattr(Task(), name, "x")


def test_a_value_cannot_be_deleted_but_emptied():
    with pytest.raises(AttributeError, match=r"^Task\.title cannot be deleted; set it to None to empty the cell"):
        del Task(title="x").title


def test_naive_datetimes_are_what_meta_timezone_says():
    from datetime import datetime

    naive = datetime(2026, 7, 1, 12, 0)
    with pytest.raises(InvalidValue, match=r"Or set Meta\.timezone"):
        model(due=fields.DateTime("Due00"))(due=naive)
    zoned = model(due=fields.DateTime("Due00"), meta={**PLACE, "timezone": "Europe/Prague"})
    assert zoned(due=naive).to_wire() == {"Due00": "2026-07-01T10:00:00.000Z"}
    asked = zoned.objects.filter(due__lt=naive).to_dict()["filter"]["condition"]
    assert asked["rightSide"] == "2026-07-01T10:00:00.000Z"


def test_a_typed_model_is_a_model():
    class Typed(TypedModel):
        title: fields.SingleLineText[str] = fields.SingleLineText("Title", required=True)
        qty: fields.Number = fields.Number("Qty00")

        class Meta:
            database = PLACE["database"]
            table = "DeclTable00004"

    assert Typed(title="x", qty=5).to_wire() == {"Title": "x", "Qty00": 5}
    assert Typed.objects.filter(Typed.qty > 1).to_dict()["filter"]["condition"]["leftSide"] == "Qty00"


@pytest.mark.parametrize("id", ["Due date", "", "kl5nP!", "é é"])
def test_a_field_id_is_letters_and_digits(id):
    with pytest.raises(InvalidValue, match=r"a field id is five letters and digits.*DateTime\(name="):
        fields.DateTime(id)
