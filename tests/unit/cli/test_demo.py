"""``softrorm demo``: the main job on real data, with every number counted from what the sandbox saw."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from softrorm.cli import main
from softrorm.cli.demo import data, show


@pytest.fixture(scope="module")
def output():
    """What the demo prints, with the process's default client put back as it was."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("softrorm.client.default._client", None)
        began = time.monotonic()
        answer = CliRunner().invoke(main, ["demo"])
        seconds = time.monotonic() - began
    assert answer.exit_code == 0, answer.output
    assert answer.stderr == ""
    assert seconds < 10
    return answer.stdout


@pytest.fixture(scope="module")
def steps(output):
    """The text of each step by its number."""
    parts = re.split(r"^(\d+)\. ", output, flags=re.MULTILINE)
    return dict(zip(map(int, parts[1::2]), parts[2::2], strict=True))


def requests_in(text):
    return sum(int(found.replace(",", "")) for found in re.findall(r"^  ([\d,]+) requests?\b", text, re.MULTILINE))


def test_every_line_fits_a_terminal_of_80_columns(output):
    assert [line for line in output.splitlines() if len(line) > 80] == []


def test_output_that_is_no_terminal_has_no_control_characters(output):
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", output)


def test_all_records_are_loaded_one_request_each(steps):
    countries, zones = len(data.countries()), len(data.zones())
    links = sum(len(zone.codes) for zone in data.zones())
    assert f"{countries} countries, {zones} zones, {links} links between them." in steps[2]
    assert requests_in(steps[2]) == countries + zones


@pytest.mark.parametrize(("step", "requests"), [(3, 1), (4, 1), (5, 1), (6, 1), (7, 2), (8, 2), (9, 2)])
def test_each_step_makes_as_many_requests_as_it_should(steps, step, requests):
    assert requests_in(steps[step]) == requests


def test_the_numbers_add_up(output):
    total = re.search(r"^([\d,]+) requests in [\d.]+ s: .*; 0 refused\.$", output, re.MULTILINE)
    assert int(total[1].replace(",", "")) == requests_in(output)


def test_the_filters_are_shown_as_the_json_they_compile_to(steps):
    for operator in ("AND", "IS_ONE_OF", "GREATER_THAN"):
        assert f'"operator": "{operator}"' in steps[3]
    for operator in ("OR", "AND", "IS_NOT", "IS_EMPTY"):
        assert f'"operator": "{operator}"' in steps[4]
    assert '"paging": {"offset": 0, "limit": 1}' in steps[5]
    assert '"sortType": "ASC"' in steps[6]
    assert '"paging": {"offset": 0, "limit": 5}' in steps[6]


def test_what_the_queries_find_is_true_of_the_data(steps):
    zones = data.zones()
    steady = sum(not zone.daylight_saving for zone in zones)
    assert f"{steady} zones keep one time all year." in steps[5]

    southernmost = sorted(zones, key=lambda zone: zone.latitude)[:5]
    assert re.findall(r"(\S+)\s+\([+-]", steps[6]) == [zone.name for zone in southernmost]

    far = [
        zone
        for zone in zones
        if zone.utc_offset > 12 or (zone.latitude > 66.5 and not zone.name.startswith("America/"))
    ]
    assert f"{len(far)} records: " in steps[4]


def test_links_are_followed_both_ways(steps):
    bangkok = next(zone for zone in data.zones() if zone.name == "Asia/Bangkok")
    shown = re.search(r"Asia/Bangkok: (.*)", steps[7])[1].split(", ")
    assert len(shown) > 1
    assert sorted(shown) == sorted(bangkok.codes)
    brazilian = [zone for zone in data.zones() if "BR" in zone.codes]
    assert f"Brazil: {len(brazilian)} zones" in steps[8]


def test_two_of_three_edited_fields_go_out_in_one_patch(steps):
    assert steps[9].count("PATCH ") == 1
    sent = re.search(r'PATCH \S+ \{"fields": \{"(\w+)": 2, "(\w+)": "Czechia"\}\}', steps[10])
    assert f"{sent[1]} is utc_offset, {sent[2]} is comments" in steps[10]


def test_the_last_lines_say_where_to_go_next(output):
    last = output.splitlines()[-5:]
    assert last[0] == "Where to go next:"
    assert all(name in "\n".join(last) for name in ("README.md", "docs/", "softrorm sandbox", "softrorm --help"))


@pytest.mark.usefixtures("socket_disabled")
def test_it_opens_no_socket(monkeypatch):
    monkeypatch.setattr("softrorm.client.default._client", None)
    answer = CliRunner().invoke(main, ["demo"], env={"SOFTR_URL": "https://softr.invalid/api/v1"})
    assert answer.exit_code == 0, answer.output


def test_it_runs_without_rich_and_where_the_output_takes_ascii_only(tmp_path):
    (tmp_path / "rich.py").write_text('raise ImportError("not installed here")')
    answer = subprocess.run(
        [sys.executable, "-m", "softrorm", "demo"],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert answer.stdout.isascii()


@pytest.mark.parametrize("rich_is_there", [True, False])
def test_progress_hands_out_every_item_on_a_terminal(monkeypatch, capsys, rich_is_there):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    if not rich_is_there:
        monkeypatch.setitem(sys.modules, "rich.progress", None)
    assert list(show.progress("Zones", [1, 2, 3])) == [1, 2, 3]
    assert "Zones" in capsys.readouterr().out


def test_json_is_printed_in_few_lines_and_within_the_width():
    value = {
        "filter": {"condition": {"operator": "AND", "conditions": [{"leftSide": "a" * 20, "rightSide": [1] * 40}]}}
    }
    printed = show.pretty(value, 44)
    assert all(len(line) <= 44 for line in printed)
    assert printed[0] == '{"filter": {"condition": {'
    assert json.loads("\n".join(printed)) == value
    assert show.pretty({"a": [1, 2]}, 40) == ['{"a": [1, 2]}']


@pytest.mark.parametrize(
    ("text", "place"),
    [("+4230+00131", (42.5, 1.5167)), ("-7750+16636", (-77.8333, 166.6)), ("+404251-0740023", (40.7142, -74.0064))],
)
def test_coordinates_are_read_from_iso_6709(text, place):
    assert data.coordinates(text) == place


def test_other_text_is_no_coordinates():
    with pytest.raises(ValueError, match=r"not '42\.5 N, 1\.5 E'"):
        data.coordinates("42.5 N, 1.5 E")


def test_the_tables_give_offsets_daylight_saving_and_all_countries():
    zones = {zone.name: zone for zone in data.zones()}
    assert len(zones) > 400
    assert len(data.countries()) > 240
    zurich, kolkata, sydney = zones["Europe/Zurich"], zones["Asia/Kolkata"], zones["Australia/Sydney"]
    assert (zurich.utc_offset, zurich.daylight_saving, zurich.codes[0]) == (1, True, "CH")
    assert {"DE", "LI"} < set(zurich.codes)
    assert (kolkata.utc_offset, kolkata.daylight_saving) == (5.5, False)
    assert (sydney.utc_offset, sydney.daylight_saving) == (10, True)
    assert all(code in data.countries() for zone in zones.values() for code in zone.codes)
