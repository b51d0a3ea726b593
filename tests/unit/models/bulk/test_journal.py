"""A journal: a job that was stopped anywhere goes on where it stopped, and each row is there once."""

import json
import re
import stat

import pytest

from softrorm import BulkError, JournalError
from softrorm.client.errors import ServiceUnavailable
from softrorm.models.bulk.journal import Journal
from softrorm.models.signals import pre_save

CREATES = re.compile(r"/records$")


class Killed(BaseException):
    """What a test raises where a process would die."""


def rows(count=12, each=3):
    """Rows of which as many as ``each`` are alike."""
    return [{"text": f"n{number // each}"} for number in range(count)]


def wanted(count=12, each=3):
    return sorted(row["text"] for row in rows(count, each))


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def cut_to(path, count):
    """Let a journal be as it was after so many lines."""
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:count]), "utf-8")


def test_a_job_run_again_when_it_is_finished_makes_no_request(world, assert_requests):
    world.Note.objects.bulk_create(rows(), journal=world.journal)
    notes = [world.Note(**row) for row in rows()]
    with assert_requests(0):
        report = world.Note.objects.bulk_create(notes, journal=world.journal)
    assert (report.counts, report.ok) == ({"earlier": 12}, True)
    assert world.texts() == wanted()
    assert sorted(note.id for note in notes) == sorted(note.id for note in world.Note.objects.all())
    assert [note.text for note in notes] == [row["text"] for row in rows()]  # read when they are asked for
    assert not any(note.is_dirty for note in notes)


@pytest.mark.parametrize("kept", range(1, 26))
def test_wherever_a_job_died_each_row_is_there_once_after_it_is_run_again(world, kept):
    # With one worker, the lines are: the job, then "send" and "made" of each row. All rows are at the service.
    world.Note.objects.bulk_create(rows(), journal=world.journal, workers=1)
    assert len(lines(world.journal)) == 1 + 2 * 12 + 1
    cut_to(world.journal, kept)
    for note in sorted(world.Note.objects.all(), key=lambda note: note.created_at)[::-1]:
        known = world.journal.read_text("utf-8")
        if note.id not in known and known.count('"send"') <= len(world.texts()) - 1:
            note.delete()  # it was not sent yet, when the journal ended there
    world.sandbox.requests.clear()
    report = world.Note.objects.bulk_create(rows(), journal=world.journal, **world.quick)
    assert report == 12
    assert world.texts() == wanted()


@pytest.mark.parametrize("arrived", [True, False])
def test_a_row_in_doubt_is_found_by_its_values_or_sent(world, arrived):
    world.Note.objects.bulk_create(rows(), journal=world.journal, workers=1)
    cut_to(world.journal, 1 + 2 * 4 + 1)  # row 4 was sent
    ids = [line["id"] for line in lines(world.journal) if "made" in line]
    later = [note for note in world.Note.objects.order_by("created_at") if note.id not in ids]
    for note in later[1:] if arrived else later:
        note.delete()
    world.sandbox.requests.clear()
    report = world.Note.objects.bulk_create(rows(), journal=world.journal, **world.quick)
    assert report.counts == {"created": 8, "earlier": 4}
    assert len(world.writes()) == (7 if arrived else 8)
    assert world.texts() == wanted()


def test_records_that_were_there_before_the_job_are_not_taken_for_its_rows(world):
    world.Note.objects.bulk_create(rows())
    world.Note.objects.bulk_create(rows(), journal=world.journal, workers=1)
    cut_to(world.journal, 2)  # row 0 was sent, and nothing else
    before = lines(world.journal)[0]["before"]
    for note in world.Note.objects.all():
        if note.id not in before:
            note.delete()
    assert world.Note.objects.bulk_create(rows(), journal=world.journal, **world.quick).counts == {"created": 12}
    assert world.texts() == sorted(wanted() * 2)


def test_a_row_with_more_values_is_not_mistaken_for_one_with_fewer(world):
    both = [{"text": "a"}, {"text": "a", "qty": 5}]
    world.Note.objects.bulk_create(both, journal=world.journal, workers=2)
    head, *rest = world.journal.read_text("utf-8").splitlines(keepends=True)
    world.journal.write_text(head + "".join(line for line in rest if '"send"' in line), "utf-8")
    world.Note.objects.get(qty=None).delete()
    report = world.Note.objects.bulk_create(both, journal=world.journal, **world.quick)
    assert report.counts == {"created": 2}
    assert sorted(map(str, world.Note.objects.values_list("qty", flat=True))) == ["5", "None"]


@pytest.mark.parametrize("kind", ["lost_answer", "reset_before", "truncated", "not_json", "server_error"])
def test_lost_answers_are_settled_by_values_while_the_job_runs(world, kind):
    world.sandbox.faults.add(kind, method="POST", path=CREATES, probability=0.3, seed=7)
    report = world.Note.objects.bulk_create(rows(60, 5), journal=world.journal, **world.quick)
    assert report.counts == {"created": 60}
    assert world.texts() == wanted(60, 5)
    assert lines(world.journal)[-1] == {"finished": 60}


