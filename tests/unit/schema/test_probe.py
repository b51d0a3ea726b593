"""A probe says what it found, what it could not decide and what that cost, and publishes no secret."""

import asyncio
import dataclasses
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from probing import KEY, Between, client_of, databases

from softrorm import Client, Dialect, File, Model, Person, fields
from softrorm.client.errors import (
    ConfigurationError,
    ServiceUnavailable,
)
from softrorm.sandbox import Sandbox
from softrorm.schema import create_tables
from softrorm.schema.probe import QUESTIONS, aprobe, cost, probe

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
    assert "answered with all 19 records there are; 201 rows would show" in report["page_size"].answer
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


def test_progress_tells_how_many_requests_are_made():
    seen = []
    with Sandbox() as sandbox:
        report = probe(client_of(sandbox), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(number, cost()) for number in range(1, report.requests)] + [(cost(), cost())]


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


def test_a_report_begins_with_what_differs_and_has_every_question_in_its_table(report):
    made, _ = report
    text = made.to_markdown()
    top, answers, *_ = text.split("\n## ")
    assert "The dialect differs from `current` in:" in top
    assert '* `nulls`: `"last"` instead of `null`' in top
    for one in made.findings:
        assert f"| `{one.key}` | {one.question} |" in answers
    assert "&lt;T1>" in answers  # Markdown would take <T1> for a tag, and show nothing
    assert len(answers) < 20_000 < len(text) < 100_000


@pytest.mark.parametrize("key", ["a", "is", "the"])
def test_a_key_of_a_few_letters_does_not_make_a_report_unreadable(key):
    with Sandbox() as sandbox:
        report = probe(client_of(sandbox, api_key=key))
    assert "a create is answered 200" in report.to_markdown()
    assert "Table <main> has no field 'zzzzz'; fields go by id." in report.to_json()


def test_a_person_with_a_short_name_does_not_make_a_report_unreadable():
    def after(count, method, path, answer):
        status, headers, payload = answer
        return (
            status,
            headers,
            payload.replace(b'"Sandbox User"', b'"Al"').replace(b"user@sandbox.example", b"a@b.example"),
        )

    with Sandbox() as sandbox:
        report = probe(client_of(Between(sandbox, after=after)))
    assert report["rare_numbers"].answer == "PERCENT 0.5 reads 0.5; DURATION 90 reads 90"
    for told in ('"Al"', "a@b.example"):
        assert told not in report.to_json()


def test_each_open_question_of_the_wire_facts_is_asked_and_each_switch_has_a_verdict(report):
    made, _ = report
    asked = {fact.strip() for one in QUESTIONS for fact in one.facts.split(",")}
    assert {f"16.{number}" for number in range(1, 14)} <= asked
    decided = {switch: one.verdict for one in made.findings for switch in one.switches}
    assert decided.keys() == {one.name for one in dataclasses.fields(Dialect)} - {"name"}


def test_a_report_tells_what_differs_from_a_dialect(report):
    made, _ = report
    assert made.changed == {
        "negatives_match_empty": (None, True),
        "nulls": (None, "last"),
        "stored_file_write": ("url", "id"),
    }
    with pytest.raises(KeyError, match="there are: field_forms, create_status"):
        made["nothing"]
