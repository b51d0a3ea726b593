"""Bulk creates: rows stream in, each has a fate, and a create whose answer was lost is never sent twice blindly."""

import gc
import re
import threading
import weakref

import pytest

from softrorm import AmbiguousWrite, BulkError, InvalidValue, ValidationFailed
from softrorm.models.signals import post_save, pre_save


def texts(count):
    return [f"n{number:04}" for number in range(count)]


def test_dicts_and_objects_become_records_with_one_request_each(world, assert_requests):
    note = world.Note(text="b", tags=["a"])
    with assert_requests(2):
        report = world.Note.objects.bulk_create([{"text": "a", "qty": 1}, note])
    assert (report.counts, report.ok, int(report), report.total) == ({"created": 2}, True, 2, 2)
    assert world.texts() == ["a", "b"]
    assert note.id
    assert not note.is_dirty


def test_a_generator_of_many_objects_needs_no_more_of_them_than_there_are_workers(world):
    alive, most = {}, 0

    def rows():
        nonlocal most
        for number, text in enumerate(texts(1500)):
            note = world.Note(text=text)
            alive[number] = weakref.ref(note, lambda _, number=number: alive.pop(number))
            most = max(most, len(alive))
            yield note

    gc.disable()  # not even by reference circles
    try:
        report = world.Note.objects.bulk_create(rows(), workers=4)
    finally:
        gc.enable()
    assert (report, world.Note.objects.count()) == (1500, 1500)
    assert most < 20


def test_rows_are_taken_only_as_workers_are_free_for_them(world):
    taken, finished = [], []

    def rows():
        for text in texts(60):
            taken.append(len(taken) - len(finished))
            yield {"text": text}

    world.Note.objects.bulk_create(rows(), workers=3, progress=lambda done, total, report: finished.append(done))
    assert max(taken) <= 3 * 2


def test_objects_are_touched_in_the_callers_thread_alone(world):
    seen = set()

    def note(**_):
        seen.add(threading.current_thread())

    pre_save.connect(note)
    post_save.connect(note)
    try:
        world.Note.objects.bulk_create(
            [{"text": text} for text in texts(5)], progress=lambda *_: seen.add(threading.current_thread())
        )
    finally:
        pre_save.disconnect(note)
        post_save.disconnect(note)
    assert seen == {threading.current_thread()}


def test_progress_sees_every_row_with_its_id(world):
    seen = []
    world.Note.objects.bulk_create(
        ({"text": text} for text in texts(5)),
        workers=1,
        progress=lambda done, total, report: seen.append((done, total, report.latest.number, report.latest.id)),
    )
    ids = {note.text: note.id for note in world.Note.objects.all()}
    assert seen == [(at + 1, None, at, ids[text]) for at, text in enumerate(texts(5))]


def test_one_worker_keeps_the_order_of_the_rows(world):
    world.Note.objects.bulk_create([{"text": text} for text in texts(9)], workers=1)
    assert [note.text for note in world.Note.objects.order_by("created_at")] == texts(9)


def test_the_first_failure_stops_and_tells_what_became_of_every_row(world):
    rows = [{"text": "a"}, {"text": "b", "qty": 101}, {"text": "c"}, {"text": "d"}]
    with pytest.raises(BulkError, match=r"1 created, 1 failed, 2 skipped\nrow 1 failed: InvalidValue") as caught:
        world.Note.objects.bulk_create(rows, workers=1)
    report = caught.value.report
    assert isinstance(caught.value.__cause__, InvalidValue)
    assert [(one.number, one.row) for one in report.failed] == [(1, rows[1])]
    assert (report.ok, report == 1) == (False, True)
    assert world.texts() == ["a"]


