"""A table out into a file, edited there, and back in by the records' ids: only what was edited is sent."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from softrorm import ConfigurationError, Model, fields
from softrorm.data.export import export_records
from softrorm.data.importing import Import
from softrorm.data.refusals import Refusals
from softrorm.models.bulk import JournalError
from softrorm.schema import create_tables, reflect


class Team(Model):
    name = fields.SingleLineText()

    class Meta:
        database_name = "Crm"
        table_name = "Teams"


class Company(Model):
    name = fields.SingleLineText(required=True)
    size = fields.Number()
    worth = fields.Currency()
    founded = fields.Date()
    seen_at = fields.DateTime()
    active = fields.Checkbox()
    tags = fields.MultiSelect(choices=["hot", "partner"])
    team = fields.LinkedRecord(to=Team)
    helpers = fields.LinkedRecords(to=Team)
    papers = fields.Attachment()
    number = fields.Autonumber()

    class Meta:
        database_name = "Crm"
        table_name = "Companies"


@pytest.fixture
def crm(client):
    """Three companies; one of them links to teams of which one was deleted."""
    create_tables(client, [Team, Company])
    east, west, gone = (Team.objects.create(name=name) for name in ("East", "West", "Gone"))
    Company.objects.create(
        name=" Acme\nLtd",
        size=3,
        worth=Decimal("0.1"),
        founded=date(2026, 1, 1),
        seen_at=datetime(2026, 1, 1, tzinfo=UTC),
        active=True,
        tags=["hot", "partner"],
        team=gone,
        helpers=[east, gone],
        papers=[fields.File("https://files.example/c", filename="c (1).pdf")],
    )
    Company.objects.create(name="Best", team=west)
    Company.objects.create(name="Zero", size=0)
    gone.delete()
    return client


def exported(path, **how):
    """The companies in a file, as a spreadsheet shows them."""
    export_records(Company.objects.order_by("number"), path, **how)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file)) if path.suffix == ".csv" else []


def saved(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, list(rows[0]))
        lines.writeheader()
        lines.writerows(rows)


def job(crm, path, **options):
    return Import(crm, reflect(crm, "Companies"), path, key="id", **options)


def imported(crm, path, **options):
    with Refusals() as refusals:
        work = job(crm, path, **options)
        work.check(refusals)
        assert refusals.first == []
        return work.write(refusals).counts


def refused(crm, path, **options):
    with Refusals() as refusals:
        job(crm, path, **options).check(refusals)
    return [(one.row, one.column, one.reason) for one in refusals.first]


def writes(crm):
    """The bodies of the requests that changed records, since the table was made."""
    return [one for one in crm.sandbox.requests if one.method in {"PATCH", "PUT"} and "/records/" in one.path]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("links", ["id", "label"])
def test_an_export_that_nobody_edited_changes_nothing(crm, tmp_path, form, links):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    exported(tmp_path / f"co.{form}", links=links)
    before = len(writes(crm))
    assert imported(crm, tmp_path / f"co.{form}") == {"unchanged": 3}
    assert len(writes(crm)) == before


def test_only_the_cell_that_was_edited_is_sent(crm, tmp_path):
    rows = exported(tmp_path / "co.csv")
    rows[0]["Size"] = "4"
    saved(tmp_path / "co.csv", rows)
    assert imported(crm, tmp_path / "co.csv") == {"updated": 1, "unchanged": 2}
    [write] = writes(crm)
    assert write.body["fields"] == {reflect(crm, "Companies").size.id: 4}
    assert Company.objects.get(number=1).size == 4


def test_a_cell_that_was_emptied_empties_the_field(crm, tmp_path):
    rows = exported(tmp_path / "co.csv")
    rows[0] |= {"Size": "", "Tags": "", "Team": "", "Helpers": ""}
    saved(tmp_path / "co.csv", rows)
    assert imported(crm, tmp_path / "co.csv") == {"updated": 1, "unchanged": 2}
    acme = Company.objects.get(number=1)
    assert (acme.size, acme.tags, acme.team, acme.helpers) == (None, [], None, [])


def test_a_value_in_another_spelling_is_no_change(crm, tmp_path):
    rows = exported(tmp_path / "co.csv")
    rows[0] |= {"Size": "3.0", "Active": "TRUE", "Seen at": "2026-01-01 01:00+01:00", "Tags": "hot;partner"}
    saved(tmp_path / "co.csv", rows)
    assert imported(crm, tmp_path / "co.csv") == {"unchanged": 3}


def test_rows_without_an_id_become_records(crm, tmp_path):
    rows = exported(tmp_path / "co.csv")
    rows[1]["Name"] = "Better"
    rows.append(dict.fromkeys(rows[0], "") | {"Name": "New", "Size": "7"})
    saved(tmp_path / "co.csv", rows)
    assert imported(crm, tmp_path / "co.csv") == {"created": 1, "updated": 1, "unchanged": 2}
    assert [(one.name, one.size) for one in Company.objects.order_by("number")][1:] == [
        ("Better", None),
        ("Zero", 0),
        ("New", 7),
    ]
    assert not (tmp_path / "co.csv.journal").exists()


def test_wrong_ids_are_refused_with_row_and_column(crm, tmp_path):
    rows = exported(tmp_path / "co.csv")
    rows[1]["id"] = "vQ9BI8QUVQiFua"
    rows[2]["id"] = rows[0]["id"]
    saved(tmp_path / "co.csv", rows)
    assert refused(crm, tmp_path / "co.csv") == [
        (3, "id", "takes the id of a record of the table, or nothing for a new one; there is no 'vQ9BI8QUVQiFua'."),
        (4, "id", "is the id of row 2 too; a record can be changed by one row only."),
    ]


def test_links_that_stay_need_no_record_and_new_ones_do(crm, tmp_path):
    rows = exported(tmp_path / "co.csv")
    east, gone = rows[0]["Helpers"].split("; ")
    west = rows[1]["Team"]
    rows[0]["Helpers"] = f"{gone}; {west}"
    rows[1]["Team"] = gone
    saved(tmp_path / "co.csv", rows)
    assert refused(crm, tmp_path / "co.csv") == [
        (3, "Team", f"takes the id of a record of Teams, and there is no '{gone}'.")
    ]
    rows[1]["Team"] = east
    saved(tmp_path / "co.csv", rows)
    assert imported(crm, tmp_path / "co.csv") == {"updated": 2, "unchanged": 1}
    assert [team.id for team in Company.objects.get(number=1).helpers] == [gone, west]


def test_new_rows_need_what_the_table_requires_and_edited_ones_do_not(crm, tmp_path):
    export_records(Company.objects.order_by("number"), tmp_path / "co.csv", attributes=["id", "size"])
    with (tmp_path / "co.csv").open("a", encoding="utf-8") as file:
        file.write(",9\n")
    assert refused(crm, tmp_path / "co.csv") == [(5, "", "makes a new record, and no column goes into Companies.name.")]


def test_an_import_of_edits_that_was_interrupted_creates_each_row_once(crm, tmp_path):
    rows = exported(tmp_path / "co.csv")
    rows[1]["Name"] = "Better"
    rows += [dict.fromkeys(rows[0], "") | {"Name": f"New {at}"} for at in range(4)]
    saved(tmp_path / "co.csv", rows)

    def interrupted(done, _):
        if done == 5:
            raise KeyboardInterrupt

    with Refusals() as refusals, pytest.raises(KeyboardInterrupt):
        job(crm, tmp_path / "co.csv").write(refusals, progress=interrupted)
    assert (tmp_path / "co.csv.journal").exists()
    counts = imported(crm, tmp_path / "co.csv")
    assert counts["unchanged"] == 3
    assert counts["earlier"] + counts.get("created", 0) == 4
    assert sorted(one.name for one in Company.objects if one.name.startswith("New")) == [f"New {at}" for at in range(4)]


def test_a_file_that_was_edited_between_two_runs_is_told_by_the_number_of_a_spreadsheet(crm, tmp_path):
    rows = [{"id": "", "Name": f"New {at}"} for at in range(5)]
    saved(tmp_path / "co.csv", rows)

    def interrupted(done, _):
        if done == 3:
            raise KeyboardInterrupt

    with Refusals() as refusals, pytest.raises(KeyboardInterrupt):
        job(crm, tmp_path / "co.csv").write(refusals, progress=interrupted)
    saved(tmp_path / "co.csv", [rows[0], {"id": "", "Name": "Other"}, *rows[2:]])
    with Refusals() as refusals, pytest.raises(JournalError) as caught:
        job(crm, tmp_path / "co.csv").write(refusals)
    assert "options: its row 3 is another. Undo the change to go on; or remove" in str(caught.value)
    saved(tmp_path / "co.csv", [*rows, rows[0]])
    with Refusals() as refusals, pytest.raises(JournalError) as caught:
        job(crm, tmp_path / "co.csv").write(refusals)
    assert "it had 5 rows to be created, and has 6. Undo" in str(caught.value)
    saved(tmp_path / "co.csv", rows)
    imported(crm, tmp_path / "co.csv")
    assert Company.objects.count() == 8


def test_a_row_that_the_service_refuses_is_named_by_its_number(crm, tmp_path):
    rows = exported(tmp_path / "co.csv")
    rows[1]["Size"] = "9"
    saved(tmp_path / "co.csv", rows)
    work = job(crm, tmp_path / "co.csv")
    size = reflect(crm, "Companies").size.id
    place = Company._meta.binding(crm)
    with Refusals(tmp_path / "bad.csv") as refusals:
        work.check(refusals)
        crm.delete_field(place.database, place.table, size)
        report = work.write(refusals, skip_bad=True)
    assert report.counts == {"unchanged": 2, "failed": 1}
    assert [one.row for one in refusals.first] == [3]
    assert "3," in (tmp_path / "bad.csv").read_text("utf-8").splitlines()[1]


def test_many_records_are_read_through_once(crm, tmp_path, monkeypatch):
    monkeypatch.setattr("softrorm.data.present.FEW", 2)
    rows = exported(tmp_path / "co.csv")
    rows[2]["Size"] = "8"
    saved(tmp_path / "co.csv", rows)
    assert imported(crm, tmp_path / "co.csv") == {"updated": 1, "unchanged": 2}


def test_what_cannot_be_a_key_of_ids_is_said(crm, tmp_path):
    saved(tmp_path / "co.csv", [{"Name": "x"}])
    with pytest.raises(ConfigurationError, match="No column holds the ids of records; an export has them"):
        job(crm, tmp_path / "co.csv")
    with pytest.raises(ConfigurationError, match="The id alone tells a record apart"):
        Import(crm, reflect(crm, "Companies"), tmp_path / "co.csv", key="id,Name")
    (tmp_path / "co.jsonl").write_text(json.dumps({"Which": None, "Name": "x"}) + "\n", "utf-8")
    assert imported(crm, tmp_path / "co.jsonl", columns={"Which": "id"}) == {"created": 1}
