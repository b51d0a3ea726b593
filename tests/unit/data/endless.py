"""What the tests of memory share: a sandbox whose records are worked out when they are asked for, and kept nowhere.

It knows the tables that were made as a real one does. A record follows from its place alone, and one that is created is
known by the number in its name.
"""

from __future__ import annotations

import json
import re

from softrorm import Model, fields
from softrorm.sandbox import Sandbox

RECORDS = re.compile(r".*/databases/(?P<database>[^/]+)/tables/(?P<table>[^/]+)/records(/(?P<record>[^/]+))?$")


class Thing(Model):
    name = fields.SingleLineText()
    amount = fields.Number()
    kind = fields.Select(choices=["Large", "Small"])
    notes = fields.LongText()
    before = fields.LinkedRecord(to="Thing", inverse="after")
    after = fields.LinkedRecord(to="Thing", inverse="before")

    class Meta:
        database_name = "Endless"
        table_name = "Things"


class EndlessSandbox(Sandbox):
    """A sandbox with ``count`` records in each of its tables that ``full`` names."""

    def __init__(self, **options):
        super().__init__(**options)
        self.full = {}
        self._fields = {}

    def handle(self, method, path, query, headers, body):
        found = RECORDS.match(path)
        if found is None:
            if method != "GET":
                self._fields.clear()
            return super().handle(method, path, query, headers, body)
        table, record = found["table"], found["record"]
        if table not in self._fields:
            _, _, told = super().handle("GET", path.partition("/records")[0], {}, headers, None)
            self._fields[table] = [
                (one["id"], one["name"], one["options"]) for one in json.loads(told)["data"]["fields"]
            ]
        asked = json.loads(body) if body else {}
        text = self._answered(table, method, record, query, asked)
        return 200, {"Content-Type": "application/json"}, text.encode()

    def _answered(self, table, method, record, query, asked):
        count = self.full.get(table, 0)
        if method == "POST" and record is None:
            at = next(int(value.split()[1]) for value in asked["fields"].values() if str(value).startswith("Thing "))
            self.full[table] = max(count, at + 1)
            return f'{{"data":{self._record(table, at)}}}'
        if record not in {None, "search"}:
            return f'{{"data":{self._record(table, int(record[4:]))}}}'
        paging = asked.get("paging") or query
        offset, limit = int(paging["offset"]), int(paging["limit"])
        wanted = range(count)
        if "filter" in asked:
            named = asked["filter"]["condition"]["rightSide"]
            wanted = sorted(at for at in (int(name.split()[1]) for name in named) if at < count)
        if asked.get("sorting", [{}])[0].get("sortType") == "DESC":
            wanted = wanted[::-1]
        rows = ",".join(self._record(table, at) for at in wanted[offset : offset + limit])
        return f'{{"data":[{rows}],"metadata":{{"offset":{offset},"limit":{limit},"total":{len(wanted)}}}}}'

    def _record(self, table, at):
        seconds, thousandths = divmod(at, 1000)
        moment = f"2026-01-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}Z"
        values = ",".join(
            f'"{id}":{self._value(table, name, options, at)}' for id, name, options in self._fields[table]
        )
        return f'{{"id":"{_id(table, at)}","fields":{{{values}}},"createdAt":"{moment}","updatedAt":"{moment}"}}'

    def _value(self, table, name, options, at):
        match name:
            case "Name":
                return f'"Thing {at}"'
            case "Amount":
                return at
            case "Kind":
                return json.dumps(options["choices"][at % 2])
            case "Notes":
                return f'"{f"What there is to say of thing {at}. " * 10}"'
            case "Before" | "After":
                other = at + 1 if name == "After" else at - 1
                there = 0 <= other < self.full.get(table, 0)
                return f'[{{"id":"{_id(table, other)}","label":"Thing {other}"}}]' if there else "[]"


def _id(table, at):
    return f"{table[:4]}{at:010}"
