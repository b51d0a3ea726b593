"""A dialect goes into a JSON file and comes back the same."""

from dataclasses import replace

import pytest

from softrorm import ConfigurationError, Dialect

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


def test_what_is_left_out_is_as_in_the_current_dialect():
    assert Dialect.from_json('{"sort_key": "sort"}') == replace(Dialect.CURRENT, sort_key="sort")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "a dialect is a JSON object of switches; this is no JSON"),
        ("[]", r'a dialect is a JSON object such as \{"sort_key": "sorting"\}; got \[\]'),
        ('{"sortkey": "sort"}', "a dialect has no switch 'sortkey'; there are: name, update_method, sort_key"),
        ('{"sort_key": "order"}', """the switch 'sort_key' of a dialect is "sorting" or "sort"; got 'order'"""),
        ('{"page_size": true}', "'page_size' of a dialect is a whole number above 0; got True"),
        ('{"reads_per_second": 0}', "'reads_per_second' of a dialect is a number above 0; got 0"),
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
