"""What the tests of imports share: the subdivisions of all countries as a CSV file, with bad rows mixed in."""

import csv
import random

import pycountry

from softrorm import Model, fields


class Country(Model):
    code = fields.SingleLineText()

    class Meta:
        database_name = "World"
        table_name = "Countries"


class Subdivision(Model):
    code = fields.SingleLineText(required=True)
    name = fields.SingleLineText(required=True)
    kind = fields.Select(choices=sorted({one.type for one in pycountry.subdivisions}))
    letters = fields.Number(min=1)
    country = fields.LinkedRecord(to=Country)

    class Meta:
        database_name = "World"
        table_name = "Subdivisions"


HEAD = ["Code", "Name", "Kind", "Letters", "Country"]
SPOILED = (
    # What is put into which column, and a part of what is said of it.
    ("Name", "", "is required"),
    ("Kind", "Provinz", "Did you mean 'Province'"),
    ("Letters", "many", "takes a number such as 1234.5, not 'many'"),
    ("Letters", "0", "takes numbers from 1"),
    ("Country", "XX", "there is no 'XX'"),
)


def write_csv(path, bad=0, count=None):
    """Write the file; returns what is wrong in it: row, column and a part of the reason, in the order of the rows."""
    rows = [
        [one.code, one.name, one.type, len(one.name), one.country_code]
        for one in sorted(pycountry.subdivisions, key=lambda one: one.code)
    ][:count]
    wrong = []
    for at, place in enumerate(sorted(random.Random(5).sample(range(len(rows) + bad), bad))):
        column, value, reason = SPOILED[at % len(SPOILED)]
        spoiled = [f"BAD-{at}", f"Bad {at}", "Province", 5, "FR"]
        spoiled[HEAD.index(column)] = value
        rows.insert(place, spoiled)
        wrong.append((place + 2, column, reason))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    return wrong
