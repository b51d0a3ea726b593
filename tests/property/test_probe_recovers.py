"""A probe of a sandbox in any dialect finds that dialect out.

The sandbox is strict: where programs send several forms of one thing, it takes the dialect's alone. The default run
makes 50 dialects up, ``--hypothesis-profile=nightly`` 500. Rates, which take a clock and many requests, have a test of
their own.
"""

from dataclasses import fields, replace

import hypothesis
from hypothesis import strategies as st

from softrorm import Client, Dialect
from softrorm.client.dialect import OPERATORS_CURRENT
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.sandbox.habits import Habits
from softrorm.schema.probe import QUESTIONS, cost, probe

NIGHTLY = hypothesis.settings.get_profile("nightly").max_examples
# Without these nothing else can be asked: the mapper could not do without them either.
NEEDED = {"AND", "OR", "IS", "IS_NOT", "IS_EMPTY", "IS_NOT_EMPTY", "GREATER_THAN"}
LEAST, ROWS = 25, 41  # of an answer: more than other questions ask for, fewer than a table is filled with
RATES = {"reads_per_second", "writes_per_second", "shared_budget"}
POLICIES = st.sampled_from(["sliding_log", "fixed_window", "token_bucket"])
UNTRIED = {"name", *RATES}


@st.composite
def dialects(draw):
    """Dialects of which each is one that a service could speak."""
    page_size = draw(st.integers(LEAST, ROWS - 1))
    dropped = draw(st.sets(st.sampled_from(sorted(OPERATORS_CURRENT - NEEDED))))
    return Dialect(
        name="random",
        page_size=page_size,
        default_limit=draw(st.integers(1, page_size)),
        operators=OPERATORS_CURRENT - dropped,
        update_method=draw(st.sampled_from(["PATCH", "PUT"])),
        sort_key=draw(st.sampled_from(["sorting", "sort"])),
        over_page_size=draw(st.sampled_from(["clamp", "error"])),
        limit_echo=draw(st.sampled_from(["requested", "clamped"])),
        select_filter=draw(st.sampled_from(["id", "label"])),
        number_filter=draw(st.sampled_from(["number", "string"])),
        system_date_filter=draw(st.sampled_from(["millis", "iso"])),
        negatives_match_empty=draw(st.sampled_from([None, True, False])),
        nulls=draw(st.sampled_from([None, "first", "last"])),
        select_write=draw(st.sampled_from(["id", "label"])),
        link_write=draw(st.sampled_from(["ids", "objects"])),
        attachment_write=draw(st.sampled_from(["list", "single"])),
        stored_file_write=draw(st.sampled_from(["url", "id"])),
        user_write=draw(st.sampled_from(["id", "email", "object"])),
        null_takes_default=draw(st.booleans()),
        unknown_field=draw(st.sampled_from(["error", "ignore"])),
        read_only_field=draw(st.sampled_from(["error", "ignore"])),
        names_as_keys=draw(st.booleans()),
        record_table_id=draw(st.booleans()),
        create_status=draw(st.sampled_from([200, 201])),
    )


def recoverable(dialect):
    """What a probe can find of a dialect: what is not known (None) is what the sandbox does then."""
    habits = Habits.of(dialect)
    untried = UNTRIED | ({"limit_echo"} if dialect.over_page_size == "error" else set())  # nothing is cut
    return {one.name: getattr(habits, one.name) for one in fields(dialect) if one.name not in untried}


def found(report, wanted):
    return {name: getattr(report.dialect, name) for name in wanted}


def runs():
    return 500 if hypothesis.settings().max_examples == NIGHTLY else 50


@hypothesis.settings(max_examples=runs())
@hypothesis.given(dialects(), dialects())
def test_a_probe_recovers_the_dialect_whatever_it_set_out_from(dialect, base):
    with Sandbox(dialect=dialect, strict=True) as sandbox:
        client = Client(sandbox, dialect=base)
        report = probe(client, rows=ROWS, attachment="https://example.com/a.png")
        wanted = recoverable(dialect)
        assert found(report, wanted) == wanted
        assert report.requests == len(sandbox.requests) <= cost(rows=ROWS)
        assert client.list_databases() == []
    assert Dialect.from_json(report.dialect.to_json()) == report.dialect


@hypothesis.settings(max_examples=runs() // 12)
@hypothesis.given(POLICIES, st.integers(1, 60), st.integers(1, 60), st.booleans(), dialects())
def test_a_probe_that_may_try_rates_recovers_them_too(policy, reads, writes, shared, base):
    """However the service counts; a shared budget is that of the reads."""
    dialect = replace(base, reads_per_second=reads, writes_per_second=reads if shared else writes, shared_budget=shared)
    clock = FakeClock()
    with Sandbox(dialect=dialect, rate_policy=policy, clock=clock) as sandbox:
        report = probe(Client(sandbox, dialect=base, clock=clock, sleep=clock.advance), rates=True)
        assert found(report, RATES) == {name: getattr(dialect, name) for name in RATES}
        assert report.requests <= len(sandbox.requests) <= cost(rates=True) + 100  # with repeats of those refused
        assert sandbox.client().list_databases() == []


def test_every_switch_of_a_dialect_is_generated_asked_for_or_left_out_for_a_reason():
    asked = {switch for question in QUESTIONS for switch in question.switches}
    assert asked | {"name"} == {one.name for one in fields(Dialect)}


def test_the_presets_are_recovered():
    for dialect, base in ((Dialect.CURRENT, Dialect.JUNE_2025), (Dialect.JUNE_2025, Dialect.CURRENT)):
        with Sandbox(dialect=dialect, strict=True) as sandbox:
            report = probe(Client(sandbox, dialect=base), rows=201, attachment="https://example.com/a.png")
        known = replace(dialect, negatives_match_empty=True, nulls="last", name="")
        rates = {name: getattr(base, name) for name in UNTRIED - {"name"}}
        assert replace(report.dialect, name="") == replace(known, **rates)
