"""``softrorm query``: the records that satisfy a filter written as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from softrorm.cli.connection import with_client
from softrorm.cli.output import LEAST, counted, examples, format_options, note, print_rows

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.query.queryset import QuerySet

SHOWN = 50  # records of a table that nobody limited
WIDEST = 32  # letters of a column, so that several fit on a terminal
CHOSEN = 10  # and what is left at least of one that was asked for, so that dates stay whole


@click.command(
    "query",
    epilog=examples(
        'softrorm query Tasks "status is one of Urgent, Important and due < today"',
        "softrorm query Tasks \"not 'Due date' is empty\" --order -hours --limit 20",
        'softrorm query Tasks "project.name contains site" --fields title --csv',
        "softrorm query Tasks billable --count",
    ),
)
@click.argument("table")
@click.argument("filter", required=False, default="")
@click.option("--fields", metavar="FIELDS", multiple=True, help="Only these, with commas between them.")
@click.option("--order", metavar="FIELDS", multiple=True, help="As --order -due,title; a - turns it round.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(0),
    help=f"So many records; 0 for all. A table shows {SHOWN}, --csv and --json all unless told.",
)
@click.option("--count", is_flag=True, help="Only how many there are.")
@click.option("--explain", is_flag=True, help="Only the requests that would be made.")
@format_options
@with_client
def command(
    *,
    client: Client,
    table: str,
    filter: str,  # noqa: A002 - the name in the usage line
    fields: tuple[str, ...],
    order: tuple[str, ...],
    limit: int | None,
    count: bool,
    explain: bool,
    form: str,
) -> None:
    """Print the records that match a filter.

    TABLE is an id, a name, or DATABASE/TABLE; without a filter all of its records match. A filter compares fields
    with values by = != < <= > >=, is one of, contains, starts with, has all of, between A and B, is empty, and their
    opposites such as does not contain, and joins that with and, or, not and brackets. Fields go by name or id, those
    of a linked record after a dot. A name or value with blanks stands in quotes. Dates are 2026-11-22, today, this
    month, past 7 days.
    """
    from softrorm.data.export import headings
    from softrorm.query.frames import column_pages
    from softrorm.query.language import parse_attributes, parse_filter, parse_order
    from softrorm.schema.reflect import reflect

    model = reflect(client, table)
    query = model.objects.filter(parse_filter(filter, model)).order_by(*parse_order(order, model))
    names = parse_attributes(fields, model) or ["id", *model._meta.own_fields]
    limited = limit is not None
    limit = SHOWN if limit is None and form == "table" else limit
    if explain:
        read = 1 if count else limit  # a count reads one record, and the total beside it
        click.echo(str((query[:read] if read else query).explain()))
        return
    query = _looked_up(query)
    if count:
        click.echo(query.count())
        return
    # One more tells whether there are more, and costs no request.
    asked = query[: limit + 1] if limit else query
    pages = column_pages(asked, names, "label" if form == "table" else "id")
    rows = (row for page in pages for row in zip(*(page[name] for name in names), strict=True))
    titles = list(headings(query, names, ids=False).values())
    least = CHOSEN if fields else LEAST
    print_rows(titles, _first(rows, limit or 0, limited=limited), form, most=WIDEST, least=least)


def _looked_up(query: QuerySet[Any]) -> QuerySet[Any]:
    """The query with its look-ups across links answered, which reading it would do; a note on labels that none has."""
    from softrorm.query.language.labels import unknown_labels

    answered = query._answered()
    for link, labels in unknown_labels(query._where, answered._where):
        note(f"No record of {link.target._meta.table_name} is called {' or '.join(map(repr, labels))}.")
    return answered


def _first(rows: Iterator[Any], limit: int, *, limited: bool) -> Iterator[Any]:
    """So many rows, or all; a note on there being none, and on what is left out although nobody set a limit."""
    count = 0
    for count, row in enumerate(rows, 1):
        if count > limit > 0:
            if not limited:
                note(f"These are the first {counted(limit, 'record')}; --limit 0 shows all.")
            return
        yield row
    if not count:
        note("No record matches.")
