"""Present: the records that are there, for an import whose rows say by their ids which of them they are.

The records are kept on the disk, so that a large table takes no memory. A cell of the file that says what an export of
the record would say is no change: it is neither checked nor sent, so that what the field would not take any more, such
as a link to a record that was deleted, is no obstacle.
"""

from __future__ import annotations

import json
import re
import sqlite3
import weakref
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from softrorm.client.errors import InvalidValue
from softrorm.data.cells import cell_text
from softrorm.fields.attachment import Attachment

if TYPE_CHECKING:
    from softrorm.fields.base import Field
    from softrorm.query.queryset import QuerySet

FEW: Final = 1000
"""So many records are asked for by their ids; for more the table is read through."""
_SIGNATURE: Final = re.compile(r"(https?://[^\s()?]+)\?[^\s()]*")


class Present:
    """The records that the rows of a file may mean.

    Args:
        query: All records of the table.
        ids: The ids in the file, in any order.

    Makes one request per page of 198 records of the table, or fewer where ``ids`` are few.
    """

    def __init__(self, query: QuerySet[Any], ids: Iterable[str]) -> None:
        # A file without a name, which is gone when it is closed; by whichever thread happens to collect it.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._database.close)
        self._database.execute("CREATE TABLE records (id TEXT PRIMARY KEY, record TEXT, row INTEGER) WITHOUT ROWID")
        wanted = list(islice(ids, FEW + 1))
        pages: Iterable[list[dict[str, Any]]]
        if len(wanted) > FEW:
            pages = query._stable()
        else:
            pages = [[instance._record for instance in query.fresh().in_bulk(dict.fromkeys(wanted)).values()]]
        for page in pages:
            self._database.execute("BEGIN")
            self._database.executemany(
                "INSERT OR REPLACE INTO records (id, record) VALUES (?, ?)",
                ((record["id"], json.dumps(record)) for record in page),
            )
            self._database.execute("COMMIT")

    def claim(self, id: str, row: int) -> dict[str, Any]:
        """The record that a row means, which no other row may mean.

        Args:
            id: Its id.
            row: The number of the row.

        Returns:
            The record as the service answered it.

        Raises:
            InvalidValue: There is no such record, or another row means it.
        """
        found = self._database.execute("SELECT record, row FROM records WHERE id = ?", [id]).fetchone()
        if found is None:
            raise InvalidValue(f"takes the id of a record of the table, or nothing for a new one; there is no {id!r}.")
        text, first = found
        if first is None:
            self._database.execute("UPDATE records SET row = ? WHERE id = ?", [row, id])
        elif first != row:
            raise InvalidValue(f"is the id of row {first} too; a record can be changed by one row only.")
        record: dict[str, Any] = json.loads(text)
        return record


def says_the_same(field: Field[Any], raw: Any, value: Any) -> bool:
    """Whether something in a file is what an export writes for a value.

    Args:
        field: The field.
        raw: The value as the service answered it.
        value: What stands in the file: text, or a value of JSON or Parquet.
    """
    try:
        shown = _shown(field, value)
    except (TypeError, ValueError):
        return False
    plain = [field.empty()] if raw is None else [field.plain(raw), field.worded(raw)]
    return any(shown == _shown(field, one) for one in plain)


def _shown(field: Field[Any], value: Any) -> str:
    text = cell_text(value)
    # The address of a file is signed anew at each read (wire-facts 4.2); what stands before the signature is the file.
    return _SIGNATURE.sub(r"\1", text) if isinstance(field, Attachment) else text
