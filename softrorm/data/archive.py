"""Archives: what a backup is on the disk, and how it is known to be whole.

A folder with ``schema.json``, the records of each table as JSON lines in ``records/``, the files of attachments under
their checksums in ``files/``, ``files.jsonl`` which says what each of them is, and ``manifest.json`` with the checksums
of all of it. The manifest is there from the start and grows, so that a backup that was interrupted knows what it has.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from os import PathLike, fsync
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Final, Self

from softrorm.client.errors import ConfigurationError

if TYPE_CHECKING:
    from softrorm.data.export import Progress

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows: nothing keeps two processes from one folder there
    fcntl = None

FORMAT: Final = "softrorm backup 1"


@dataclass(slots=True)
class Kept:
    """One file of JSON lines.

    Attributes:
        name: What a person calls what is in it.
        lines: How many it has.
        bytes: Its size.
        sha256: Its checksum.
    """

    name: str
    lines: int
    bytes: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        database: The id of the database.
        name: Its name.
        began: When the backup began, as ISO text.
        finished: When it was whole; ``None`` while it is not.
        schema: The checksum of ``schema.json``; ``""`` while there is none.
        tables: The records of each table that is read, by its id.
        files: The list of files; ``None`` while it grows.
        missing: How many files could not be had.
    """

    database: str
    name: str
    began: str
    schema: str
    finished: str | None = None
    tables: dict[str, Kept] = field(default_factory=dict)
    files: Kept | None = None
    missing: int = 0


class Archive:
    """The folder of a backup.

    Args:
        root: The folder.
    """

    def __init__(self, root: str | PathLike[str]) -> None:
        self.root = Path(root)
        self.schema_file = self.root / "schema.json"
        self.files_list = self.root / "files.jsonl"
        self._manifest_file = self.root / "manifest.json"

    def records_file(self, table: str) -> Path:
        """Where the records of a table are."""
        return self.root / "records" / f"{table}.jsonl"

    def manifest(self) -> Manifest | None:
        """The manifest; ``None`` where there is none yet.

        Raises:
            ConfigurationError: It is that of something else.
        """
        try:
            told = json.loads(self._manifest_file.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            told = None
        try:
            if told.pop("format") != FORMAT:
                raise ValueError
            tables = {table: Kept(**kept) for table, kept in told.pop("tables").items()}
            files = told.pop("files")
            return Manifest(**told, tables=tables, files=files and Kept(**files))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ConfigurationError(f"{self._manifest_file} is not the manifest of a {FORMAT}.") from None

    def is_new(self) -> bool:
        """Whether there is nothing in the folder but what a backup leaves that was killed as it began."""
        return all(one.name == f"{self._manifest_file.name}.part" for one in self.root.iterdir())

    def save(self, manifest: Manifest) -> None:
        """Put the manifest in place of the former one."""
        write_json(self._manifest_file, {"format": FORMAT, **asdict(manifest)})

    def schema(self) -> dict[str, Any]:
        """The schema: the ``database`` and its ``tables``, as the service describes them."""
        told: dict[str, Any] = json.loads(self.schema_file.read_text("utf-8"))
        return told

    def records(self, table: str) -> Iterator[dict[str, Any]]:
        """The records of a table as the service answered them, but for the links of files, which expire."""
        return read_lines(self.records_file(table))

    def files(self) -> Iterator[dict[str, Any]]:
        """The files: ``id``, ``table``, ``record``, ``field``, ``filename``, ``type``, and ``path`` or ``missing``."""
        return read_lines(self.files_list)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from working in the folder while the block runs.

        Raises:
            ConfigurationError: One does already.
        """
        if fcntl is None or not self.root.is_dir():
            yield
            return
        folder = os.open(self.root, os.O_RDONLY)
        try:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ConfigurationError(f"{self.root} is in use by another process; let that one end first.") from None
            yield
        finally:
            os.close(folder)


class LinesFile:
    """A file of JSON lines that is being written and summed up; a context manager.

    Args:
        path: The file; one that is there is replaced, or added to.
        append: Whether to add to it.
    """

    def __init__(self, path: Path, *, append: bool = False) -> None:
        self.path = path
        self._append = append
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, value: Any) -> None:
        """Add a line, which is in the file when this returns."""
        # A lone surrogate, which the service can send, becomes the escape that JSON has for it.
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
        self._file.write(line.encode("utf-8", "backslashreplace"))

    def flush(self) -> None:
        """Bring all lines to the disk."""
        self._file.flush()
        fsync(self._file.fileno())

    def __enter__(self) -> Self:
        self._file: IO[bytes] = self.path.open("ab" if self._append else "wb")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.flush()
        finally:
            self._file.close()


def write_json(path: Path, value: Any) -> None:
    """Put JSON in place of a file, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n")
        file.flush()
        fsync(file.fileno())
    part.replace(path)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON of each line; a last line that was cut off is no line."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


def sum_up(path: Path, name: str, progress: Callable[[int], object] | None = None) -> Kept:
    """A file of JSON lines as the manifest knows it; ``progress`` is told how many lines were read."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        for line in file:
            digest.update(line)
            lines += 1
            if progress is not None:
                progress(lines)
        return Kept(name, lines, file.tell(), digest.hexdigest())


def checksum(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(root: str | PathLike[str], *, progress: Progress | None = None) -> list[str]:
    """Compare a backup with its checksums.

    Args:
        root: The folder.
        progress: Told how many records and files were compared, and how many there are.

    Returns:
        What is wrong, in words; nothing where it is whole.

    Raises:
        ConfigurationError: The folder is no backup.

    Makes no request. Reads every file.
    """
    archive = Archive(root)
    manifest = archive.manifest()
    if manifest is None:
        raise ConfigurationError(f"{archive.root} is no backup: it has no manifest.json.")
    wrong = [] if manifest.finished else ["the backup is not finished: give the same command again"]
    if not archive.schema_file.exists() or checksum(archive.schema_file) != manifest.schema:
        wrong.append("schema.json is not what it was")
    lists = {archive.records_file(table): kept for table, kept in manifest.tables.items()}
    if manifest.files is not None:
        lists[archive.files_list] = manifest.files
    files = manifest.files.lines if manifest.files else 0
    done, total = 0, sum(kept.lines for kept in lists.values()) + files
    for path, kept in lists.items():
        if not path.exists():
            wrong.append(f"{path.relative_to(archive.root)} ({kept.name}) is not there")
        elif sum_up(path, kept.name, progress and (lambda lines, before=done: progress(before + lines, total))) != kept:
            wrong.append(f"{path.relative_to(archive.root)} ({kept.name}) is not what it was")
        done += kept.lines
    for at, file in enumerate(archive.files() if archive.files_list.exists() else (), 1):
        if progress is not None:
            progress(done + at, max(total, done + at))
        if (where := file.get("path")) is None:
            continue
        path = archive.root / where
        if not path.exists():
            wrong.append(f"{where} ({file['filename']}) is not there")
        elif checksum(path) != file["sha256"]:
            wrong.append(f"{where} ({file['filename']}) is not what it was")
    return wrong
