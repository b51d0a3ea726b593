"""Rows in doubt: creates that were sent and of which nothing came back: the answer was lost, or the process died.

A row of a model with a natural key is looked for by it. Another is looked for among the records that were created since
it was sent: one that holds exactly its values, and that no other row of the journal claims, is its record. Of rows that
are alike, so many are found as there are such records. It counts on nobody else's creating the very same records in the
same table during the job.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from softrorm.fields.temporal import parse_instant
from softrorm.models import settling
from softrorm.models.bulk.journal import Journal
from softrorm.models.bulk.work import Work
from softrorm.query.queryset import QuerySet

SKEW = timedelta(seconds=1)
"""How far the clocks of the service's own machines may differ."""
LOOK_BACK = timedelta(seconds=60)
"""How much older than the newest record known at its sending a row's record may be, which is generous."""


@dataclass(slots=True, eq=False)
class Doubt:
    """One row in doubt.

    Attributes:
        work: The row, ready to be sent again.
        fields: The values that were sent, by field id, where they may differ from those of ``work``.
        newest: When the newest record was created that was known when the row was sent, as the service prints it.
        error: Why it is in doubt; ``None`` if the process died.
        attempts: How often it was sent in this run.
    """

    work: Work
    fields: dict[str, Any] | None
    newest: str | None
    error: BaseException | None = None
    attempts: int = 0


def newest_records(model: Any, place: Any) -> dict[str, Any]:
    """What the table's newest records are before a job begins: when the newest was created, and those just before it.

    Makes one request, more where over 200 records were created within a second.
    """
    query: Any = QuerySet(model).using(place.client).order_by("-created_at").fresh()
    created: dict[str, datetime] = {}
    for page in query._pages():
        created.update((row["id"], parse_instant(row["createdAt"])) for row in page)
        if min(created.values()) < max(created.values()) - SKEW:
            break
    after = max(created.values(), default=None)
    near = [id for id, moment in created.items() if after is not None and moment >= after - SKEW]
    return {"after": after and after.isoformat(), "before": near}


def settle(
    doubts: list[Doubt], place: Any, journal: Journal, *, pause: float, sleep: Callable[[float], object]
) -> dict[int, dict[str, Any]]:
    """Look for the records of rows in doubt, while nothing is under way.

    Args:
        doubts: The rows.
        place: Where.
        journal: Knows whose record is whose.
        pause: Seconds between two looks, in which a request still under way can arrive.
        sleep: Waits so many seconds.

    Returns:
        The records by the row's number; rows that are not in it are surely not there.

    Raises:
        SoftrError: Looking failed.

    Makes one request per look for a row with a natural key; for the others together one per 200 records that were
    created since, twice unless all are found at once.
    """
    if (left := pause - (time.time() - journal.changed_at)) > 0:
        sleep(min(left, pause))
    found: dict[int, dict[str, Any]] = {}
    unsettled = []
    for doubt in doubts:
        work = doubt.work
        record, certain = settling.find_created(work.instance, place, pause=pause, sleep=sleep, sent=work.sent)
        if record is not None:
            if not settling.holds(work.instance, work.sent, record, place.ids):
                # It was there before this job, which is to give it these values.
                record = place.client.update_record(place.database, place.table, record["id"], work.wire)
            found[work.number] = record
        elif not certain:
            unsettled.append(doubt)
    # The row with most values chooses first, since it can be no other's record.
    unsettled.sort(key=lambda doubt: -len(doubt.work.sent))
    for wait in (0.0, pause):
        if not unsettled:
            break
        if wait:
            sleep(wait)
        found.update(_look(unsettled, place, journal, taken={record["id"] for record in found.values()}))
        unsettled = [doubt for doubt in unsettled if doubt.work.number not in found]
    return found


def _look(doubts: list[Doubt], place: Any, journal: Journal, *, taken: set[str]) -> dict[int, dict[str, Any]]:
    candidates = [
        record
        for record in _created_since(doubts, place, journal)
        if record["id"] not in taken and any(_may_be(record, doubt, place) for doubt in doubts)
    ]
    claimed = journal.claimed(record["id"] for record in candidates)
    free = [record for record in candidates if record["id"] not in claimed]
    found = {}
    for doubt in doubts:
        for at, record in enumerate(free):
            if _may_be(record, doubt, place):
                found[doubt.work.number] = free.pop(at)
                break
    return found


def _created_since(doubts: list[Doubt], place: Any, journal: Journal) -> Iterator[dict[str, Any]]:
    query: Any = QuerySet(type(doubts[0].work.instance)).using(place.client)
    began = _moment(journal.began["after"])
    since = min((_since(doubt, began) for doubt in doubts), key=lambda moment: (moment is not None, moment))
    before = set(journal.began["before"])
    for page in (query if since is None else query.filter(created_at__gte=since))._stable():
        for record in page:
            # A filter that was ignored would answer older records.
            new = began is None or parse_instant(record["createdAt"]) >= began - SKEW
            if new and record["id"] not in before:
                yield record


def _since(doubt: Doubt, began: datetime | None) -> datetime | None:
    """The earliest moment at which the row's record can have been created, by the service's clock."""
    newest = _moment(doubt.newest)
    bounds = [bound for bound in (newest and newest - LOOK_BACK, began and began - SKEW) if bound]
    return max(bounds, default=None)


def _moment(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None


def _may_be(record: dict[str, Any], doubt: Doubt, place: Any) -> bool:
    """Whether a record holds what the row sent."""
    work, sent = doubt.work, dict(doubt.work.sent)
    other: dict[str, Any] = {}
    if doubt.fields is not None:
        # A receiver of pre_save may give other values this time: what was sent then is what counts.
        ids = {place.ids[name]: name for name in sent}
        same = {id for id, value in doubt.fields.items() if id in ids and work.wire[id] == value}
        other = {id: value for id, value in doubt.fields.items() if id not in same}
        sent = {ids[id]: sent[ids[id]] for id in same}
    return settling.holds(work.instance, sent, record, place.ids) and all(
        _alike(record["fields"].get(id), value) for id, value in other.items()
    )


def _alike(raw: Any, value: Any) -> bool:
    """Whether a raw value is what a sent one reads as, going by their forms alone."""
    if isinstance(raw, dict):
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        return value in (raw.get("id"), raw.get("label")) or (isinstance(value, dict) and value.get("id") == raw["id"])
    if isinstance(raw, list) and isinstance(value, list):
        return len(raw) == len(value) and all(map(_alike, raw, value))
    return bool(raw == value) or not (raw or value)
