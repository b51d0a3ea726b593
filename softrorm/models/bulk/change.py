"""Bulk updates and deletes: records that are there are changed or removed.

Both are safe to repeat, so that a run that was killed is simply run again. A journal saves it the rows that were
written, tells them apart in the report, and makes a run after the last one do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeAlias

from softrorm.client.errors import InvalidValue
from softrorm.models.bulk.journal import Journal
from softrorm.models.bulk.report import BulkReport, RowResult
from softrorm.models.bulk.runner import Runner, Terms, Written
from softrorm.models.bulk.work import Work, deleting, saving

Prepare: TypeAlias = Callable[[int, Any, Any], Work | RowResult]
"""Makes one record ready to be written: from its place in the input, its object, and where."""


def updating(model: Any, only: Collection[str] | None) -> Prepare:
    """Updates of what is dirty on each object, or of these attributes among it."""

    def prepare(number: int, instance: Any, place: Any) -> Work | RowResult:
        _refuse_unsaved(model, instance)
        return saving(number, instance, instance, place, only=only)

    return prepare


def setting(values: dict[str, Any]) -> Prepare:
    """Updates that give each record the same values."""

    def prepare(number: int, instance: Any, place: Any) -> Work | RowResult:
        for name, value in values.items():
            setattr(instance, name, value)
        return saving(number, instance, instance, place, only=values)  # what else is unsent is not this job's

    return prepare


def removing(number: int, instance: Any, place: Any) -> Work:
    """The delete of a record."""
    return deleting(number, instance, instance, place)


def change(
    place: Any, records: Iterable[Any], prepare: Prepare, *, total: int | None, terms: Terms, journal: Journal | None
) -> BulkReport:
    """Write each record.

    Args:
        place: Where.
        records: The objects.
        prepare: Makes each of them ready.
        total: How many there are, or ``None`` if nobody knows.
        terms: How it is run.
        journal: Its journal, begun already, or ``None``.

    Returns:
        The report.

    Raises:
        BulkError: A record could not be written, and ``on_error`` is ``stop``.
    """

    def works() -> Iterator[Work | RowResult]:
        for number, instance in enumerate(records):
            if journal is not None and journal.is_done(getattr(instance, "id", None) or ""):
                yield RowResult(number, instance, "earlier", instance.id)
                continue
            try:
                ready = prepare(number, instance, place)
            except Exception as error:  # whatever is wrong with a row is its fate
                ready = RowResult(number, instance, "failed", getattr(instance, "id", None), error)
            yield ready

    def finish(work: Work, written: Written) -> RowResult:
        if journal is not None and written.error is None:
            journal.done(work.instance.id)
        return work.conclude(written)

    stream = works()
    runner = Runner(terms, client=place.client, total=total, finish=finish)
    report = runner.run(lambda: next(stream, None))
    if journal is not None and report.ok:
        journal.finish(report.finished)
    return report


def _refuse_unsaved(model: Any, instance: Any) -> None:
    if not isinstance(instance, model):
        raise InvalidValue(f"bulk_update() takes objects of {model.__name__}, not {instance!r}.")
    if instance._record is None:
        raise InvalidValue(f"{instance!r} was never saved, so there is nothing to update; bulk_create() it.")
    if instance._record.get("dangling"):
        raise InvalidValue(f"{instance!r} cannot be updated: the record is deleted.")
