"""Bulk updates and deletes: what differs is sent and nothing else, each record has a fate, a filter is held to."""

import pytest

from softrorm import BulkError, FilterIgnored, InvalidQuery, InvalidValue
from softrorm.models.signals import post_delete, post_save, pre_delete, pre_save


@pytest.fixture
def notes(world):
    world.Note.objects.bulk_create(({"text": f"n{number}", "qty": number} for number in range(6)), workers=1)
    world.sandbox.requests.clear()
    return list(world.Note.objects.order_by("qty"))


def test_bulk_update_sends_what_is_dirty_and_nothing_else(world, notes):
    for note in notes[:3]:
        note.qty += 10
    notes[3].tags.append("a")
    world.sandbox.requests.clear()
    report = world.Note.objects.bulk_update(notes)
    assert report.counts == {"updated": 4, "unchanged": 2}
    ids = world.Note.objects._binding().ids
    sent = sorted(str(one.body["fields"]) for one in world.writes())
    assert len(sent) == 4
    assert all(len(one.body["fields"]) == 1 for one in world.writes())
    assert sum(ids["qty"] in one for one in sent) == 3
    assert not any(note.is_dirty for note in notes)


def test_bulk_update_of_some_fields_leaves_other_changes_unsaved(world, notes):
    notes[0].qty, notes[0].text = 50, "new"
    notes[1].text = "new"
    report = world.Note.objects.bulk_update(notes[:2], fields=["qty"])
    assert report.counts == {"updated": 1, "unchanged": 1}
    assert notes[0].dirty_fields == {"text": "new"}
    with pytest.raises(InvalidQuery, match=r"no field 'qyt' that can be written. Did you mean 'qty'\?"):
        world.Note.objects.bulk_update(notes, fields=["qyt"])


def test_bulk_update_takes_saved_objects_of_its_model_alone(world, notes):
    notes[0].delete()
    rows = [world.Note(text="new"), world.Person(), notes[0]]
    report = world.Note.objects.bulk_update(rows, on_error="continue")
    assert report.counts == {"failed": 3}
    assert [type(one.error) for one in report.failed] == [InvalidValue] * 3


def test_update_and_delete_report_what_they_did_and_equal_its_number(world, notes):
    report = world.Note.objects.filter(qty__lte=3).update(qty=3)
    assert (report.counts, report, bool(report)) == ({"updated": 3, "unchanged": 1}, 4, True)
    gone = world.Note.objects.filter(qty=3).delete()
    assert (gone.counts, gone == 4, gone.total) == ({"deleted": 4}, True, 4)
    nothing = world.Note.objects.filter(qty=3).delete()
    assert (nothing, bool(nothing), str(nothing)) == (0, False, "nothing to do")


def test_a_record_that_somebody_else_deleted_meanwhile_is_deleted_all_the_same(world, notes):
    def elsewhere(instance, **_):
        place = world.Note.objects._binding()
        if instance.qty == 2:
            world.client.delete_record(place.database, place.table, instance.id)

    pre_delete.connect(elsewhere)
    try:
        assert world.Note.objects.all().delete().counts == {"deleted": 6}
    finally:
        pre_delete.disconnect(elsewhere)


def test_signals_are_sent_for_each_record_and_a_receiver_may_refuse_one(world, notes):
    seen = []

    def refuse(instance, fields, **_):
        if instance.text == "n2":
            raise PermissionError("n2 is locked")
        seen.append((instance.text, fields))

    def after(instance, **_):
        seen.append(instance.text)

    pre_save.connect(refuse, sender=world.Note)
    post_save.connect(after, sender=world.Note)
    post_delete.connect(after, sender=world.Note)
    try:
        report = world.Note.objects.filter(qty__is_between=(1, 3)).update(qty=50, on_error="continue", workers=1)
        world.Note.objects.filter(text="n1").delete()
    finally:
        pre_save.disconnect(refuse)
        post_save.disconnect(after)
        post_delete.disconnect(after)
    assert report.counts == {"updated": 2, "failed": 1}
    assert [str(one.error) for one in report.failed] == ["n2 is locked"]
    assert seen == [("n1", ("qty",)), "n1", ("n3", ("qty",)), "n3", "n1"] or sorted(map(str, seen)) == sorted(
        map(str, [("n1", ("qty",)), "n1", ("n3", ("qty",)), "n3", "n1"])
    )


def test_stop_ends_an_update_at_the_first_refusal(world, notes):
    world.sandbox.faults.add("server_error", status=500, method="PATCH", nth=2)
    with pytest.raises(BulkError) as caught:
        world.Note.objects.all().update(qty=99, workers=1)
    assert caught.value.report.counts == {"updated": 1, "failed": 1, "skipped": 4}
    assert world.Note.objects.all().update(qty=99).counts == {"updated": 5, "unchanged": 1}


def test_a_lost_answer_to_an_update_or_a_delete_is_repeated(world, notes):
    world.sandbox.faults.add("lost_answer", method={"PATCH", "DELETE"}, nth={1, 5})
    assert world.Note.objects.all().update(qty=99).ok
    assert world.Note.objects.all().delete() == 6
    assert world.Note.objects.count() == 0


def test_rows_that_the_filter_excludes_stop_the_job_before_any_write(world, notes):
    original = type(world.client).search_records
    world.client.search_records = lambda database, table, body, **_: original(
        world.client, database, table, {key: value for key, value in body.items() if key != "filter"}
    )
    for action in (lambda notes: notes.update(qty=1), lambda notes: notes.delete()):
        with pytest.raises(FilterIgnored):
            action(world.Note.objects.filter(qty__gt=2))
    assert world.writes() == []


def test_a_field_called_like_an_option_is_set_through_a_dict(world):
    world.Person.objects.create(email="a@x.org")
    with pytest.raises(InvalidQuery, match=r"could set Person.workers or be the option of that name"):
        world.Person.objects.all().update(workers=3)
    assert world.Person.objects.all().update({"workers": 3}, workers=2).counts == {"updated": 1}
    assert world.Person.objects.get(email="a@x.org").workers == 3


def test_a_finished_journal_makes_a_change_do_nothing(world, notes, assert_requests):
    def change():
        return world.Note.objects.filter(qty__lt=3).update(qty=50, journal=world.journal)

    assert change().counts == {"updated": 3}
    world.Note.objects.create(text="late", qty=1)
    with assert_requests(0):
        assert change().counts == {"earlier": 3}
    assert world.Note.objects.filter(qty=1).count() == 1


def test_a_change_that_was_stopped_goes_on_from_its_journal(world, notes):
    for note in notes:
        note.qty = 70
    world.sandbox.faults.add("server_error", status=500, method="PATCH", nth=3)
    with pytest.raises(BulkError):
        world.Note.objects.bulk_update(notes, journal=world.journal, workers=1)
    again = list(world.Note.objects.order_by("text"))
    for note in again:
        note.qty = 70
    world.sandbox.requests.clear()
    assert world.Note.objects.bulk_update(again, journal=world.journal).counts == {"updated": 4, "earlier": 2}
    assert len(world.writes()) == 4
