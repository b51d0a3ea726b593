"""``softrorm export``: the records of a table into a file."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from softrorm.cli.connection import with_client
from softrorm.cli.output import counted, examples, note
from softrorm.cli.progress import progress
from softrorm.cli.resuming import resumable

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.query.frames import Links

FORMS = ("csv", "jsonl", "parquet")


@click.command(
    "export",
    short_help="Write a table into a file.",
    epilog=examples(
        "softrorm export Tasks -o tasks.csv",
        'softrorm export Tracker/Tasks -o urgent.jsonl --where "status = Urgent"',
        'softrorm export Tasks -o - --fields "Title,Due date" | head',
        "softrorm export Tasks -o tasks.parquet --links label",
    ),
)
@click.argument("table")
@click.option("-o", "--output", required=True, metavar="FILE", help="Ends with .csv, .jsonl or .parquet; - for stdout.")
@click.option("--format", "form", type=click.Choice(FORMS), help="What the file is, where its ending does not say it.")
@click.option("--where", metavar="FILTER", default="", help="Only records that satisfy this; see softrorm query.")
@click.option("--order", metavar="FIELDS", default="", help="As --order Status,-Due; by creation unless given.")
@click.option("--fields", metavar="FIELDS", multiple=True, help="Only these, by name or id, with commas between them.")
@click.option("--ids", is_flag=True, help="Call the columns by the fields' ids.")
@click.option(
    "--links", type=click.Choice(["id", "label"]), default="id", show_default=True, help="What a linked record is."
)
@with_client
def command(
    *,
    client: Client,
    table: str,
    output: str,
    form: str | None,
    where: str,
    order: str,
    fields: tuple[str, ...],
    ids: bool,
    links: Links,
) -> None:
    """Write the records of TABLE into a file: CSV, JSON lines or Parquet.

    TABLE is a name, an id, or DATABASE/TABLE. A table of any size streams through; the file gets its name when it is
    whole. Records that are there throughout come exactly once, whatever others change meanwhile.
    """
    from softrorm.data.export import export_records
    from softrorm.data.targets import form_of
    from softrorm.query.language import parse_attributes, parse_filter, parse_order
    from softrorm.query.queryset import QuerySet
    from softrorm.schema import reflect

    to_stdout = output == "-"
    if not to_stdout and form is None:
        form = form_of(output)  # before any request
    model = reflect(client, table)
    records: QuerySet[Any] = QuerySet(model).using(client)
    query = records.filter(parse_filter(where, model)).order_by(*parse_order([order], model))
    target = sys.stdout if to_stdout else Path(output)
    # On a screen the records themselves show how far it is.
    left = "" if to_stdout else f"Nothing was written to {output}; the same command begins anew."
    shows = nullcontext() if to_stdout and is_screen() else progress("Exporting")
    with resumable(left), shows as shown:
        done = export_records(
            query,
            target,
            attributes=parse_attributes(fields, model),
            form=form,
            ids=ids,
            links=links,
            progress=shown,
        )
    note(f"{counted(done, 'record')} of {model._meta.table_name}{'.' if to_stdout else f' written to {output}.'}")


def is_screen() -> bool:
    """Whether what goes to stdout is read by a person right away."""
    return sys.stdout.isatty()