def test_a_job_that_is_stopped_settles_its_doubts_in_the_next_run(world):
    def stop(done, *_):
        if done == 10:
            raise Killed

    world.lose(probability=0.3, seed=1)
    with pytest.raises(Killed):
        world.Note.objects.bulk_create(rows(60, 5), journal=world.journal, progress=stop, **world.quick)
    assert 10 <= len(world.texts()) < 30
    assert world.Note.objects.bulk_create(rows(60, 5), journal=world.journal, **world.quick) == 60
    assert world.texts() == wanted(60, 5)


def test_rows_in_doubt_are_settled_also_when_a_row_stops_the_job(world):
    world.longest(5)
    world.lose(nth={1, 2})
    with pytest.raises(BulkError) as caught:
        world.Note.objects.bulk_create(
            [{"text": "a"}, {"text": "a"}, {"text": "too long"}], journal=world.journal, workers=1, **world.quick
        )
    assert caught.value.report.counts == {"created": 2, "failed": 1}
    assert world.texts() == ["a", "a"]


def test_looking_that_fails_leaves_a_row_unknown_and_the_next_run_settles_it(world):
    world.Note.objects.create(text="b")
    world.lose()
    with world.sandbox.faults.added("server_error", status=500, method="POST", path="/search", nth=2):
        report = world.Note.objects.bulk_create(
            [{"text": "a"}], journal=world.journal, on_error="continue", **world.quick
        )
    assert report.counts == {"unknown": 1}
    assert world.Note.objects.bulk_create([{"text": "a"}], journal=world.journal, **world.quick).counts == {
        "created": 1
    }
    assert world.texts() == ["a", "b"]


def test_rows_that_were_refused_are_tried_again_by_the_next_run(world):
    mixed = [{"text": "a"}, {"text": "too long"}, {"text": "b"}, {"text": "too long"}]
    world.longest(5)
    report = world.Note.objects.bulk_create(mixed, journal=world.journal, on_error="continue")
    assert report.counts == {"created": 2, "failed": 2}
    world.longest(50)
    with_requests = len(world.sandbox.requests)
    report = world.Note.objects.bulk_create(mixed, journal=world.journal, **world.quick)
    assert report.counts == {"created": 2, "earlier": 2}
    assert len(world.sandbox.requests) - with_requests == 2  # nothing was in doubt
    assert world.texts() == ["a", "b", "too long", "too long"]


def test_people_are_found_by_their_natural_key_and_given_the_rows_values(world):
    people = [{"email": f"{number}@x.org", "name": "new"} for number in range(4)]
    world.Person.objects.bulk_create(people, journal=world.journal, workers=1)
    cut_to(world.journal, 1 + 2 + 1)  # row 1 was sent
    for number in (2, 3):
        world.Person.objects.get(email=f"{number}@x.org").delete()
    world.Person.objects.filter(email="1@x.org").update(name="other")
    report = world.Person.objects.bulk_create(people, journal=world.journal, **world.quick)
    assert report.counts == {"created": 3, "earlier": 1}
    assert world.Person.objects.values_list("name", flat=True) == ["new"] * 4


def test_what_a_receiver_changed_is_looked_for_as_it_was_sent(world):
    stamps = iter(range(100))

    def stamp(instance, **_):
        instance.qty = next(stamps)

    pre_save.connect(stamp, sender=world.Note)
    try:
        world.Note.objects.bulk_create(rows(), journal=world.journal, workers=1)
        cut_to(world.journal, 1 + 2 * 11 + 1)  # row 11 was sent
        world.sandbox.requests.clear()
        world.Note.objects.bulk_create(rows(), journal=world.journal, **world.quick)
    finally:
        pre_save.disconnect(stamp)
    assert world.writes() == []
    assert world.texts() == wanted()


def test_a_million_rows_are_passed_by_without_their_objects_or_ids_in_memory(tmp_path):
    with Journal(tmp_path / "j", {"kind": "x"}) as journal:
        journal.begin(after=None, before=[])
        for number in range(1000):
            journal.sending(number, 2**63 + number)
            journal.made(number, {"id": f"id{number}", "createdAt": "2026-01-01T00:00:00Z"})
    with Journal(tmp_path / "j", {"kind": "x"}) as journal:
        assert (journal.rows, journal.open, journal.id_of(0), journal.id_of(999)) == (1000, {}, "id0", "id999")
        assert journal.claimed(["id7", "idX"]) == {"id7"}


# --- which job, which file ---------------------------------------------------------------------------


