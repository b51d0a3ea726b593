"""ATTACHMENT: files, written as addresses that the service downloads, read as objects with a link.

Links expire and differ at every read (wire-facts 4.2), so a file is known by its id and its link is never compared
or cached. The three upload forms of the 2025 document are a bare address, ``File(url)``, and a ``File`` with name and
type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from softrorm.fields.expressions import Presence
from softrorm.fields.lists import ListField
from softrorm.fields.value import Value
from softrorm.query.columns import FILE_PARTS, Column
from softrorm.query.operators import Family

if TYPE_CHECKING:
    from softrorm.client.dialect import Dialect
    from softrorm.query.protocols import BindingLike


class File(Value):
    """A file in an ATTACHMENT field.

    Args:
        url: Where it is. To upload, a public address that the service can download; on a file that was read, a link
            that expires (wire-facts 4.2).
        filename: Its name, if it is to have another than its address says.
        type: Its media type, such as ``image/jpeg``.
        size: Its size in bytes, on files that were read.
        id: Its id, on files that were read; it alone tells whether two files are the same.
    """

    __slots__ = ("url", "filename", "type", "size", "id", "simple")  # noqa: RUF023 - in the constructor's order

    url: str
    filename: str | None
    type: str | None
    size: int | None
    id: str | None
    simple: bool
    """Whether it was given as a bare address, the shortest upload form of the 2025 document."""

    def __init__(  # noqa: PLR0917 - the parts of a value in their order
        self,
        url: str,
        filename: str | None = None,
        type: str | None = None,
        size: int | None = None,
        id: str | None = None,
        simple: bool = False,
    ) -> None:
        self._set(url=url, filename=filename, type=type, size=size, id=id, simple=simple)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, File):
            return NotImplemented
        if self.id or other.id:
            return self.id == other.id
        return (self.url, self.filename, self.type) == (other.url, other.filename, other.type)

    def __hash__(self) -> int:
        return hash(self.id or self.url)

    def _shown(self) -> tuple[str, ...]:
        known = ("filename", "type", "size", "id")
        # The link of a file that is kept lets anybody fetch it until it expires: no repr and no log shows it.
        return known if self.id else ("url", *(name for name in known if getattr(self, name) is not None))


class Attachment(ListField[File, Iterable[File | str] | File | str], Presence):
    """Files: a list of :class:`File`, ``[]`` when empty. Takes addresses and files, one or a list of them."""

    api_type = "ATTACHMENT"
    family = Family.PRESENCE
    column = Column.FILE
    python = "addresses or File objects"
    many = True

    def decode(self, raw: Any, instance: Any) -> Any:
        return [_read(one) for one in (raw if isinstance(raw, list) else [raw])]

    def plain(self, raw: Any) -> list[dict[str, Any]]:
        return [{part: getattr(file, part) for part in FILE_PARTS} for file in self.decode(raw, None)]

    def clean(self, value: Any) -> Any:
        if isinstance(value, str | File | Mapping):
            value = [value]
        if not isinstance(value, Iterable):
            raise self.refuse(value)
        return [self._one(one) for one in value]

    def _one(self, value: Any) -> File:
        if isinstance(value, File):
            return value
        if isinstance(value, str) and "://" in value:
            return File(value, simple=True)
        raise self.refuse(value, "addresses such as 'https://example.com/a.png', or File objects")

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        if dialect.attachment_write == "single" and len(value) == 1:
            [only] = value
            return only.url if only.simple else _written(only, dialect)
        return [_written(one, dialect) for one in value]


def _read(raw: Any) -> File:
    if isinstance(raw, str):
        return File(raw)
    return File(
        raw.get("url") or "", raw.get("filename") or raw.get("name"), raw.get("type"), raw.get("size"), raw.get("id")
    )


def _written(file: File, dialect: Dialect) -> dict[str, str]:
    known = {"url": file.url, "filename": file.filename, "type": file.type}
    if dialect.stored_file_write == "id":
        known = {"id": file.id, **known}
    return {key: value for key, value in known.items() if value is not None}
