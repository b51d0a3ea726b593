"""Targets: the files that an export writes, CSV, JSON lines and Parquet, each a page of columns at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from softrorm.client.errors import ConfigurationError
from softrorm.data.cells import cell_text, json_text
from softrorm.query.tables import arrow_table, library

if TYPE_CHECKING:
    from softrorm.query.protocols import FieldLike

Heads: TypeAlias = "Mapping[str, FieldLike]"
"""The columns of a file: what each is called, and its field."""
Columns: TypeAlias = Mapping[str, list[Any]]
"""Values by column."""

ROW_GROUP: Final = 10_000
"""Rows of a row group in a Parquet file: as many as are in memory at once."""


class Target(Protocol):
    """A file that is being written."""

    def write(self, columns: Columns) -> None:
        """Add some rows."""


class CSVTarget:
    """Comma-separated values, the names of the columns first.

    Args:
        stream: Where the text goes.
        heads: The columns.
    """

    def __init__(self, stream: IO[str], heads: Heads) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        self._writer.writerow(heads)

    def write(self, columns: Columns) -> None:
        """Add some rows."""
        self._writer.writerows([cell_text(value) for value in row] for row in zip(*columns.values(), strict=True))


class JSONLinesTarget:
    """A JSON object per line.

    Args:
        stream: Where the text goes.
        heads: The columns.
    """

    def __init__(self, stream: IO[str], heads: Heads) -> None:
        del heads  # every line names its columns
        self._stream = stream

    def write(self, columns: Columns) -> None:
        """Add some rows."""
        for row in zip(*columns.values(), strict=True):
            self._stream.write(json_text(dict(zip(columns, row, strict=True))) + "\n")


class ParquetTarget:
    """A Parquet file with the types of the fields, in row groups.

    Args:
        path: The file.
        heads: The columns.

    Raises:
        ConfigurationError: pyarrow is not installed.
    """

    def __init__(self, path: Path, heads: Heads) -> None:
        self._arrow = library("pyarrow", "arrow", "export_records")
        self._heads = heads
        self._held: dict[str, list[Any]] = {name: [] for name in heads}
        schema = arrow_table(self._arrow, {name: (field, []) for name, field in heads.items()}).schema
        self._writer = library("pyarrow.parquet", "arrow", "export_records").ParquetWriter(path, schema)

    def write(self, columns: Columns) -> None:
        """Add some rows."""
        for name, values in columns.items():
            self._held[name].extend(values)
        if len(next(iter(self._held.values()), ())) >= ROW_GROUP:
            self._flush()

    def end(self) -> None:
        """Write what is left, and the list of row groups that every Parquet file ends with."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        table = arrow_table(self._arrow, {name: (self._heads[name], held) for name, held in self._held.items()})
        if table.num_rows:
            self._writer.write_table(table)
        self._held = {name: [] for name in self._heads}


TEXT_FORMS: Final[Mapping[str, type[CSVTarget | JSONLinesTarget]]] = {"csv": CSVTarget, "jsonl": JSONLinesTarget}
FORMS: Final = (*TEXT_FORMS, "parquet")
_ENDINGS: Final = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def form_of(path: str | PathLike[str]) -> str:
    """What a file is by its ending.

    Raises:
        ConfigurationError: The ending is none of those known.
    """
    form = _ENDINGS.get(Path(path).suffix.lower())
    if form is None:
        raise ConfigurationError(
            f"{path}: the name of the file ends with .csv, .jsonl or .parquet, and so says what it is."
        )
    return form


@contextmanager
def file_target(path: str | PathLike[str], form: str, heads: Heads) -> Iterator[Target]:
    """A file that gets its name when it is whole; an export that fails or is interrupted leaves none.

    Args:
        path: The file; one that is there is replaced.
        form: One of ``FORMS``.
        heads: The columns.
    """
    whole = Path(path)
    part = whole.with_name(f"{whole.name}.part")
    try:
        if form == "parquet":
            target = ParquetTarget(part, heads)
            yield target
            target.end()
        else:
            with part.open("w", encoding="utf-8", newline="") as stream:
                yield TEXT_FORMS[form](stream, heads)
        part.replace(whole)
    finally:
        part.unlink(missing_ok=True)
