"""Upsert: rows find their records by key, in few requests; what differs is sent, what is missing is made."""

import pytest

from softrorm import InvalidQuery


def people(*numbers, **values):
    return [{"email": f"p{number:04}@x.org", **values} for number in numbers]


def test_rows_update_the_records_that_are_there_and_create_the_others(world, assert_requests):
    world.Person.objects.bulk_create(people(*range(6), name="old"))
    rows = [*people(0, 1, name="old"), *people(2, 3, name="new"), *people(8, name="new")]
    with assert_requests(1 + 2 + 1):
        report = world.Person.objects.upsert(rows)
    assert report.counts == {"created": 1, "updated": 2, "unchanged": 2}
    assert sorted(world.Person.objects.filter(name="new").values_list("email", flat=True)) == [
        "p0002@x.org",
        "p0003@x.org",
        "p0008@x.org",
    ]


def test_an_update_sends_what_differs_alone(world):
    world.Person.objects.bulk_create(people(1, name="old", workers=3))
    world.sandbox.requests.clear()
    world.Person.objects.upsert(people(1, name="new", workers=3), key="email")
    [patch] = world.writes()
    assert (patch.method, list(patch.body["fields"].values())) == ("PATCH", ["new"])


def test_objects_become_the_records_that_they_name(world):
    old = world.Person.objects.create(email="a@x.org", name="old", workers=3)
    person, other = world.Person(email="a@x.org", name="new"), world.Person(email="b@x.org")
    world.Person.objects.upsert([person, other])
    assert (person, person.workers, person.is_dirty) == (old, 3, False)
    assert other.id


def test_keys_are_compared_exactly(world):
    world.Person.objects.create(email="a@x.org")
    assert world.Person.objects.upsert([{"email": "A@x.org"}]).counts == {"created": 1}


def test_a_key_that_comes_twice_updates_what_the_first_row_wrote(world):
    report = world.Person.objects.upsert([*people(1, 2, name="first"), *people(1, name="second")])
    assert report.counts == {"created": 2, "updated": 1}
    assert world.Person.objects.get(email="p0001@x.org").name == "second"


def test_a_search_takes_the_keys_of_200_rows(world, assert_requests):
    world.Person.objects.bulk_create(people(*range(1000)))
    with assert_requests(2):
        assert world.Person.objects.upsert(people(*range(400))).counts == {"unchanged": 400}


@pytest.mark.parametrize(("there", "rows", "requests"), [(150, 600, 1 + 1), (1000, 600, 1 + 3), (0, 601, 1 + 1)])
def test_a_table_with_fewer_pages_than_searches_is_read_through(world, there, rows, requests):
    world.Person.objects.bulk_create(people(*range(there)))
    world.sandbox.requests.clear()
    report = world.Person.objects.upsert(iter(people(*range(rows))))
    assert report.counts == {
        name: count for name, count in {"created": rows - there, "unchanged": min(rows, there)}.items() if count > 0
    }
    assert len(world.sandbox.requests) - len(world.writes()) == requests


def test_a_key_that_comes_again_is_met_as_it_was_written_where_the_table_was_read_through(world):
    world.Person.objects.bulk_create(people(1, name="old"))
    rows = [*people(1, 2, name="new"), *people(*range(3, 600)), *people(1, 2, name="old")]
    report = world.Person.objects.upsert(rows)
    assert report.counts == {"created": 598, "updated": 3}
    assert world.Person.objects.filter(name="old").count() == 2


def test_a_large_table_is_searched_however_many_rows_there_are(world, monkeypatch):
    monkeypatch.setattr("softrorm.models.bulk.upsert.MOST_READ", 0)
    world.Person.objects.bulk_create(people(1))
    world.sandbox.requests.clear()
    assert world.Person.objects.upsert(people(*range(600))).counts == {"created": 599, "unchanged": 1}
    assert len(world.sandbox.requests) - len(world.writes()) == 1 + 3


def test_several_attributes_may_be_the_key(world):
    world.Note.objects.bulk_create([{"text": text, "qty": qty} for text in "ab" for qty in (1, 2)])
    rows = [{"text": "a", "qty": 1, "tags": ["a"]}, {"text": "b", "qty": 3}]
    report = world.Note.objects.upsert(rows, key=["text", "qty"])
    assert report.counts == {"created": 1, "updated": 1}
    assert world.Note.objects.get(tags="a").qty == 1


def test_a_row_without_a_key_or_with_a_key_of_two_records_fails(world):
    world.Person.objects.bulk_create(people(1, 1))
    report = world.Person.objects.upsert([{"name": "x"}, *people(1, name="y")], on_error="continue")
    assert report.counts == {"failed": 2}
    assert [type(one.error).__name__ for one in report.failed] == ["InvalidValue", "MultipleObjectsReturned"]
    assert "2 records have the key email='p0001@x.org'" in str(report.failed[1].error)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (None, "upsert.. needs to know what tells a Note apart"),
        ("tags", "'tags' is no key"),
        ("txt", "'txt' is no key"),
    ],
)
def test_a_key_that_cannot_be_is_refused_before_any_request(world, key, message, assert_requests):
    with assert_requests(0), pytest.raises(InvalidQuery, match=message):
        world.Note.objects.upsert([{"text": "a"}], key=key)


def test_lost_creates_are_settled_by_the_key_that_was_given(world):
    world.lose(nth={1, 3})
    assert world.Note.objects.upsert([{"text": text} for text in "abcd"], key="text", **world.quick).counts == {
        "created": 4
    }
    assert world.texts() == ["a", "b", "c", "d"]


def test_upsert_run_again_after_a_failure_does_the_rest(world):
    rows = [*people(*range(3)), {"email": "bad@x.org", "workers": "many"}, *people(3, 4)]
    world.Person.objects.upsert(rows, on_error="continue")
    rows[3]["workers"] = 5
    assert world.Person.objects.upsert(rows).counts == {"created": 1, "unchanged": 5}
