"""Exporting: the records of a query into a file, a page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from softrorm.client.errors import ConfigurationError, InvalidQuery
from softrorm.data.targets import FORMS, TEXT_FORMS, Columns, Target, file_target, form_of
from softrorm.query.frames import column_pages

if TYPE_CHECKING:
    from softrorm.query.frames import Links
    from softrorm.query.protocols import FieldLike
    from softrorm.query.queryset import QuerySet

Progress: TypeAlias = Callable[[int, int | None], object]
"""Told how many are done, and how many there are where that is known."""


def export_records(
    query: QuerySet[Any],
    target: str | PathLike[str] | IO[str],
    *,
    attributes: Sequence[str] = (),
    form: str | None = None,
    ids: bool = False,
    links: Links = "id",
    progress: Progress | None = None,
) -> int:
    """Write the records of a query into a file.

    Columns are typed by their fields: CSV and JSON have days and instants as ISO text, Parquet has types for them.
    Choices are their labels, persons their addresses. CSV cells with several values have ``;`` between them.

    Args:
        query: The records: ``Task.objects.filter(...)``. Without an order they come by a stable scan.
        target: A file, which gets its name when it is whole, or a text stream.
        attributes: The attributes wanted; all of them, with the record's id first, where none is named.
        form: ``csv``, ``jsonl`` or ``parquet``; what the file's ending says unless given, and ``csv`` for a stream.
        ids: Call the columns by the fields' ids instead of their names.
        links: What stands for a linked record: its ``id`` or its ``label``.
        progress: Called after each page.

    Returns:
        How many records were written.

    Raises:
        ConfigurationError: The form is not known, or cannot go to a stream, or pyarrow is not installed.
        InvalidQuery: An unknown attribute.
        InvalidValue: The service answered a value that Parquet has no place for in a column of this type.

    Makes one request per page of 198 records, and one to count them where there is a ``progress``. Keeps a few pages in
    memory, of a Parquet file one row group of 10,000 records.
    """
    path = Path(target) if isinstance(target, str | PathLike) else None
    form = form or ("csv" if path is None else form_of(path))
    right = TEXT_FORMS if path is None else FORMS
    if form not in right:
        what = "a stream" if path is None else "a file"
        raise ConfigurationError(f"The form of {what} is {' or '.join(right)}, not {form!r}.")
    if links not in {"id", "label"}:
        raise InvalidQuery(f"links is 'id' or 'label', what is to stand for a linked record, not {links!r}.")
    names = tuple(dict.fromkeys(query._known(tuple(attributes))))
    if not attributes:
        names = ("id", *(name for name in names if name != "id"))
    titles = headings(query, names, ids=ids)
    heads: dict[str, FieldLike] = {titles[name]: query._meta.fields[name] for name in names}
    total = query.fresh().count() if progress else None
    pages = column_pages(query, names, links)
    if isinstance(target, str | PathLike):
        with file_target(target, form, heads) as file:
            return _write(pages, titles, file, total, progress)
    done = _write(pages, titles, TEXT_FORMS[form](target, heads), total, progress)
    target.flush()
    return done


def headings(query: QuerySet[Any], names: Sequence[str], *, ids: bool) -> dict[str, str]:
    """What the columns of attributes are called: as in Softr, by their ids where two would be called alike.

    Args:
        query: The query.
        names: The attributes.
        ids: Whether to use the fields' ids.

    Makes no request, unless fields declared by name are not bound yet.
    """
    own = query._meta.own_fields
    known = query._binding().ids
    called = {name: (own[name].name if name in own and not ids else known.get(name, name)) for name in names}
    often = Counter(called.values())
    # The names of what every record has are not left to a field that happens to be called so.
    taken = {name for name in names if name not in own}
    return {
        name: known[name] if name in own and (often[title] > 1 or title in taken) else title
        for name, title in called.items()
    }


def _write(
    pages: Iterable[Columns], titles: dict[str, str], target: Target, total: int | None, progress: Progress | None
) -> int:
    done = 0
    for page in pages:
        target.write({titles[name]: values for name, values in page.items()})
        done += len(next(iter(page.values())))
        if progress is not None:
            # Records that others made meanwhile come too.
            progress(done, max(done, total or 0))
    return done
