"""The program that test_kill.py kills: imports rows with a journal, and prints how far it came.

Arguments: address, database, table, field, number of rows, journal.
"""

import sys

from softrorm import Client, Model, configure, fields

url, base, place, field, count, journal = sys.argv[1:]


class Note(Model):
    """A note, which nothing tells apart but its text."""

    text = fields.SingleLineText(field)

    class Meta:
        """A table that is there."""

        database = base
        table = place


def rows():
    """Rows of which three each are alike."""
    for number in range(int(count)):
        yield {"text": f"n{number // 3}"}


def show(done, total, report):
    """Say how far it came; whoever listens may kill this process then."""
    print(done, flush=True)


configure(Client(url, api_key="key", rates=(1000, 1000)))
Note.objects.bulk_create(rows(), journal=journal, progress=show, pause=0.1)