def test_what_is_under_way_when_a_row_fails_is_finished(world):
    world.longest(5)
    world.sandbox.faults.add("delay", seconds=0.02, method="POST", times=3)  # so that others are under way
    with pytest.raises(BulkError) as caught:
        world.Note.objects.bulk_create(({"text": text} for text in ["too long", *texts(100)]), workers=4)
    report = caught.value.report
    assert report.counts["failed"] == 1
    assert report.counts["created"] == world.Note.objects.count() < 100


def test_continue_goes_on_and_the_report_names_the_rows_that_failed(world):
    rows = [{"text": "a"}, {"qty": 1}, {"txt": "b"}, 5, world.Note(text="e")]
    report = world.Note.objects.bulk_create(rows, on_error="continue")
    assert report.counts == {"created": 2, "failed": 3}
    assert [str(one) for one in report.failed] == [
        "row 1 failed: InvalidValue: Note.text is required; give it a value before saving.",
        "row 2 failed: AttributeError: Note has no field 'txt'. Did you mean 'text'? Its fields are id, text, qty, "
        "tags, created_at, updated_at.",
        "row 3 failed: InvalidValue: A row is a Note or a dict of its attributes, not 5 (int).",
    ]
    assert report.to_dict()["troubled"][0]["fate"] == "failed"


def test_a_refusal_by_the_service_is_the_rows_fate(world):
    world.longest(3)
    report = world.Note.objects.bulk_create([{"text": "abc"}, {"text": "abcd"}], on_error="continue")
    assert report.counts == {"created": 1, "failed": 1}
    assert isinstance(report.failed[0].error, ValidationFailed)
    assert report.failed[0].error.attribute == "Note.text"


def test_an_iterator_that_fails_lets_the_rows_before_it_be_written(world):
    def rows():
        yield {"text": "a"}
        yield {"text": "b"}
        raise OSError("the file ends here")

    with pytest.raises(OSError, match="the file ends here"):
        world.Note.objects.bulk_create(rows())
    assert world.texts() == ["a", "b"]


def test_an_object_that_is_saved_or_stands_in_the_rows_twice_is_refused(world):
    saved, twice = world.Note.objects.create(text="a"), world.Note(text="b")
    report = world.Note.objects.bulk_create([saved, twice, twice], on_error="continue")
    assert report.counts == {"created": 1, "failed": 2}
    assert world.texts() == ["a", "b"]


def test_a_lost_answer_without_a_natural_key_is_unknown_and_never_sent_again(world):
    world.lose()
    report = world.Note.objects.bulk_create([{"text": "a"}], on_error="continue", **world.quick)
    assert report.counts == {"unknown": 1}
    assert isinstance(report.unknown[0].error, AmbiguousWrite)
    assert len(world.writes()) == 1


@pytest.mark.parametrize("kind", ["lost_answer", "reset_before", "truncated", "not_json"])
def test_a_lost_answer_is_settled_by_the_natural_key(world, kind):
    world.sandbox.faults.add(kind, method="POST", path=re.compile(r"/records$"), nth={2, 3})
    people = [world.Person(email=f"{number}@x.org") for number in range(5)]
    report = world.Person.objects.bulk_create(people, **world.quick)
    assert report.counts == {"created": 5}
    assert sorted(one.email for one in world.Person.objects.all()) == [f"{number}@x.org" for number in range(5)]
    assert all(one.id for one in people)


@pytest.mark.parametrize(
    "how", [{"on_error": "ignore"}, {"workers": 0}, {"progress": 5}], ids=lambda how: next(iter(how))
)
def test_an_option_that_cannot_be_is_refused_before_any_request(world, how, assert_requests):
    with assert_requests(0), pytest.raises(ValueError, match=next(iter(how))):
        world.Note.objects.bulk_create([{"text": "a"}], **how)


def test_a_report_keeps_a_thousand_troubled_rows_and_counts_them_all(world):
    report = world.Note.objects.bulk_create(({"qty": number} for number in range(1200)), on_error="continue")
    assert (report.counts, len(report.troubled)) == ({"failed": 1200}, 1000)
    assert str(report).endswith("and 1190 more")
