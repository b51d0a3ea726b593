"""Notes, which nothing tells apart but their values, and people, whom an e-mail address does."""

import re
from types import SimpleNamespace

import pytest

from softrorm import Model, create_tables, fields

CREATES = re.compile(r"/records$")
QUICK = {"pause": 0.001}
"""Looks for lost creates that wait no longer than a test should."""


class Note(Model):
    text = fields.SingleLineText(required=True)
    qty = fields.Number(max=100)
    tags = fields.MultiSelect(choices=["a", "b"])


class Person(Model):
    email = fields.Email()
    name = fields.SingleLineText()
    workers = fields.Number()

    class Meta:
        natural_key = "email"


@pytest.fixture
def world(sandbox, client, tmp_path):
    """``world.Note``, ``world.Person``, a place for a journal, and counting the writes that reach the sandbox."""
    create_tables(client, [Note, Person])
    Note.objects.count(), Person.objects.count()
    sandbox.requests.clear()

    def writes():
        return [one for one in sandbox.requests if one.method != "GET" and not one.path.endswith("/search")]

    def texts():
        return sorted(Note.objects.values_list("text", flat=True))

    def longest(length):
        """Have the service refuse longer texts, which nobody here knows of."""
        place = Note.objects._binding()
        client.update_field(place.database, place.table, place.ids["text"], options={"maxLength": length})

    return SimpleNamespace(
        Note=Note,
        Person=Person,
        sandbox=sandbox,
        client=client,
        journal=tmp_path / "job.journal",
        writes=writes,
        texts=texts,
        quick=QUICK,
        lose=lambda **how: sandbox.faults.add("lost_answer", method="POST", path=CREATES, **how),
        longest=longest,
    )
