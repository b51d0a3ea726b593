"""Loading records by id in few requests: single GETs, searches on a RECORD_ID field, or a scan of the table.

The API has no request for many ids. What is nearest is chosen by the count of requests, and a :class:`LoadPlan` says
which it is: nothing, where the label of a link is enough; a GET for each of one or two ids; searches of 200 ids each
where the table has a RECORD_ID field; else the first page of a scan, which tells how large the table is, and then
whichever is less of its other pages and of GETs for what is still missing. Requests of one load run side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from softrorm.client.errors import NotFound

if TYPE_CHECKING:
    from softrorm.client.page import Page
    from softrorm.query.protocols import BindingLike

Rows: TypeAlias = Sequence[dict[str, Any]]
Task: TypeAlias = Callable[[], Rows]

HANDFUL = 2
"""Up to so many records are read one by one: a scan could not be sure to be cheaper."""


class LoadPlan:
    """How records will be loaded by their ids, and what that costs.

    Args:
        count: How many records; ``None`` where that is not known yet.
        searched: The label of the table's RECORD_ID field, where there is one.
        size: The most rows of a page.

    Attributes:
        way: ``label``: nothing is loaded; ``get``: one by one; ``search``: by the RECORD_ID field; ``scan``: by pages
            of the table, as long as that is cheaper than one by one.
        requests: The most requests that it takes, or ``None`` where that is not known; a scan also takes no more than
            the table has pages.
    """

    __slots__ = ("count", "requests", "searched", "size", "way")

    def __init__(self, count: int | None, searched: str | None, size: int) -> None:
        self.count = count
        self.searched = searched
        self.size = size
        self.way: Literal["label", "get", "search", "scan"]
        self.requests: int | None
        if count == 0:
            self.way, self.requests = "label", 0
        elif count == 1 or (count is not None and count <= HANDFUL and not searched):
            self.way, self.requests = "get", count
        elif searched:
            self.way, self.requests = "search", None if count is None else -(-count // size)
        else:
            self.way, self.requests = "scan", None if count is None else count + 1

    def __str__(self) -> str:
        if self.way == "label":
            return "nothing to load: 0 requests"
        if self.way == "get":
            return f"read one by one: {_counted(self.requests)}"
        if self.way == "search":
            cost = f"1 request per {self.size}" if self.requests is None else _counted(self.requests)
            return f"searches on {self.searched}, {self.size} records each: {cost}"
        most = "one more than there are records" if self.requests is None else _counted(self.requests)
        return (
            "the first page of the table, then its other pages or single reads, whichever are fewer: "
            f"at most {most}, and no more than the table has pages"
        )

    def __repr__(self) -> str:
        return f"<LoadPlan {self}>"


def load(
    binding: BindingLike, ids: Iterable[str], record_id_field: str | None = None, *, fresh: bool = False
) -> dict[str, dict[str, Any]]:
    """Read records by id.

    Args:
        binding: Where they live.
        ids: The ids wanted; repeats count once.
        record_id_field: The id of a RECORD_ID field of the table, where there is one.
        fresh: Whether to ask the service even if the client's cache has the answer.

    Returns:
        The records that exist, by id, in the order asked for.

    Makes one request for each of up to two ids; for more, one per 200 ids with a RECORD_ID field, else at most the
    lesser of one per page of the table and one per id and one more. Where the table changes during its scan, what
    seems to be gone is read once more, one by one.
    """
    wanted = list(dict.fromkeys(ids))
    way = LoadPlan(len(wanted), record_id_field, binding.client.dialect.page_size).way
    found: dict[str, dict[str, Any]] = {}
    if way == "get":
        _take(binding, _singly(binding, wanted, fresh), found)
    elif way == "search" and record_id_field:
        _search(binding, wanted, record_id_field, found, fresh)
    elif way == "scan":
        _scan(binding, wanted, found, fresh)
    return {id: found[id] for id in wanted if id in found}


def _take(binding: BindingLike, tasks: Iterable[Task], found: dict[str, dict[str, Any]]) -> None:
    for rows in binding.client.workers.in_order(tasks):
        found.update((record["id"], record) for record in rows)


def _singly(binding: BindingLike, ids: Iterable[str], fresh: bool) -> Iterator[Task]:
    return (partial(_one, binding, id, fresh) for id in ids)


def _one(binding: BindingLike, id: str, fresh: bool) -> Rows:
    try:
        return [binding.client.get_record(binding.database, binding.table, id, fresh=fresh)]
    except NotFound:
        return []


def _search(binding: BindingLike, ids: list[str], field: str, found: dict[str, dict[str, Any]], fresh: bool) -> None:
    size = binding.client.dialect.page_size
    chunks = [ids[at : at + size] for at in range(0, len(ids), size)]
    _take(binding, [partial(_searched, binding, field, chunk, fresh) for chunk in chunks], found)
    # Text compares without case (wire-facts 10), so that ids which differ in case alone may come along.
    folded = {id.casefold() for id in ids}
    if any(id.casefold() not in folded for id in found):
        # The filter was ignored (wire-facts 10): what did not come may well be there.
        _scan(binding, [id for id in ids if id not in found], found, fresh)


def _searched(binding: BindingLike, field: str, chunk: list[str], fresh: bool) -> Rows:
    condition = {"leftSide": field, "operator": "IS_ONE_OF", "rightSide": chunk}
    body = {"filter": {"condition": condition}, "paging": {"offset": 0, "limit": binding.client.dialect.page_size}}
    return binding.client.search_records(binding.database, binding.table, body, fresh=fresh)


def _scan(binding: BindingLike, ids: list[str], found: dict[str, dict[str, Any]], fresh: bool) -> None:
    missing = set(ids)
    first = _page(binding, 0, fresh)
    drifted = False

    def take(rows: Rows) -> None:
        for record in rows:
            if record["id"] in missing:
                found[record["id"]] = record
                missing.discard(record["id"])

    def tasks() -> Iterator[Task]:
        # The service may hold a page to fewer rows than were asked for (wire-facts 9).
        step = max(1, len(first))
        for offset in range(step, first.total, step):
            if not missing:
                return
            if -(-(first.total - offset) // step) > len(missing):
                yield from _singly(binding, [id for id in ids if id in missing], fresh)
                return
            yield partial(_page, binding, offset, fresh)

    take(first)
    if missing and not fresh and first.total > len(first) and binding.client.cache is not None:
        # Pages of different ages do not join, and the first one may have come from the cache.
        fresh = True
        first = _page(binding, 0, fresh)
        take(first)
    for rows in binding.client.workers.in_order(tasks()):
        take(rows)
        drifted = drifted or getattr(rows, "total", first.total) != first.total
        if not missing:
            return
    if drifted:
        # Records moved from page to page meanwhile, and one may have slipped through.
        for rows in binding.client.workers.in_order(_singly(binding, [id for id in ids if id in missing], fresh)):
            take(rows)


def _page(binding: BindingLike, offset: int, fresh: bool) -> Page:
    size = binding.client.dialect.page_size
    return binding.client.list_records(binding.database, binding.table, offset=offset, limit=size, fresh=fresh)


def _counted(requests: int | None) -> str:
    return "1 request" if requests == 1 else f"{requests} requests"
