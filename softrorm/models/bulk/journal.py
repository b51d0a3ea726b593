"""The journal of a bulk write: a file that says how far it came, so that a killed job can go on where it stopped.

One JSON line per event, appended: what the job is, "row 7 is about to be sent", "row 7 is record X". What is about to
be sent is on the disk before the request leaves, so whenever the process dies, each row is known to be done, known not
to be sent, or in doubt. A last line that was cut off is dropped. A row is known by its place and a digest of its
values; the values themselves are not in the file, unless a receiver of ``pre_save`` changed them. The API key never is.
"""

from __future__ import annotations

import hashlib
import json
import os
from array import array
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from softrorm.client.errors import SoftrError

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows: nothing keeps two processes from running one journal there
    fcntl = None

FORMAT = "softrorm bulk journal 1"
_OPENING = f'{{"journal":"{FORMAT}",'.encode()


class JournalError(SoftrError, ValueError):
    """A journal that does not fit the job: another job's, another process's, or no journal at all.

    Attributes:
        row: The place of the row that is not the one which the journal knows, where it is about one.
    """

    row: int | None = None


def digest(values: Any) -> int:
    """A number, above 0, that tells JSON values from others."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]) or 1


class Journal:
    """The journal of one job; a context manager that holds the file's lock.

    Args:
        path: The file; made, for its owner alone to read, if it is not there.
        job: What the job is, as JSON. A journal takes up no other.

    Raises:
        JournalError: The file is the journal of another job, is in use by another process, or is no journal.

    Attributes:
        began: What was noted when the job began first.
        fresh: Whether it begins now.
        finished: How many rows the job had, once it is finished.
        open: Rows that were sent and of which nothing more is known: their number to the values that were sent where
            they differ from those given, and the creation time of the newest record that was known then.
        changed_at: When the file was last written, in epoch seconds, by an earlier run; 0 if there was none.

    A row takes 16 bytes of memory, whatever its size.
    """

    def __init__(self, path: str | os.PathLike[str], job: dict[str, Any]) -> None:
        self.path = Path(path)
        self.job = json.loads(json.dumps(job, default=str))
        self.began: dict[str, Any] = {}
        self.finished: int | None = None
        self.open: dict[int, tuple[Any, str | None]] = {}
        self._digests = array("Q")
        self._made_at = array("Q")  # where the line of a row's record ends in the file; 0 while there is none
        self._done: set[str] = set()
        self._newest: str | None = None
        self._file = self._opened()
        try:
            self._lock()
            self.changed_at = os.fstat(self._file.fileno()).st_mtime
            self._read()
        except BaseException:
            self._file.close()
            raise
        self.fresh = not self.began
        if self.fresh:
            self.changed_at = 0.0

    def _opened(self) -> BinaryIO:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(self.path, flags, 0o600), "r+b")

    def _lock(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise JournalError(
                f"The journal {self.path} is in use by another process; one job can run once at a time."
            ) from None

    # --- what it says -----------------------------------------------------------------------------

    def _read(self) -> None:
        end = 0
        self._file.seek(0)
        for number, line in enumerate(self._file, 1):
            try:
                if number == 1 and line[: len(_OPENING)] != _OPENING[: len(line)]:
                    raise ValueError
                if not line.endswith(b"\n"):
                    break  # the process died while it wrote this line
                end += len(line)
                self._learn(json.loads(line), end, first=number == 1)
            except JournalError:
                raise
            except (ValueError, KeyError, TypeError):
                raise JournalError(
                    f"{self.path} is no journal of a bulk write: its line {number} is {line[:60]!r}. "
                    "Give the name of a file that does not exist yet."
                ) from None
        self._file.truncate(end)

    def _learn(self, event: dict[str, Any], end: int, *, first: bool) -> None:
        if first:
            self._refuse_other(event["job"])
            self.began = event
        elif "send" in event:
            self._sent(event["send"], event["digest"], event.get("fields"))
        elif "made" in event:
            self._made(event["made"], event.get("created"), end)
        elif "refused" in event:
            self.open.pop(event["refused"], None)
        elif "done" in event:
            self._done.add(event["done"])
        else:
            self.finished = event["finished"]

    def _refuse_other(self, job: dict[str, Any]) -> None:
        for key in {**job, **self.job}:
            if job.get(key) != self.job.get(key):
                raise JournalError(
                    f"The journal {self.path} belongs to another job: its {key} is {job.get(key)!r}, and this one's is "
                    f"{self.job.get(key)!r}. Give this job a journal of its own."
                )

    def _sent(self, number: int, digest: int, fields: Any) -> None:
        missing = number + 1 - len(self._digests)
        if missing > 0:
            self._digests.extend([0] * missing)
            self._made_at.extend([0] * missing)
        self._digests[number] = digest
        self.open[number] = (fields, self._newest)

    def _made(self, number: int, created: str | None, end: int) -> None:
        self._made_at[number] = end
        self.open.pop(number, None)
        # In the form that the service prints, text order is time order but for a missing fraction, and the margin
        # of a search is far wider than that.
        if created and created > (self._newest or ""):
            self._newest = created

    @property
    def rows(self) -> int:
        """The rows that it knows of: those up to the last one that was sent."""
        return len(self._digests)

    def is_made(self, number: int) -> bool:
        """Whether a row is known to have its record."""
        return number < len(self._made_at) and self._made_at[number] > 0

    def is_done(self, record_id: str) -> bool:
        """Whether a record is known to be written."""
        return record_id in self._done

    def check(self, number: int, digest: int) -> None:
        """Refuse a row that is not the one that this journal knows.

        Raises:
            JournalError: Its values are others.
        """
        known = self._digests[number] if number < len(self._digests) else 0
        if known and known != digest:
            error = JournalError(
                f"Row {number} is not what it was when the journal {self.path} was written: a job that goes on must "
                "give the same rows in the same order. Give a new job a journal of its own."
            )
            error.row = number
            raise error
        if self.finished is not None and number >= self.finished:
            raise JournalError(
                f"The job of the journal {self.path} is finished and had {self.finished} rows; this one has more. "
                "Give a new job a journal of its own."
            )

    def check_end(self, rows: int) -> None:
        """Refuse a job that has fewer rows than this journal knows.

        Raises:
            JournalError: It has.
        """
        known = max(self.rows, self.finished or 0)
        if rows < known:
            raise JournalError(
                f"The journal {self.path} knows of {known} rows, and this job has {rows}: a job that goes on must give "
                "the same rows in the same order."
            )

    def id_of(self, number: int) -> str:
        """The record of a row that is made. Reads its line again, so that a million ids need no memory."""
        end = self._made_at[number]
        start = max(0, end - 512)
        self._file.seek(start)
        return str(json.loads(self._file.read(end - start).splitlines()[-1])["id"])

    def claimed(self, ids: Iterable[str]) -> set[str]:
        """Those of some records that belong to a row already. Reads the file through."""
        wanted = set(ids)
        if not wanted:
            return set()
        found = set()
        with self.path.open("rb") as lines:
            for line in lines:
                if line.startswith(b'{"made"') and (id := json.loads(line)["id"]) in wanted:
                    found.add(id)
        return found

    # --- what happens -----------------------------------------------------------------------------

    def begin(self, **noted: Any) -> None:
        """Begin a fresh journal.

        Args:
            **noted: What an earlier run should have known, as JSON.
        """
        self.began = {"journal": FORMAT, "job": self.job, **noted}
        self._write(self.began)
        self.sync()
        if hasattr(os, "O_DIRECTORY"):
            # The name of a new file is safe only with its folder.
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def sending(self, number: int, digest: int, fields: Any = None) -> None:
        """A row is about to be sent; :meth:`sync` before it is.

        Args:
            number: The row.
            digest: Of the values that were given.
            fields: The values that are sent, where they differ from those given.
        """
        self._sent(number, digest, fields)
        self._write({"send": number, "digest": digest, **({} if fields is None else {"fields": fields})})

    def made(self, number: int, record: dict[str, Any]) -> None:
        """A row has its record."""
        created = record.get("createdAt")
        self._made(number, created, self._write({"made": number, "id": record["id"], "created": created}))

    def refused(self, number: int) -> None:
        """A row was sent and surely made no record."""
        self.open.pop(number, None)
        self._write({"refused": number})

    def done(self, record_id: str) -> None:
        """A record is written."""
        self._done.add(record_id)
        self._write({"done": record_id})

    def finish(self, rows: int) -> None:
        """The job is done; a later run of it does nothing."""
        if self.finished is None:
            self.finished = rows
            self._write({"finished": rows})
            self.sync()

    def _write(self, event: dict[str, Any]) -> int:
        """Append a line; returns where it ends."""
        line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
        self._file.seek(0, os.SEEK_END)
        self._file.write(line)
        # Out of the process, which may be killed at any moment; sync() brings it to the disk.
        self._file.flush()
        return self._file.tell()

    def sync(self) -> None:
        """Have all that was written on the disk before going on."""
        os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def __repr__(self) -> str:
        return f"<Journal {self.path}: {self.rows} rows, {len(self.open)} in doubt>"
