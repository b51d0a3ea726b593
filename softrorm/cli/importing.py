"""``softrorm import``: the rows of a file into a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from softrorm.cli import terminal
from softrorm.cli.asking import confirm, need_person, yes_option
from softrorm.cli.connection import with_client
from softrorm.cli.exits import Exit, Stop
from softrorm.cli.output import CUT, GAP, cell, counted, examples, note, print_rows
from softrorm.cli.progress import progress
from softrorm.cli.resuming import AGAIN, resumable

if TYPE_CHECKING:
    from datetime import tzinfo

    from softrorm.client.client import Client
    from softrorm.data.importing import Import
    from softrorm.data.linked import LinkBy
    from softrorm.data.refusals import Refusals
    from softrorm.models.bulk import BulkReport

SHOWN_ROWS = 3
LONGEST = 30  # columns that a value in the preview takes where there is no terminal
LEAST = 6  # and on a narrow one
LISTED = "With --skip-bad the same command goes on, and lists such rows to be corrected."


@click.command(
    "import",
    short_help="Make records of the rows of a file.",
    epilog=examples(
        "softrorm import Tasks tasks.csv --dry-run",
        'softrorm import Tasks tasks.csv --map "Deadline=Due date" --map "Notes="',
        "softrorm import Contacts contacts.jsonl --upsert Email --skip-bad",
        "softrorm import Tasks exported-and-edited.csv --upsert id",
        "softrorm import Tasks tasks.csv --link-by label --timezone Europe/Berlin",
    ),
)
@click.argument("table")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--map", "pairs", metavar="COLUMN=FIELD", multiple=True, help="Where a column goes; COLUMN= leaves it out."
)
@click.option(
    "--upsert",
    "key",
    metavar="FIELDS",
    default="",
    help="Update the records with the same values in these, or the same id.",
)
@click.option("--dry-run", is_flag=True, help="Check every row, list those refused, and import nothing.")
@click.option("--skip-bad", is_flag=True, help="Write the other rows where some are refused.")
@yes_option
@click.option("--timezone", metavar="ZONE", help="What instants without an offset mean, such as Europe/Berlin.")
@click.option("--link-by", type=click.Choice(["id", "label"]), default="id", show_default=True, help="What links are.")
@click.option("--separator", default=";", show_default=True, help="What stands between the values of one cell.")
@click.option("--encoding", default="utf-8", show_default=True, help="How the text of the file is encoded.")
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl", "parquet"]), help="Where its ending does not say it."
)
@click.option("--report", type=click.Path(dir_okay=False), help="Where refused rows are listed; FILE.refused.csv.")
@with_client
def command(
    *,
    client: Client,
    table: str,
    file: str,
    pairs: tuple[str, ...],
    key: str,
    dry_run: bool,
    skip_bad: bool,
    yes: bool,
    timezone: str | None,
    link_by: LinkBy,
    separator: str,
    encoding: str,
    form: str | None,
    report: str | None,
) -> None:
    """Make a record of each row of FILE, which is CSV, JSON lines or Parquet.

    TABLE is a name, an id, or DATABASE/TABLE. Every row is checked before the first is written; refused ones are named
    with their row, column and reason, and listed in a report. An import that was interrupted goes on where it stopped
    when the same command is given again.
    """
    from softrorm.data.importing import Import
    from softrorm.data.refusals import Refusals
    from softrorm.schema import reflect

    if not (yes or dry_run):
        need_person("import", ", or --dry-run to check the rows only")
    listed = Path(report or f"{file}.refused.csv")
    if listed.exists() and listed.samefile(file):
        raise click.UsageError(f"--report is where refused rows are listed, and {file} is what is to be imported")
    model = reflect(client, table)
    job = Import(
        client,
        model,
        file,
        columns=_mapping(pairs),
        key=key,
        form=form,
        encoding="utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding,
        timezone=_zone(timezone),
        separator=separator,
        link_by=link_by,
    )
    _show(job)
    with Refusals(listed) as refusals, resumable("Nothing was written."):
        with progress("Checking") as shown:
            good = job.check(refusals, shown)
        _tell(refusals)
        if refusals.rows and not skip_bad:
            raise Stop(
                f"Nothing was written: {refusals.rows:,} of {counted(good + refusals.rows, 'row')} refused, listed in"
                f" {refusals.report}. Correct them{', or give --skip-bad to import the others' if good else ''}."
            )
        if not good:
            note(f"{file} has no rows that can be imported; nothing was written.")
        elif dry_run:
            note(f"{counted(good, 'row')} can be imported into {model._meta.table_name}; nothing was written.")
        else:
            _write(job, refusals, good, model._meta.table_name, skip_bad=skip_bad, asks=not yes)
            _tell(refusals)
    if refusals.rows:
        raise Stop(f"{counted(refusals.rows, 'row')} refused; see {refusals.report}.")


def _mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not equals:
            raise click.UsageError(f'--map takes "Column=Field", or "Column=" to leave it out; got {pair!r}')
        columns[column.strip()] = field.strip()
    return columns


def _zone(name: str | None) -> tzinfo | None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.UsageError(f"--timezone takes a zone such as Europe/Berlin or UTC; got {name!r}") from None


def _show(job: Import) -> None:
    """The mapping, with the first rows beside it; on a terminal each column of the file takes a line."""
    rows = job.preview(SHOWN_ROWS)
    fields = {column: field.name for column, field in job.columns.fields.items()} | {
        column: f"({why})" for column, why in job.columns.left_out.items()
    }
    heads = [f"row {number}" for number, _ in rows]
    longest = LONGEST
    if sys.stdout.isatty() and rows:
        named = sum(
            max(map(terminal.width, names)) + GAP for names in (["column", *fields], ["field", *fields.values()])
        )
        longest = max(LEAST, (terminal.columns() - named) // len(rows) - GAP)
    print_rows(
        ("column", "field", *heads),
        [
            (column, fields[column], *(_short(values.get(column), longest) for _, values in rows))
            for column in job.source.columns
        ],
    )


def _short(value: Any, longest: int) -> str:
    text = cell(value)
    return text if terminal.width(text) <= longest else terminal.start_of(text, longest - len(CUT)) + CUT


def _tell(refusals: Refusals) -> None:
    for line in refusals.told():
        note(line)


def _write(job: Import, refusals: Refusals, good: int, table: str, *, skip_bad: bool, asks: bool) -> None:
    from softrorm.models.bulk import BulkError, JournalError

    if job.journal.exists() and not job.key:
        note(f"Going on where an earlier import of this file stopped ({job.journal}).")
    if asks:
        confirm(f"Import {counted(good, 'row')} into {table}?", refused="Nothing was written.")
    try:
        with resumable(), progress("Importing") as shown:
            report = job.write(refusals, skip_bad=skip_bad, progress=shown)
    except JournalError as error:
        raise Stop(str(error), Exit.USAGE) from error
    except BulkError as error:
        _stopped(error)
    note(f"{table}: {_counts(report)}.")
    if report.unknown:
        raise Stop(f"What became of {counted(len(report.unknown), 'row')} is not known. {AGAIN}", Exit.FAILED)


def _stopped(error: Any) -> NoReturn:
    """End with the first row that failed, what to do, and a code that says whose fault it was."""
    from softrorm.data.refusals import is_refusal

    result = error.report.troubled[0]
    number = getattr(result.row, "number", result.number)
    code, advice = (Exit.NO, LISTED) if is_refusal(result.error) else (Exit.FAILED, AGAIN)
    raise Stop(
        f"row {number} {result.fate}: {result.error}\nIn all: {_counts(error.report)}. {advice}", code
    ) from error


def _counts(report: BulkReport) -> str:
    """What became of the rows: ``1,204 records created, 3 updated``."""
    fates = [(count, "imported earlier" if fate == "earlier" else fate) for fate, count in report.counts.items()]
    [(count, fate), *rest] = fates or [(0, "created")]
    return ", ".join([f"{counted(count, 'record')} {fate}", *(f"{count:,} {fate}" for count, fate in rest)])
