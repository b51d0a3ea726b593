"""A probe leaves nothing behind, says what it could not decide, and publishes no secret."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import hypothesis
import pytest

from softrorm import Client, Dialect, File, Model, Person, fields
from softrorm.client.errors import (
    AmbiguousWrite,
    ConfigurationError,
    QuotaExceeded,
    ServiceUnavailable,
    TransportError,
    Unauthorized,
)
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.schema import create_tables
from softrorm.schema.probe import QUESTIONS, aprobe, cost, probe
from softrorm.schema.probe.lab import BUILDING, PREFIX

KEY = "key-0123456789abcdef"


class Between:
    """Stands between client and sandbox, and may do something before or after a request is carried out."""

    def __init__(self, sandbox, before=None, after=None):
        self._sandbox = sandbox
        self._before, self._after = before, after
        self.count = 0
        self.workspace_id = sandbox.workspace_id

    def handle(self, method, path, query, headers, body):
        self.count += 1
        if self._before is not None:
            made = self._before(self.count, method, path)
            if made is not None:
                return made
        answer = self._sandbox.handle(method, path, query, headers, body)
        if self._after is not None:
            answer = self._after(self.count, method, path, answer) or answer
        return answer


def client_of(service, **options):
    clock = FakeClock()  # so that waiting for an end takes no time, and a slow machine ends nothing
    return Client(service, api_key=KEY, dialect=Dialect.CURRENT, clock=clock, sleep=clock.advance, **options)


def databases(sandbox):
    return [one.name for one in sandbox.client().list_databases()]


# --- nothing is left behind -------------------------------------------------------------------------------------------


class Bug(Exception):
    pass


def raising_at(number, error):
    def at(count, *_):
        if count == number:
            raise error

    return at


def requests_of_a_probe():
    with Sandbox() as sandbox:
        probe(client_of(sandbox))
        return len(sandbox.requests)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_whichever_request_is_interrupted_the_scratch_database_is_removed(moment):
    total = requests_of_a_probe()
    # While it is being built each request has a state of its own; the nightly run tries all the others too.
    nightly = hypothesis.settings().max_examples == hypothesis.settings.get_profile("nightly").max_examples
    for number in [*range(1, BUILDING + 1), *range(BUILDING + 1, total, 1 if nightly else 9), total - 1]:
        with Sandbox() as sandbox:
            mine = sandbox.client().create_database(f"{PREFIX} of somebody else", "w")
            service = Between(sandbox, **{moment: raising_at(number, KeyboardInterrupt())})
            with pytest.raises(KeyboardInterrupt) as caught:
                probe(client_of(service))
            assert databases(sandbox) == [mine.name], f"at request {number}"
            assert not getattr(caught.value, "__notes__", None)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_interrupted_removal_is_done_again(moment):
    last = requests_of_a_probe()
    with Sandbox() as sandbox:
        service = Between(sandbox, **{moment: raising_at(last, KeyboardInterrupt())})
        assert probe(client_of(service)).left_behind is None
        assert databases(sandbox) == []


def test_a_bug_leaves_nothing_behind_either():
    with Sandbox() as sandbox:
        with pytest.raises(Bug):
            probe(client_of(Between(sandbox, before=raising_at(60, Bug()))))
        assert databases(sandbox) == []


def forbidding_removal(count, method, path):
    if method == "DELETE" and path.count("/") == 4:
        return 403, {}, b'{"errorCode": "FORBIDDEN", "message": "no"}'
    return None


def test_what_cannot_be_removed_is_named_in_the_report():
    with Sandbox() as sandbox:
        report = probe(client_of(Between(sandbox, before=forbidding_removal)))
        [left] = sandbox.client().list_databases()
        assert report.left_behind.startswith(f"database {left.id} called {left.name!r} could not be removed (DELETE")
        assert "**Left behind:** database" in report.to_markdown()
        assert json.loads(report.to_json())["left_behind"] == report.left_behind


def test_what_cannot_be_removed_is_named_on_the_error_that_ended_the_probe():
    def before(count, method, path):
        raising_at(60, KeyboardInterrupt())(count)
        return forbidding_removal(count, method, path)

    with Sandbox() as sandbox:
        with pytest.raises(KeyboardInterrupt) as caught:
            probe(client_of(Between(sandbox, before=before)))
        [left] = sandbox.client().list_databases()
        assert f"database {left.id}" in caught.value.__notes__[0]
        assert caught.value.__notes__[0].endswith("remove it by hand")


def test_whoever_insists_on_stopping_is_told_what_is_left():
    def before(count, method, path):
        if method == "DELETE" and path.count("/") == 4:
            raise KeyboardInterrupt

    with Sandbox() as sandbox:
        with pytest.raises(KeyboardInterrupt) as caught:
            probe(client_of(Between(sandbox, before=before)))
        [left] = sandbox.client().list_databases()
        assert left.id in caught.value.__notes__[0]


def test_a_lost_answer_to_the_first_request_leaves_nothing_behind():
    with Sandbox() as sandbox:
        sandbox.faults.add("lost_answer", method="POST", times=1)
        with pytest.raises(ConnectionError):
            probe(client_of(sandbox))
        assert databases(sandbox) == []


def test_who_may_make_no_database_learns_it_at_once():
    with Sandbox(keys=["another"]) as sandbox:
        with pytest.raises(Unauthorized) as caught:
            probe(client_of(sandbox))
        assert [one.method for one in sandbox.requests] == ["POST"]
        assert not getattr(caught.value, "__notes__", None)


def test_a_create_that_may_yet_be_carried_out_is_spoken_of():
    def before(count, method, path):
        return (504, {}, b"") if method == "POST" else None

    with Sandbox() as sandbox, pytest.raises(AmbiguousWrite) as caught:
        probe(client_of(Between(sandbox, before=before)))
    assert re.fullmatch(
        r"There is no database called 'softrorm probe \w+' now; should it turn up, remove it\.",
        caught.value.__notes__[0],
    )


def test_a_database_that_is_answered_in_another_shape_is_removed_and_the_shape_told():
    def after(count, method, path, answer):
        return (200, {}, b'{"database": {}}') if method == "POST" and path.endswith("/databases") else None

    with Sandbox() as sandbox:
        with pytest.raises(TransportError, match="in a shape that nobody documented: KeyError"):
            probe(client_of(Between(sandbox, after=after)))
        assert databases(sandbox) == []


def test_a_plan_that_allows_no_table_is_told_and_the_database_removed():
    def before(count, method, path):
        return (402, {}, b'{"errorCode": "QUOTA_EXCEEDED"}') if path.endswith("/tables") else None

    with Sandbox() as sandbox:
        with pytest.raises(QuotaExceeded):
            probe(client_of(Between(sandbox, before=before)))
        assert databases(sandbox) == []


# --- what is decided, and what is not ---------------------------------------------------------------------------------


@pytest.mark.parametrize("base", [Dialect.CURRENT, Dialect.JUNE_2025], ids=lambda one: one.name)
def test_where_every_form_works_that_of_the_dialect_is_kept_and_said_to_be_one_of_several(base):
    with Sandbox(dialect=Dialect.CURRENT) as sandbox:
        report = probe(Client(sandbox, dialect=base), attachment="https://example.com/a.png")
    either = {one.switches[0] for one in report.findings if one.verdict == "either works"}
    assert either == set(
        "update_method select_write number_filter select_filter system_date_filter link_write user_write"
        " attachment_write".split()
    )
    assert {name: getattr(report.dialect, name) for name in either} == {name: getattr(base, name) for name in either}
    assert report["update_method"].answer == f"PATCH and PUT work; {base.update_method} is used"


def test_without_a_file_to_attach_and_rows_to_fill_these_questions_stay_open():
    with Sandbox() as sandbox:
        base = replace(Dialect.CURRENT, attachment_write="single", page_size=150)
        report = probe(Client(sandbox, dialect=base))
    assert {one.key for one in report.findings if one.verdict == "not tried"} == {
        "attachment_write",
        "stored_file_write",
        "rates",
    }
    assert report["page_size"].verdict == "open"
    assert "answered with all 12 records there are; 201 rows would show" in report["page_size"].answer
    assert (report.dialect.page_size, report.dialect.attachment_write) == (150, "single")


def test_a_refused_limit_is_searched_for_without_records():
    for size in (37, 200, 999):
        with Sandbox(dialect=replace(Dialect.CURRENT, over_page_size="error", page_size=size)) as sandbox:
            report = probe(client_of(sandbox))
        assert report["page_size"].sets == {"page_size": size, "over_page_size": "error"}


def test_a_field_that_the_service_does_not_make_leaves_its_questions_open_and_no_others():
    class NoUsers(Between):
        def handle(self, method, path, query, headers, body):
            if path.endswith("/fields") and json.loads(body)["type"] in {"USER", "AUTONUMBER", "NUMBER"}:
                return 400, {}, b'{"errorCode": "VALIDATION_ERROR", "message": "no such type"}'
            return super().handle(method, path, query, headers, body)

    with Sandbox(dialect=replace(Dialect.CURRENT, nulls="first")) as sandbox:
        report = probe(client_of(NoUsers(sandbox)))
        assert databases(sandbox) == []
    assert report["user_write"].answer == "the service would not make a field USER"
    still_open = {one.key for one in report.findings if one.verdict == "open"}
    assert {"user_write", "read_only_field", "number_filter", "nulls"} <= still_open
    assert "GREATER_THAN could not be tried" in report["operators"].answer
    assert report.dialect.operators == Dialect.CURRENT.operators
    assert report["sort_key"].verdict == "settled"


def test_a_filter_that_answers_every_row_is_no_filter():
    """An operator that is not known may be ignored, so that all rows come (wire-facts 10)."""

    class Lax(Between):
        def handle(self, method, path, query, headers, body):
            if body and b'"HAS_ANY_OF"' in body:
                body = b'{"paging": {"limit": 10}}'
            return super().handle(method, path, query, headers, body)

    with Sandbox() as sandbox:
        report = probe(client_of(Lax(sandbox)))
    assert report.dialect.operators == Dialect.CURRENT.operators - {"HAS_ANY_OF"}


def test_an_answer_of_another_shape_leaves_one_question_open():
    def after(count, method, path, answer):
        if method == "GET" and path.endswith("/records"):
            return 200, {"Content-Type": "application/json"}, b'{"data": [{"id": 1}]}'
        return None

    with Sandbox() as sandbox:
        report = probe(client_of(Between(sandbox, after=after)))
    assert report["default_limit"].answer.startswith("an answer has a shape that nobody documented: KeyError(")
    assert report["record_form"].verdict == "settled"


def test_one_question_that_the_service_chokes_on_does_not_end_the_rest():
    def before(count, method, path):
        return (503, {}, b"") if method == "PUT" else None

    with Sandbox() as sandbox:
        report = probe(client_of(Between(sandbox, before=before)))
    assert report["update_method"].verdict == "open"
    assert report["update_method"].answer.startswith("the service did not answer: PUT /databases/")
    assert report["select_write"].verdict == "either works"


def test_an_outage_ends_the_probe():
    def before(count, method, path):
        return (503, {}, b"") if path.endswith("/search") else None

    with Sandbox() as sandbox:
        with pytest.raises(ServiceUnavailable):
            probe(client_of(Between(sandbox, before=before)))
        assert databases(sandbox) == []


def test_what_negative_operators_do_only_now_and_then_is_left_open():
    class Fickle(Between):
        def handle(self, method, path, query, headers, body):
            status, answered, payload = super().handle(method, path, query, headers, body)
            if body and b'"IS_NOT"' in body:
                found = json.loads(payload)
                found["data"] = [one for one in found["data"] if "c" not in one["fields"].values()]
                payload = json.dumps(found).encode()
            return status, answered, payload

    with Sandbox() as sandbox:
        report = probe(client_of(Fickle(sandbox)))
    assert report["negatives"].verdict == "open"
    assert report["negatives"].answer.endswith("do, IS_NOT do not")
    assert report.dialect.negatives_match_empty is None


class Team(Model):
    name = fields.SingleLineText()
    items = fields.LinkedRecords(to="Item", inverse="team")


class Item(Model):
    name = fields.SingleLineText()
    kind = fields.Select(choices=["A", "B"])
    tags = fields.MultiSelect(choices=["x", "y"])
    size = fields.Number()
    team = fields.LinkedRecord(to=Team)
    files = fields.Attachment()
    owner = fields.User()


@pytest.mark.parametrize(
    "dialect",
    [Dialect.CURRENT, Dialect.JUNE_2025, replace(Dialect.JUNE_2025, user_write="email", stored_file_write="id")],
    ids=["current", "june-2025", "mixed"],
)
def test_with_the_dialect_found_the_mapper_speaks_to_a_service_that_takes_nothing_else(dialect):
    with Sandbox(dialect=dialect, strict=True) as sandbox:
        found = probe(client_of(sandbox), attachment="https://example.com/a.png").dialect
        client = Client(sandbox, dialect=found)
        create_tables(client, [Team, Item])
        team = Team.objects.using(client).create(name="t")
        owner = Person(id="42", email="a@b.example")
        file = "https://example.com/a.png"
        item = Item.objects.using(client).create(
            name="i", kind="A", tags=["x"], size=3, team=team, files=[file], owner=owner
        )
        item.kind = "B"
        item.tags.append("y")
        item.files.append(File("https://example.com/b.png"))
        item.save()
        team.items = [item]
        team.save()
        items = Item.objects.using(client)
        asked = [
            items.filter(kind="B", tags__has_any_of=["y"], size__is_between=(1, 5)),
            items.filter(team=team).exclude(kind="A"),
            items.filter(created_at__gt=datetime(2000, 1, 1, tzinfo=UTC)).order_by("-size"),
        ]
        assert [[one.name for one in query] for query in asked] == [["i"]] * 3
        assert len(items.get(id=item.id).files) == 2


# --- what it asks, and what it costs ----------------------------------------------------------------------------------


def test_it_makes_no_more_requests_than_it_says_question_by_question():
    for dialect in (Dialect.CURRENT, Dialect.JUNE_2025):
        for strict in (True, False):
            with Sandbox(dialect=dialect, strict=strict) as sandbox:
                report = probe(client_of(sandbox), attachment="https://example.com/a.png")
                assert report.requests == len(sandbox.requests) <= cost()
            for question in QUESTIONS:
                assert len(report[question.key].evidence) <= question.requests, question.key


def test_it_touches_nothing_but_its_own_database():
    with Sandbox() as sandbox:
        mine = sandbox.client().create_database("Mine", "w").id
        sandbox.requests.clear()
        probe(client_of(sandbox))
        assert not [one for one in sandbox.requests if mine in one.path]
        assert [one.path for one in sandbox.requests if one.path.count("/") == 1] == ["/databases"]


def test_progress_tells_how_many_questions_are_done():
    seen = []
    with Sandbox() as sandbox:
        probe(client_of(sandbox), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(number, len(QUESTIONS)) for number in range(len(QUESTIONS) + 1)]


def test_a_workspace_is_needed_where_there_is_no_sandbox_in_the_process(monkeypatch):
    client = Client("https://softr.example/api/v1", api_key=KEY)
    with pytest.raises(ConfigurationError, match="a probe needs the id of the workspace"):
        probe(client)


def test_there_is_a_twin_for_async_code():
    with Sandbox() as sandbox:
        assert asyncio.run(aprobe(client_of(sandbox))).dialect.sort_key == "sorting"


# --- the report -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report():
    def after(count, method, path, answer):
        status, answered, payload = answer
        return status, {**answered, "Set-Cookie": "session=1", "X-RateLimit-Remaining": "39", "X-Echo": KEY}, payload

    with Sandbox() as sandbox:
        service = Between(sandbox, after=after)
        made = probe(client_of(service), sandbox.workspace_id, attachment="https://example.com/secret.png")
        return made, sandbox.workspace_id


def test_a_report_shows_no_key_no_person_and_no_signed_link(report):
    made, workspace = report
    for text in (made.to_json(), made.to_markdown()):
        for secret in (KEY, workspace, "user@sandbox.example", "Sandbox User", "secret.png", "session=1"):
            assert secret not in text
        assert "X-Amz-Signature=***" in text
        assert "<database>" in text


def test_a_report_shows_what_was_asked_and_answered(report):
    made, _ = report
    [asked, *_] = made["sort_key"].evidence
    assert asked.request == "POST /databases/<database>/tables/<main>/records/search"
    assert asked.body["sorting"] == [{"sortingField": "<Name>", "sortType": "DESC"}]
    assert [one["id"] for one in asked.answer["data"]] == ["<d>", "<c>", "<b>", "<a>"]
    assert asked.status == 200


def test_a_report_shows_headers_and_errors_as_they_came(report):
    made, _ = report
    assert made.headers["X-RateLimit-Remaining"] == "39"
    assert made["rate_headers"].answer == "X-RateLimit-Remaining: 39"
    assert {one.answer["errorCode"] for one in made.errors} == {
        "BAD_REQUEST",
        "RESOURCE_NOT_FOUND",
        "UNKNOWN_FIELD",
        "VALIDATION_ERROR",
    }


def test_a_report_is_json_with_a_dialect_that_can_be_read(report):
    made, _ = report
    told = json.loads(made.to_json())
    assert Dialect.from_json(json.dumps(told["dialect"])) == made.dialect
    assert [one["key"] for one in told["findings"]] == [one.key for one in QUESTIONS]
    assert told["requests"] == made.requests


def test_a_report_tells_what_differs_from_a_dialect(report):
    made, _ = report
    assert made.changed(Dialect.CURRENT) == {
        "negatives_match_empty": (None, True),
        "nulls": (None, "last"),
        "stored_file_write": ("url", "id"),
    }
    with pytest.raises(KeyError, match="there are: create_status, record_form"):
        made["nothing"]
