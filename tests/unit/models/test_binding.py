"""Binding: by id without asking, by name through the schema, and one model at several clients."""

import gc
import threading
import weakref

import pytest

from softrorm import ConfigurationError, Model, fields
from softrorm.client import default
from softrorm.sandbox import Sandbox
from softrorm.schema import create_tables


class Book(Model):
    title = fields.SingleLineText()
    pages = fields.Number(name="Number of pages")
    kind = fields.Select(choices=["Novel", "Poems"])

    class Meta:
        database_name = "Library"


def test_a_model_declared_by_names_reads_the_schema_once(sandbox, client, assert_requests):
    create_tables(client, [Book])
    elsewhere = sandbox.client()
    with assert_requests(3):  # the database by its name, its schema, the search
        assert list(Book.objects.using(elsewhere).filter(pages__gt=5)) == []
    with assert_requests(2):
        Book.objects.using(elsewhere).create(title="x").delete()
    with assert_requests(0):
        Book.objects.using(elsewhere).filter(pages__gt=5).to_dict()


def test_models_and_threads_that_look_for_one_database_ask_once(sandbox, client, assert_requests):
    class Shelf(Model):
        label = fields.SingleLineText()

        class Meta:
            database_name = "Library"

    create_tables(client, [Book, Shelf])
    elsewhere = sandbox.client()
    together = threading.Barrier(8)

    def first_use(model):
        together.wait()
        model.objects.using(elsewhere).filter().to_dict()

    threads = [threading.Thread(target=first_use, args=(model,)) for model in [Book, Shelf] * 4]
    with assert_requests(2):  # the databases, and the schema
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def test_a_database_that_was_made_since_is_found_by_its_name(sandbox, client):
    elsewhere = sandbox.client()
    with pytest.raises(ConfigurationError, match="this account has no database 'Library'"):
        Book.objects.using(elsewhere).count()
    create_tables(client, [Book])
    assert Book.objects.using(elsewhere).count() == 0


def test_a_model_declared_by_ids_is_bound_without_asking(sandbox, client, assert_requests):
    create_tables(client, [Book])
    place = Book.bind(client)

    class ById(Model):
        title = fields.SingleLineText(place.ids["title"])

        class Meta:
            database = place.database
            table = place.table

    with assert_requests(1):
        assert ById.objects.create(title="x").title == "x"


def test_labels_are_sent_as_the_ids_that_the_schema_gives(sandbox, client):
    create_tables(client, [Book])
    asked = Book.objects.filter(kind="Poems").to_dict()["filter"]["condition"]["rightSide"]
    schema = client.schema(Book.bind(client).database)[0]
    assert asked == next(one.id for one in schema.field("Kind").options.choices if one.label == "Poems")
    assert Book(kind="Poems").to_wire() == {schema.field("Kind").id: asked}


def test_one_model_serves_two_databases_with_different_ids(sandbox, client):
    with Sandbox() as other:
        elsewhere = other.client()
        for one in (client, elsewhere):
            create_tables(one, [Book])
        here, there = Book.bind(client), Book.bind(elsewhere)
        assert here.ids["title"] != there.ids["title"]
        book = Book.objects.using(elsewhere).create(title="far", kind="Novel")
        Book.objects.create(title="near", kind="Novel")
        assert [one.title for one in Book.objects] == ["near"]
        assert [one.title for one in Book.objects.using(elsewhere)] == ["far"]
        book.pages = 5
        book.save()
        assert other.requests[-1].body == {"fields": {there.ids["pages"]: 5}}
        # A choice that was read in one database is sent to the other by the id that it has there.
        copied = Book(title="copy", kind=book.kind)
        copied.save(using=client)
        assert copied.kind.id == Book.objects.get(title="near").kind.id != book.kind.id


def test_a_table_that_was_made_since_the_schema_was_read_is_found(sandbox, client, assert_requests):
    database = client.create_database("Library", sandbox.workspace_id).id
    client.schema(database)
    sandbox.client().create_table(
        database,
        "Book",
        primary_field_name="Title",
        fields=[{"name": "Number of pages", "type": "NUMBER"}, {"name": "Kind", "type": "SELECT", "options": {}}],
    )
    assert Book.objects.using(client).count() == 0


def case(message):
    return pytest.param(message, id=message[:30])


@pytest.mark.parametrize(
    ("meta", "attributes", "message"),
    [
        ({}, {}, r"^Thing does not say where its records are: set Meta\.database to the database's id, or Meta\."),
        (
            {"database_name": "Libary"},
            {},
            r"^Thing: this account has no database 'Libary'\. Did you mean 'Library'\? Its databases are 'Lib",
        ),
        (
            {"database_name": "Library", "table_name": "Bok"},
            {},
            r"^Thing: the database \S+ has no table 'Bok'\. Did you mean 'Book'\? Its tables are 'Book'\. Set",
        ),
        ({"database_name": "Library", "table": "x"}, {}, r"has no table 'x'\. Its tables are 'Book'\. Set"),
        (
            {"database_name": "Library", "table_name": "Book"},
            {"number_of_page": fields.Number()},
            r"^Thing\.number_of_page: the table 'Book' has no field 'Number of page'\. Did you mean 'Number of "
            r"pages'\? Its fields are 'Title', .*\. Declare the field by id, or by name=",
        ),
    ],
)
def test_what_cannot_be_found_is_named_with_what_is_there(client, meta, attributes, message):
    create_tables(client, [Book])
    body = {"__module__": __name__, "__qualname__": "Thing", **attributes, "Meta": type("Meta", (), meta)}
    thing = type("Thing", (Model,), body)
    with pytest.raises(ConfigurationError, match=message):
        thing.objects.count()


