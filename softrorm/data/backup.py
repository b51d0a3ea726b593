"""Backing up: a database into a folder, with its schema, its records and the files of its attachments.

Tables are read one after the other by stable scans. The files on a page are fetched before the next page is read,
while their links live. What is whole is in the manifest, so that a backup that was interrupted goes on with the table
that it was at, and fetches no file twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from datetime import UTC, datetime
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

from softrorm.client.errors import ConfigurationError, SoftrError
from softrorm.data.archive import Archive, LinesFile, Manifest, checksum, read_lines, sum_up, write_json
from softrorm.data.files import WORKERS, Fetcher, Unavailable
from softrorm.query.queryset import QuerySet
from softrorm.schema.reflect import model_of

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.resources import Database, Table
    from softrorm.data.export import Progress

LOOK: Final = 0.2
"""Seconds between two looks for a signal while files are fetched."""
_MOVING: Final = frozenset({"updatedAt", "tablesCount"})  # what changes without a change of the schema


def backup(
    client: Client,
    database: Database,
    folder: str | PathLike[str],
    *,
    progress: Progress | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> Manifest:
    """Write a database into a folder.

    Args:
        client: The client.
        database: The database.
        folder: The folder, new or empty, or that of a backup of this database that was interrupted.
        progress: Told how many records were read, and how many there are.
        sleep: Waits so many seconds, before a file is asked for again.

    Returns:
        The manifest. ``missing`` says how many files could not be had; ``files.jsonl`` says why.

    Raises:
        ConfigurationError: The folder holds something else, or a backup that is finished, or the schema is not what it
            was when this backup began.

    Makes one request for the schema, one for each table to count its records, and one per page of 198 records. Files
    are fetched from where they are, which is not counted by the service; a link that expired costs one more.
    """
    return _Backup(client, database, Archive(folder), progress, sleep).run()


class _Backup:
    def __init__(
        self,
        client: Client,
        database: Database,
        archive: Archive,
        progress: Progress | None,
        sleep: Callable[[float], object],
    ) -> None:
        self._client = client
        self._database = database
        self._archive = archive
        self._progress = progress
        self._sleep = sleep
        self._done = self._total = 0

    def run(self) -> Manifest:
        self._archive.root.mkdir(parents=True, exist_ok=True)
        with self._archive.alone():
            return self._run()

    def _run(self) -> Manifest:
        tables = self._client.list_tables(self._database.id)
        manifest = self._begun(tables)
        scans = {table.id: self._scan(table) for table in tables}
        if self._progress is not None:
            self._total = sum(scan.count() for scan in scans.values())
        if manifest.tables:
            self._advance(sum(kept.lines for kept in manifest.tables.values()))
        listed = self._archive.files_list
        self._had = self._listed(manifest)
        with (
            LinesFile(listed, append=True) as files,
            closing(Fetcher(self._archive.root, self._sleep)) as fetcher,
            ThreadPoolExecutor(WORKERS, thread_name_prefix="softrorm-files") as self._pool,
        ):
            try:
                for table in tables:
                    if table.id not in manifest.tables:
                        self._save_table(table, scans[table.id], manifest, files, fetcher)
            except BaseException:
                fetcher.stop()  # or else the end of the pool waits for all that is under way
                raise
        manifest.files = sum_up(listed, "files")
        manifest.finished = _now()
        self._archive.save(manifest)
        return manifest

    def _save_table(
        self, table: Table, scan: QuerySet[Any], manifest: Manifest, files: LinesFile, fetcher: Fetcher
    ) -> None:
        """Write the records of a table, the files on each page of them before the next is read."""
        with LinesFile(self._archive.records_file(table.id)) as records:
            for page in scan._stable():
                for found in self._fetched(table, page, fetcher):
                    manifest.missing += "missing" in found
                    files.write(found)
                files.flush()
                for row in page:
                    records.write(_without_links(row))
                self._advance(len(page))
        manifest.tables[table.id] = sum_up(self._archive.records_file(table.id), table.name)
        self._archive.save(manifest)

    def _begun(self, tables: list[Table]) -> Manifest:
        """The manifest of what is there already, or that of a backup that begins now."""
        archive = self._archive
        schema = {"database": self._database.to_wire(), "tables": [table.to_wire() for table in tables]}
        manifest = archive.manifest()
        if manifest is None:
            if not archive.is_new():
                raise ConfigurationError(f"{archive.root} is not empty and holds no backup; give a new folder.")
            manifest = Manifest(self._database.id, self._database.name, _now(), schema="")
            archive.save(manifest)  # first of all, so that whatever follows is known for what it is
        if manifest.finished:
            raise ConfigurationError(
                f"{archive.root} holds a backup that was finished at {manifest.finished}; give a new folder."
            )
        if manifest.database != self._database.id:
            raise ConfigurationError(
                f"{archive.root} holds a backup of the database {manifest.name!r}; give a new folder."
            )
        if not manifest.schema:
            write_json(archive.schema_file, schema)
            manifest.schema = checksum(archive.schema_file)
            archive.save(manifest)
        elif _still(archive.schema()) != _still(schema):
            raise ConfigurationError(
                f"The tables or fields of {self._database.name!r} are not what they were when the backup in "
                f"{archive.root} began; begin a new one in another folder."
            )
        manifest.missing = 0
        return manifest

    def _listed(self, manifest: Manifest) -> set[str]:
        """The files that are had already. What was missing is asked for again where its table is still to be read."""
        had: set[str] = set()
        listed = self._archive.files_list
        if listed.exists():
            part = listed.with_name(f"{listed.name}.part")
            with LinesFile(part) as files:
                for file in read_lines(listed):
                    if "path" in file or file["table"] in manifest.tables:
                        had.add(file["id"])
                        manifest.missing += "missing" in file
                        files.write(file)
            part.replace(listed)
        return had

    def _scan(self, table: Table) -> QuerySet[Any]:
        model = model_of(self._client, self._database.id, table)
        return QuerySet(model).using(self._client).fresh()

    def _fetched(self, table: Table, page: list[dict[str, Any]], fetcher: Fetcher) -> Iterator[dict[str, Any]]:
        """The files on a page that are not had yet."""
        wanted = []
        for row in page:
            for field in table.fields:
                if field.type == "ATTACHMENT":
                    wanted += [(row["id"], str(field.id), file) for file in row["fields"].get(field.id) or ()]
        new = [(record, field, file) for record, field, file in wanted if file["id"] not in self._had]
        self._had.update(file["id"] for _, _, file in new)
        under_way = [self._pool.submit(self._fetch, fetcher, table.id, *place) for place in new]
        try:
            for fetch in under_way:
                # A signal that another thread was given is seen between two looks, and not when the file is there.
                while not wait([fetch], LOOK).done:
                    pass
                yield fetch.result()
        finally:
            for fetch in under_way:
                fetch.cancel()

    def _fetch(self, fetcher: Fetcher, table: str, record: str, field: str, file: dict[str, Any]) -> dict[str, Any]:
        entry = {"id": file["id"], "table": table, "record": record, "field": field}
        entry |= {part: file.get(part) for part in ("filename", "type", "size")}

        def renewed() -> str | None:
            try:
                row = self._client.get_record(self._database.id, table, record, fresh=True)
            except SoftrError:
                return None  # it is gone, or the service is: the old link says what there is to say
            return next((new["url"] for new in row["fields"].get(field) or () if new["id"] == file["id"]), None)

        try:
            return entry | fetcher.fetch(file["url"], file.get("filename") or "", renewed)
        except Unavailable as error:
            return entry | {"missing": str(error)}

    def _advance(self, records: int) -> None:
        self._done += records
        if self._progress is not None:
            self._progress(self._done, max(self._done, self._total))


def _without_links(row: dict[str, Any]) -> dict[str, Any]:
    """A record without the links of its files: they expire, and until then let anybody fetch them."""
    return {**row, "fields": {id: _unlinked(raw) for id, raw in row["fields"].items()}}


def _unlinked(raw: Any) -> Any:
    if isinstance(raw, list):
        return [_unlinked(one) for one in raw]
    if isinstance(raw, dict) and "url" in raw and "filename" in raw:
        return {part: value for part, value in raw.items() if part != "url"}
    return raw


def _still(value: Any) -> Any:
    """A schema without what moves by itself."""
    if isinstance(value, dict):
        return {key: _still(one) for key, one in value.items() if key not in _MOVING}
    return [_still(one) for one in value] if isinstance(value, list) else value


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
