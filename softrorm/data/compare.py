"""Comparing: whether the records of a restored table read as those of the backup, up to ids.

Of each record a digest is made of what was to be restored: choices by their labels, links by the ids that the linked
records have in the backup, files by their names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from softrorm.data.state import State, batches

PAGE: Final = 200

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A field that was restored.

    Attributes:
        old: Its id in the backup.
        new: Its id now.
        type: Its type.
        target: Of a link, the linked table in the backup.
    """

    old: str
    new: str
    type: str
    target: str = ""


@dataclass(slots=True)
class Comparison:
    """How a restored table compares with the backup.

    Attributes:
        name: The table.
        records: How many records the backup has.
        restored: How many are there now.
        differing: The records, by their ids in the backup, that do not read as they should.
    """

    name: str
    records: int
    restored: int
    differing: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether all is there and reads as it should."""
        return self.records == self.restored and not self.differing


def compare(
    table: str,
    name: str,
    *,
    cells: Iterable[Cell],
    old: Iterable[Row],
    new: Iterable[list[Row]],
    state: State,
    progress: Callable[[int], object],
) -> Comparison:
    """Compare a table with its backup.

    Args:
        table: Its id in the backup.
        name: Its name.
        cells: The fields that were restored.
        old: The records of the backup.
        new: The records that are there now, in pages.
        state: Knows which record is which.
        progress: Told how many records of those that are there now were compared.

    Reads both through; makes the requests that ``new`` makes.
    """
    restored = tuple(cells)
    comparison = Comparison(name, 0, 0)
    for page in batches(old, PAGE):
        comparison.records += len(page)
        state.expect(table, _digests(page, restored, "old", state))
    for page in new:
        comparison.restored += len(page)
        ids = state.old_ids(table, (row["id"] for row in page))
        digests = _digests([row for row in page if row["id"] in ids], restored, "new", state)
        comparison.differing += state.differing(table, ((ids[id], digest) for id, digest in digests))
        comparison.differing += [row["id"] for row in page if row["id"] not in ids]
        progress(comparison.restored)
    return comparison


def _digests(page: list[Row], cells: tuple[Cell, ...], side: str, state: State) -> Iterator[tuple[str, bytes]]:
    """The digest of each record of a page, by its id."""
    links = {cell: _linked(page, cell, side, state) for cell in cells if cell.target}
    for row in page:
        read = {}
        for cell in cells:
            raw = row["fields"].get(getattr(cell, side))
            value = _plain(raw, cell.type)
            if cell.target:
                # Records that were deleted have no place in the new database.
                value = sorted(links[cell][id] for id in value if id in links[cell])
            read[cell.old] = value or None if not isinstance(value, bool | int | float) else value
        text = json.dumps(read, sort_keys=True, separators=(",", ":"))
        yield row["id"], hashlib.sha256(text.encode()).digest()


def _linked(page: list[Row], cell: Cell, side: str, state: State) -> Mapping[str, str]:
    """The ids in the backup of the records that a link of a page leads to; of those that are restored alone."""
    ids = [id for row in page for id in link_ids(row["fields"].get(getattr(cell, side)))]
    if side == "new":
        return state.old_ids(cell.target, ids)
    return {id: id for id in state.new_ids(cell.target, ids)}


def link_ids(raw: Any) -> list[str]:
    """The ids in the raw value of a link."""
    return [link["id"] for link in (raw if isinstance(raw, list) else [raw] if raw else [])]


def _names(raw: Any) -> list[str]:
    return sorted(str(file.get("filename")) for file in raw or ())


def _labels(raw: Any) -> Any:
    return [choice["label"] for choice in raw] if isinstance(raw, list) else raw and raw["label"]


def _people(raw: Any) -> Any:
    persons = raw if isinstance(raw, list) else [raw] if raw else []
    return [(person.get("id") or person.get("email") or "").casefold() for person in persons]


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "SELECT": _labels,
    "USER": _people,
    "ATTACHMENT": _names,
    "LINKED_RECORD": link_ids,
}


def _plain(raw: Any, kind: str) -> Any:
    read = _READERS.get(kind)
    return raw if read is None else read(raw)