def test_without_a_client_the_error_says_how_to_get_one():
    with pytest.raises(ConfigurationError, match="SOFTR_API_KEY"):
        Book.objects.count()


def test_a_model_may_have_a_client_of_its_own(sandbox, client):
    with Sandbox() as other:
        own, asked = other.client(), []

        class Private(Model):
            title = fields.SingleLineText()

            class Meta:
                client = staticmethod(lambda: asked.append(1) or own)

        create_tables(own, [Private])
        sandbox.requests.clear()
        Private.objects.create(title="x")
        assert Private.objects.count() == 1
        assert (sandbox.requests, bool(asked)) == ([], True)
        asked.clear()
        create_tables(client, [Private])
        assert Private.objects.using(client).count() == 0
        assert asked == []  # one that is given is enough


def test_a_binding_keeps_neither_client_nor_model_alive(sandbox, monkeypatch):
    class Fleeting(Model):
        title = fields.SingleLineText()

    client = sandbox.client()
    create_tables(client, [Fleeting])
    assert Fleeting.objects.using(client).count() == 0
    model, gone = weakref.ref(Fleeting), weakref.ref(client)
    del client
    gc.collect()
    assert gone() is None
    del Fleeting
    gc.collect()
    assert model() is None


def test_binding_again_leads_to_another_table(sandbox, client):
    first = create_tables(client, [Book])
    second = client.create_database("Second", sandbox.workspace_id).id
    create_tables(client, [Book], database=second)
    book = Book.objects.create(title="x")
    assert Book.bind(client, database=first).database == first
    assert Book.objects.count() == 0
    book.pages = 3
    book.save()  # a record stays where it came from
    Book.bind(client, database=second)
    assert Book.objects.get(title="x").pages == 3


def test_threads_read_the_same_records_and_links(world):
    projects = [world.Project.objects.create(name=f"P{number}", budget=number) for number in range(5)]
    for number in range(40):
        world.Task.objects.create(title=f"t{number}", project=projects[number % 5], tags=["a"])
    tasks = list(world.Task.objects.order_by("number"))
    start, problems, seen = threading.Barrier(8), [], []

    def read():
        try:
            start.wait()
            seen.append([(task.title, task.tags, task.project.name, task.project.budget) for task in tasks])
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert seen == [[(f"t{number}", ["a"], f"P{number % 5}", number % 5) for number in range(40)]] * 8
    assert not any(task.is_dirty for task in tasks)


def test_threads_bind_a_model_at_once(sandbox, client):
    create_tables(client, [Book])
    fresh = default.configure(sandbox.client())
    sandbox.requests.clear()
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(Book.objects.using(fresh).count())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [0] * 8
    assert len([one for one in sandbox.requests if one.path.endswith("/tables")]) == 1


def test_a_field_of_another_type_than_declared_is_refused_when_the_schema_is_read(sandbox, client):
    database = client.create_database("Types", sandbox.workspace_id).id
    client.create_table(database, "Thing", primary_field_name="Size")

    class Thing(Model):
        size = fields.Number()

    with pytest.raises(ConfigurationError, match=r"Thing\.size is declared as Number, a NUMBER field, and"):
        Thing.bind(client, database=database)


def test_a_database_and_a_table_may_be_given_as_the_client_answers_them(sandbox, client):
    database = client.create_database("Objects", sandbox.workspace_id)
    table = client.create_table(database.id, "Whatever", primary_field_name="Name")

    class Thing(Model):
        name = fields.SingleLineText()

    assert Thing.bind(client, database=database, table=table).table == table.id


def test_links_that_only_a_schema_names_are_records_with_id_and_label(sandbox, client):
    database = client.create_database("Bare", sandbox.workspace_id).id
    target = client.create_table(database, "Target", primary_field_name="Name")
    source = client.create_table(database, "Source", primary_field_name="Name")
    link = client.create_field(database, source.id, "Link", "LINKED_RECORD", {"linkedTableId": target.id})
    record = client.create_record(database, target.id, {target.fields[0].id: "there"})
    place = {"database": database, "table": source.id}
    schema = client.get_table(database, source.id)
    Built = type(
        "Built",
        (Model,),
        {"Meta": type("Meta", (), place), **{one.name.lower(): fields.from_schema(one) for one in schema.fields}},
    )
    made = Built.objects.create(name="here", link=[record["id"]])
    read = Built.objects.get(id=made.id)
    assert (str(read.link[0]), read.link[0].id) == ("there", record["id"])
    assert "here" in repr(read)
    assert read.to_dict()["link"] == read.link
    assert link.name == "Link"