@pytest.fixture
def journaled(world):
    world.Note.objects.bulk_create(rows(), journal=world.journal)
    return world


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda world: world.Person.objects.bulk_create(rows(), journal=world.journal), "its model is 'Note'"),
        (lambda world: world.Note.objects.all().delete(journal=world.journal), "its kind is 'bulk_create'"),
        (lambda world: world.Note.objects.bulk_create(rows(11), journal=world.journal), "its rows is 12"),
        (
            lambda world: world.Note.objects.bulk_create(rows(12, 4), journal=world.journal),
            "Row 3 is not what it was",
        ),
    ],
)
def test_another_job_is_refused_before_any_request(journaled, other, message, assert_requests):
    with assert_requests(0), pytest.raises(JournalError, match=message):
        other(journaled)


@pytest.mark.parametrize(
    ("count", "message"), [(11, "knows of 12 rows, and this job has 11"), (13, "had 12 rows; this one has more")]
)
def test_a_generator_of_more_or_fewer_rows_is_another_job(world, count, message):
    world.Note.objects.bulk_create(iter(rows()), journal=world.journal)
    with pytest.raises(JournalError, match=message):
        world.Note.objects.bulk_create(iter(rows(count)), journal=world.journal)
    assert world.texts() == wanted()


def test_a_last_line_that_was_cut_off_is_dropped(world):
    world.Note.objects.bulk_create(rows(), journal=world.journal, workers=1)
    whole = world.journal.read_bytes()
    for end in range(len(whole) - 60, len(whole)):
        world.journal.write_bytes(whole[:end])
        assert world.Note.objects.bulk_create(rows(), journal=world.journal, **world.quick) == 12
    assert world.texts() == wanted()


@pytest.mark.parametrize("length", [0, 1, 20, 60])
def test_a_first_line_that_was_cut_off_begins_the_job_anew(world, length):
    world.Note.objects.bulk_create([], journal=world.journal)
    world.journal.write_bytes(world.journal.read_bytes()[:length])
    assert world.Note.objects.bulk_create([{"text": "a"}], journal=world.journal).counts == {"created": 1}


@pytest.mark.parametrize("content", ["name,points\nAda,1\n", "important", '{"journal":"x"}\n'])
def test_a_file_that_is_no_journal_is_refused_and_left_alone(world, content):
    world.journal.write_text(content, "utf-8")
    with pytest.raises(JournalError, match=r"is no journal of a bulk write: its line 1 is .*does not exist yet"):
        world.Note.objects.bulk_create(rows(), journal=world.journal)
    assert world.journal.read_text("utf-8") == content


def test_a_line_in_the_middle_that_is_no_event_is_refused(journaled):
    text = journaled.journal.read_text("utf-8").splitlines(keepends=True)
    journaled.journal.write_text("".join([*text[:3], "{}\n", *text[3:]]), "utf-8")
    with pytest.raises(JournalError, match=r"its line 4 is b'\{\}"):
        journaled.Note.objects.bulk_create(rows(), journal=journaled.journal)


def test_a_journal_in_use_is_refused(world):
    def again(*_):
        with pytest.raises(JournalError, match="in use by another process"):
            world.Note.objects.bulk_create(rows(), journal=world.journal)

    world.Note.objects.bulk_create(rows(), journal=world.journal, progress=again)
    assert world.texts() == wanted()


def test_a_journal_is_its_owners_alone_and_holds_neither_key_nor_values(world):
    client = world.sandbox.client(api_key="secret-key-4711")
    world.Note.bind(client, database=world.Note.objects._binding().database)
    world.Note.objects.using(client).bulk_create([{"text": "a private note"}], journal=world.journal)
    assert stat.S_IMODE(world.journal.stat().st_mode) == 0o600
    text = world.journal.read_text("utf-8")
    assert "secret-key" not in text
    assert "private" not in text


def test_what_is_about_to_be_sent_is_in_the_file_before_the_request_leaves(world, monkeypatch):
    seen = []
    original = world.sandbox.handle

    def handle(method, path, *rest):
        if method == "POST" and path.endswith("/records"):
            seen.append(sum("send" in line for line in lines(world.journal)) > len(seen))
        return original(method, path, *rest)

    monkeypatch.setattr(world.sandbox, "handle", handle)
    world.Note.objects.bulk_create(rows(), journal=world.journal, workers=1)
    assert seen == [True] * 12


def test_a_service_that_is_down_stops_the_job_and_it_goes_on_later(world):
    with world.sandbox.faults.added("server_error", status=502, method="POST", path=CREATES, times=None):
        with pytest.raises(BulkError) as caught:
            world.Note.objects.bulk_create(rows(), journal=world.journal, **world.quick)
        assert isinstance(caught.value.__cause__, ServiceUnavailable | ConnectionError)
    assert world.Note.objects.bulk_create(rows(), journal=world.journal, **world.quick).ok
    assert world.texts() == wanted()
