"""Files: fetching attachments while their links live, each stored once under its checksum."""

from __future__ import annotations

import errno
import hashlib
import re
import secrets
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from softrorm.client.errors import SoftrError

if TYPE_CHECKING:
    import requests

WORKERS: Final = 8
"""Files that are fetched at once."""
TIMEOUTS: Final = (10.0, 60.0)  # seconds to connect, and for each piece
ATTEMPTS: Final = 3
CHUNK: Final = 1 << 16
DISK: Final = frozenset(
    getattr(errno, name, None) for name in ("EACCES", "EDQUOT", "EFBIG", "EIO", "ENOSPC", "EROFS")
) - {None}
"""Errors of the disk that the files go to, which no other attempt mends."""
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")


class Unavailable(SoftrError):
    """A file that could not be fetched, and why."""


class Fetcher:
    """Fetches files into a folder.

    Args:
        root: The folder of the backup; files go below its ``files``.
        sleep: Waits so many seconds between two attempts.
    """

    def __init__(self, root: Path, sleep: Callable[[float], object]) -> None:
        import requests
        from requests.adapters import HTTPAdapter

        self._root = root
        self._folder = root / "files"
        self._sleep = sleep
        self._stopped = threading.Event()
        # A session of its own: the links need no key, and the key has no business with whoever serves them.
        self._session = requests.Session()
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=WORKERS))

    def fetch(self, url: str, filename: str, renewed: Callable[[], str | None]) -> dict[str, Any]:
        """Fetch one file.

        Args:
            url: Its link.
            filename: Its name, whose ending the stored file gets.
            renewed: A fresh link, for when this one has expired.

        Returns:
            Where it is: ``path`` below the backup's folder, ``sha256`` and ``bytes``.

        Raises:
            Unavailable: It cannot be had.
            OSError: It cannot be written.
        """
        import requests

        said = ""
        for attempt in range(ATTEMPTS):
            self._go_on()
            if attempt:
                self._sleep(2.0 ** (attempt - 1))
                url = renewed() or url
            try:
                with self._session.get(url, stream=True, timeout=TIMEOUTS) as answer:
                    if answer.status_code == 200:
                        return self._store(answer, filename)
                    said = f"answered {answer.status_code}"
            except (requests.RequestException, OSError) as error:
                if error.errno in DISK:
                    raise
                said = type(error).__name__  # its text may hold the link, which lets anybody fetch the file
        raise Unavailable(f"{said}, {ATTEMPTS} times")

    def _store(self, answer: requests.Response, filename: str) -> dict[str, Any]:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{secrets.token_hex(8)}.part"
        digest, size = hashlib.sha256(), 0
        try:
            with part.open("wb") as file:
                for piece in answer.iter_content(CHUNK):
                    self._go_on()
                    file.write(piece)
                    digest.update(piece)
                    size += len(piece)
            name = digest.hexdigest()
            # Of a name that somebody else chose nothing but a plain ending gets onto this disk.
            suffix = PurePosixPath(filename).suffix.lower()
            where = self._folder / name[:2] / f"{name}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
            where.parent.mkdir(exist_ok=True)
            part.replace(where)
        finally:
            part.unlink(missing_ok=True)
        return {"path": where.relative_to(self._root).as_posix(), "sha256": name, "bytes": size}

    def stop(self) -> None:
        """Break off what is under way, however large it is: whoever interrupts a backup does not wait for it."""
        self._stopped.set()

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise Unavailable("broken off")

    def close(self) -> None:
        """Close idle connections, and remove what an interruption left."""
        self._session.close()
        for part in self._folder.glob("*.part"):
            part.unlink(missing_ok=True)
