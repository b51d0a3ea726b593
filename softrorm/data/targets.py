"""Targets: the files that an export writes, CSV, JSON lines and Parquet, each a page of columns at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from errno import EISDIR
from io import TextIOWrapper
from os import PathLike, strerror
from os.path import realpath
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Final, Protocol, Self, TypeAlias

from softrorm.client.errors import ConfigurationError, InvalidValue
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
    """A Parquet file with the types of the fields, in row groups; a context manager.

    Args:
        stream: Where it goes.
        heads: The columns.

    Raises:
        ConfigurationError: pyarrow is not installed.
    """

    def __init__(self, stream: IO[bytes], heads: Heads) -> None:
        self._arrow = library("pyarrow", "arrow", "A Parquet file")
        self._heads = heads
        self._held: dict[str, list[Any]] = {name: [] for name in heads}
        schema = arrow_table(self._arrow, {name: (field, []) for name, field in heads.items()}).schema
        self._writer = library("pyarrow.parquet", "arrow", "A Parquet file").ParquetWriter(stream, schema)

    def write(self, columns: Columns) -> None:
        """Add some rows."""
        for name, values in columns.items():
            self._held[name].extend(values)
        if len(next(iter(self._held.values()), ())) >= ROW_GROUP:
            self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._flush()
        finally:
            self._writer.close()  # which writes the list of row groups that every Parquet file ends with

    def _flush(self) -> None:
        typed = {name: (self._heads[name], held) for name, held in self._held.items()}
        try:
            table = arrow_table(self._arrow, typed)
        except UnicodeEncodeError as error:
            half = error.object[error.start]
            raise InvalidValue(f"Parquet has no place for half a letter such as {half!r}; CSV and JSON have.") from None
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
        path: The file; one that is there is replaced. What is there and no file, such as a named pipe, is written to.
        form: One of ``FORMS``.
        heads: The columns.

    Raises:
        ConfigurationError: pyarrow is not installed.
        OSError: It cannot be written.
    """
    whole = Path(realpath(path))  # what a symbolic link leads to is meant, not the link
    if whole.is_dir():
        raise IsADirectoryError(EISDIR, strerror(EISDIR), str(path))
    is_other = whole.exists() and not whole.is_file()
    part = whole if is_other else whole.with_name(f"{whole.name}.part")
    try:
        try:
            stream = part.open("wb")
        except OSError as error:
            # The person asked for the file, and knows nothing of its part.
            raise type(error)(error.errno, error.strerror, str(path)) from None
        with stream:
            if form == "parquet":
                with ParquetTarget(stream, heads) as target:
                    yield target
            else:
                # A lone surrogate, which the service can send, becomes the escape that JSON has for it.
                with TextIOWrapper(stream, "utf-8", "backslashreplace", newline="") as text:
                    yield TEXT_FORMS[form](text, heads)
        if not is_other:
            part.replace(whole)
    finally:
        if not is_other:
            part.unlink(missing_ok=True)
