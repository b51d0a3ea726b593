"""A dialect goes into a JSON file and comes back the same."""

from dataclasses import fields, replace
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softrorm import Client, ConfigurationError, Dialect
from softrorm.client.dialect import OPERATORS_CURRENT
from softrorm.sandbox import Sandbox

DIALECTS = [
    Dialect.CURRENT,
    Dialect.JUNE_2025,
    replace(Dialect.CURRENT, name="mine", nulls="first", negatives_match_empty=False, reads_per_second=12.5),
]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
def test_a_dialect_is_read_back_from_its_file(dialect, tmp_path):
    file = tmp_path / "dialect.json"
    file.write_text(dialect.to_json(), "utf-8")
    assert Dialect.load(file) == Dialect.load(str(file)) == dialect


def values(hint):
    """What a switch of a type may be."""
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is frozenset:
        return st.frozensets(st.sampled_from(sorted(OPERATORS_CURRENT)))
    if get_args(hint):
        return st.one_of(*map(values, get_args(hint)))
    whole = st.integers(1, 10**6)
    known = {bool: st.booleans(), str: st.text(), int: whole, float: whole | st.floats(0.001, 10**6)}
    return known.get(hint, st.none())


@given(st.builds(Dialect, **{one.name: values(get_type_hints(Dialect)[one.name]) for one in fields(Dialect)}))
def test_any_dialect_is_read_back_as_it_was(dialect):
    assert Dialect.from_json(dialect.to_json()) == dialect


def test_a_client_loads_a_dialect_from_its_file_or_by_its_name(tmp_path, monkeypatch):
    mine = replace(Dialect.JUNE_2025, name="mine")
    file = tmp_path / "softr-dialect.json"
    file.write_text(mine.to_json(), "utf-8")
    for said, meant in ((file, mine), (str(file), mine), ("june-2025", Dialect.JUNE_2025), (mine, mine)):
        assert Client("sandbox:", dialect=said).dialect == meant
    monkeypatch.setenv("SOFTR_DIALECT", str(file))
    assert Client("sandbox:").dialect == mine
    assert Client("https://softr.example/api/v1", api_key="key").dialect == mine
    assert Client("sandbox:", dialect="current").dialect == Dialect.CURRENT


def test_a_sandbox_that_is_given_as_an_object_knows_its_own_dialect(monkeypatch):
    monkeypatch.setenv("SOFTR_DIALECT", "june-2025")
    with Sandbox(dialect=Dialect.CURRENT) as sandbox:
        assert Client(sandbox).dialect == Dialect.CURRENT


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("softr-dialect.json", "dialect= is 'softr-dialect.json', which is no file; give current, june-2025, or the f"),
        (
            "june",
            "dialect= is 'june', which is no file; give current, june-2025, or the file that softrorm probe wrote",
        ),
        ({"sort_key": "sort"}, "dialect= takes a Dialect, the name of one, or a file of one; got {'sort_key': 'sort'}"),
    ],
)
def test_a_client_says_what_a_dialect_may_be(said, message):
    with pytest.raises(ConfigurationError) as caught:
        Client("sandbox:", dialect=said)
    assert str(caught.value).startswith(message)


def test_the_message_about_the_environment_names_it(monkeypatch):
    monkeypatch.setenv("SOFTR_DIALECT", "nowhere.json")
    with pytest.raises(ConfigurationError, match=r"SOFTR_DIALECT is 'nowhere\.json', which is no file"):
        Client("sandbox:")


def test_what_is_left_out_is_as_in_the_current_dialect():
    assert Dialect.from_json('{"sort_key": "sort"}') == replace(Dialect.CURRENT, sort_key="sort")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "a dialect is a JSON object of switches; this is no JSON"),
        ("[]", r'a dialect is a JSON object such as \{"sort_key": "sorting"\}; got \[\]'),
        ('{"sortkey": "sort"}', "a dialect has no switch 'sortkey'; there are: name, .*newer softrorm may have more"),
        ('{"sort_key": "order"}', """the switch 'sort_key' of a dialect is "sorting" or "sort"; got 'order'"""),
        ('{"page_size": true}', "'page_size' of a dialect is a whole number above 0; got True"),
        ('{"reads_per_second": 0}', "'reads_per_second' of a dialect is a number above 0; got 0"),
        ('{"reads_per_second": Infinity}', "'reads_per_second' of a dialect is a number above 0; got inf"),
        (
            '{"operators": ["IS", "ISNT"]}',
            "'operators' of a dialect is a list of operators; 'ISNT' is none; there are: AND",
        ),
        ('{"nulls": 0}', """'nulls' of a dialect is "first" or "last" or null; got 0"""),
        ('{"create_status": 200.0}', "'create_status' of a dialect is 200 or 201; got 200.0"),
        ('{"operators": "IS"}', "'operators' of a dialect is a list of operators; got 'IS'"),
    ],
)
def test_what_is_no_dialect_is_refused(text, message):
    with pytest.raises(ConfigurationError, match=message):
        Dialect.from_json(text)


def test_the_message_about_a_file_names_it(tmp_path):
    file = tmp_path / "dialect.json"
    file.write_text("{")
    with pytest.raises(ConfigurationError, match=r"dialect\.json: a dialect is a JSON object"):
        Dialect.load(file)
