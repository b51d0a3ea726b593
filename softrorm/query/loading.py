"""Loading records by id in few requests: single GETs, searches on a RECORD_ID field, or a scan of the table.

The API has no request for many ids. A handful is read one by one; a table with a RECORD_ID field is searched, 200 ids a
request; otherwise the first page of a scan tells how large the table is, and the cheaper of scanning on and reading
what is still missing one by one decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import NotFound

if TYPE_CHECKING:
    from softrorm.query.protocols import BindingLike

HANDFUL = 3
"""Up to so many records are read one by one: a scan could not be sure to be cheaper."""


def load(binding: BindingLike, ids: Iterable[str], record_id_field: str | None = None) -> dict[str, dict[str, Any]]:
    """Read records by id.

    Args:
        binding: Where they live.
        ids: The ids wanted; repeats count once.
        record_id_field: The id of a RECORD_ID field of the table, where there is one.

    Returns:
        The records that exist, by id, in the order asked for.

    Makes one request for each of up to three ids; for more, one per 200 ids with a RECORD_ID field, else at most
    the lesser of a scan of the table and one request per id, and one page.
    """
    wanted = list(dict.fromkeys(ids))
    if len(wanted) <= HANDFUL:
        found = _singly(binding, wanted)
    elif record_id_field:
        found = _search(binding, wanted, record_id_field)
    else:
        found = _scan(binding, wanted)
    return {id: found[id] for id in wanted if id in found}


def _singly(binding: BindingLike, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    found = {}
    for id in ids:
        try:
            found[id] = binding.client.get_record(binding.database, binding.table, id)
        except NotFound:
            continue
    return found


def _search(binding: BindingLike, ids: list[str], field: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    size = binding.client.dialect.page_size
    for at in range(0, len(ids), size):
        chunk = ids[at : at + size]
        condition = {"leftSide": field, "operator": "IS_ONE_OF", "rightSide": chunk}
        body = {"filter": {"condition": condition}, "paging": {"offset": 0, "limit": size}}
        page = binding.client.search_records(binding.database, binding.table, body)
        # A filter that was ignored would answer other records: keep only what was asked for.
        found.update((record["id"], record) for record in page if record["id"] in set(chunk))
    return found


def _scan(binding: BindingLike, ids: list[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    missing = set(ids)
    size = binding.client.dialect.page_size
    offset = 0
    while missing:
        page = binding.client.list_records(binding.database, binding.table, offset=offset, limit=size)
        for record in page:
            if record["id"] in missing:
                found[record["id"]] = record
                missing.discard(record["id"])
        offset += len(page)
        if not page or offset >= page.total:
            return found
        if -(-(page.total - offset) // size) > len(missing):
            return {**found, **_singly(binding, missing)}
    return found
