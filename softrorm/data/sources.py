"""Sources: the files that an import reads, CSV, JSON lines and Parquet, row by row and as often as needed.

A row is known by the number that a person finds it by: that of a spreadsheet, whose first row has the names of the
columns, for CSV; the line of a JSON lines file; the place in a Parquet file.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from softrorm.client.errors import ConfigurationError
from softrorm.data.targets import FORMS, form_of
from softrorm.query.tables import library

DELIMITERS: Final = ",;\t|"
_HEAD: Final = 1 << 16  # characters of a file that its delimiter is told from
_QUOTED: Final = re.compile(r'"[^"]*"?')
_BYTE_ORDER: Final = (b"\xff\xfe", b"\xfe\xff")  # what UTF-16 begins with
LONGEST_CELL: Final = 64 * 1024 * 1024
"""Characters: more than the service takes in a request (wire-facts 12)."""


class Row(NamedTuple):
    """A row of a file.

    Attributes:
        number: What a person finds it by.
        values: Its values by column.
        problem: Why it cannot be read, in which case it may lack values.
    """

    number: int
    values: dict[str, Any]
    problem: str | None = None


Rows: TypeAlias = Generator[Row, None, None]


class Source:
    """A file of rows, which can be read through again and again.

    Args:
        path: The file.
        form: ``csv``, ``jsonl`` or ``parquet``; what its ending says unless given.
        encoding: How the text of a CSV or JSON lines file is encoded.

    Attributes:
        columns: The names of its columns, in their order.

    Raises:
        ConfigurationError: It is none of these, is no file on a disk, is not encoded so, or its columns cannot be told
            apart.
        OSError: It cannot be read.
    """

    def __init__(self, path: str | PathLike[str], form: str | None = None, encoding: str = "utf-8-sig") -> None:
        self.path = Path(path)
        self.form = form or form_of(path)
        if self.form not in FORMS:
            raise ConfigurationError(f"The form of a file is {' or '.join(FORMS)}, not {self.form!r}.")
        if self.path.exists() and not self.path.is_file():
            raise ConfigurationError(f"{self.path} is read more than once, and so has to be a file on a disk.")
        self._encoding = encoding
        try:
            "".encode(encoding)
        except LookupError:
            raise ConfigurationError(f"{encoding!r} is no encoding; utf-8, utf-16 and cp1252 are some.") from None
        self.columns: list[str] = self._told(lambda: _COLUMNS[self.form](self))
        twice = next((name for name in self.columns if self.columns.count(name) > 1), None)
        if twice is not None:
            raise ConfigurationError(f"{self.path} has two columns called {twice!r}; each needs a name of its own.")

    def rows(self) -> Rows:
        """The rows, from the first one; blank lines are passed by.

        Raises:
            ConfigurationError: The text is not encoded as was said, or the file is damaged.
        """
        rows = _ROWS[self.form](self)
        with closing(rows):
            while (row := self._told(lambda: next(rows, None))) is not None:
                yield row

    def first(self, count: int) -> list[Row]:
        """The first rows."""
        with closing(self.rows()) as rows:
            return list(islice(rows, count))

    def _told(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except UnicodeError:
            with self.path.open("rb") as file:
                wide = file.read(2) in _BYTE_ORDER
            right = "It begins as utf-16 does." if wide else "Files of Excel on Windows are often cp1252."
            raise ConfigurationError(
                f"{self.path} is not encoded as {self._encoding.removesuffix('-sig')}. {right}"
            ) from None

    # --- CSV ------------------------------------------------------------------------------------

    @contextmanager
    def _csv(self) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
        """The first row, and what reads the others."""
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
        with self.path.open(encoding=self._encoding, newline="") as file:
            head = _first_line(_QUOTED.sub("", file.read(_HEAD)))
            file.seek(0)
            # Spreadsheets of countries that write 1,5 put semicolons between cells. Strict, since quotation marks that
            # do not match would join rows that nobody looks at any more.
            lines = csv.reader(file, delimiter=max(DELIMITERS, key=head.count), strict=True)
            yield [name.strip() for name in next(lines, [])], lines

    def _csv_columns(self) -> list[str]:
        try:
            with self._csv() as (names, _):
                pass
        except csv.Error as error:
            raise ConfigurationError(f"The first row of {self.path} cannot be read: {_fault(error)}.") from None
        # A column without a name is no column; spreadsheets like to add some.
        named = [name for name in names if name]
        if not named:
            raise ConfigurationError(f"{self.path} has no columns: its first row is to hold their names.")
        return named

    def _csv_rows(self) -> Rows:
        with self._csv() as (names, lines):
            least = max(at for at, name in enumerate(names, 1) if name)
            number = 1
            while True:
                number += 1
                try:
                    cells = next(lines)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Row(number, {}, f"cannot be read: {_fault(error)}")
                    continue
                if not any(cells):
                    continue
                values = {name: cell for name, cell in zip(names, cells, strict=False) if name}
                if least <= len(cells) <= len(names):
                    yield Row(number, values)
                else:
                    found = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
                    yield Row(number, values, f"has {found}, and there are {len(names)} columns")

    # --- JSON lines -----------------------------------------------------------------------------

    def _json_columns(self) -> list[str]:
        names = list(dict.fromkeys(name for row in self._json_rows() for name in row.values))
        if not names:
            raise ConfigurationError(f'{self.path} has no lines such as {{"Name": "value"}}.')
        return names

    def _json_rows(self) -> Rows:
        with self.path.open(encoding=self._encoding) as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    values = json.loads(line)
                except (ValueError, RecursionError) as error:
                    yield Row(number, {}, f"is no JSON: {error}")
                    continue
                if isinstance(values, dict):
                    yield Row(number, values)
                else:
                    yield Row(number, {}, f'is no JSON object such as {{"Name": "value"}}, but {line.strip()[:40]}')

    # --- Parquet --------------------------------------------------------------------------------

    @contextmanager
    def _parquet(self) -> Iterator[tuple[Any, Any]]:
        """The library, and the file."""
        arrow = library("pyarrow", "arrow", "A Parquet file")
        try:
            with library("pyarrow.parquet", "arrow", "A Parquet file").ParquetFile(self.path) as file:
                yield arrow, file
        except (arrow.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.filename is not None:
                raise
            raise ConfigurationError(f"{self.path} is no Parquet file, or is damaged: {error}") from None

    def _parquet_columns(self) -> list[str]:
        with self._parquet() as (_, file):
            return list(file.schema_arrow.names)

    def _parquet_rows(self) -> Rows:
        number = 0
        with self._parquet() as (arrow, file):
            for batch in file.iter_batches(batch_size=1000):
                fine = [_in_microseconds(arrow, column) for column in batch.columns]
                for values in arrow.Table.from_arrays(fine, batch.schema.names).to_pylist():
                    number += 1
                    yield Row(number, values)


def _first_line(text: str) -> str:
    return (text.splitlines() or [""])[0]


def _fault(error: csv.Error) -> str:
    """What is wrong with a row, in words."""
    # The module's own words are about its states: "unexpected end of data", "',' expected after '\"'".
    if "end of data" in str(error):
        return "a quotation mark is opened here and never closed"
    if "expected after" in str(error):
        return "something follows a closing quotation mark; a mark inside of a quoted cell is doubled"
    return str(error)


def _in_microseconds(arrow: Any, column: Any) -> Any:
    """A column of instants as finely as Python knows them, without pandas' types."""
    kind = column.type
    if arrow.types.is_timestamp(kind):
        return column.cast(arrow.timestamp("us", kind.tz), safe=False)
    return column.cast(arrow.duration("us"), safe=False) if arrow.types.is_duration(kind) else column


_COLUMNS: Final[dict[str, Callable[[Source], list[str]]]] = {
    "csv": Source._csv_columns,
    "jsonl": Source._json_columns,
    "parquet": Source._parquet_columns,
}
_ROWS: Final[dict[str, Callable[[Source], Rows]]] = {
    "csv": Source._csv_rows,
    "jsonl": Source._json_rows,
    "parquet": Source._parquet_rows,
}
