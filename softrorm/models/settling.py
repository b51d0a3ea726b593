"""Settling writes whose answer was lost: look before sending again.

A create is looked up by the model's natural key and adopted if it is there. It is sent again only if it is surely not:
looked for twice, with a pause in which a request still under way can arrive. A write of attachments that a gateway gave
up on may succeed later (wire-facts 12) and is read back. Sessions and bulk writes both go through here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from softrorm.client.errors import AmbiguousWrite, APIError, ServiceUnavailable, SoftrError, TransportError
from softrorm.client.retry import attempts_made
from softrorm.fields.attachment import Attachment
from softrorm.query.queryset import QuerySet
from softrorm.query.unit import current

MOST_CREATES = 5
"""How often a create is sent whose answers are lost, when each time it is surely not there."""


def natural_key(
    instance: Any, names: Iterable[str] = (), sent: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """The values of an object's natural key, or ``None`` where it has none that tells it apart.

    Args:
        instance: The object.
        names: The attributes of the key; ``Meta.natural_key`` unless given.
        sent: What was sent of the object, by attribute; what it holds now unless given.
    """
    names = names or instance._meta.natural_key
    values = {name: getattr(instance, name) if sent is None else sent.get(name) for name in names}
    # A float may be stored rounded, so that a look-up by what was sent would miss it and be certain.
    useless = any(value is None or isinstance(value, float) for value in values.values())
    return values if values and not useless else None


def find_created(
    instance: Any,
    binding: Any,
    *,
    pause: float,
    sleep: Callable[[float], object],
    key: Iterable[str] = (),
    sent: Mapping[str, Any] | None = None,
    taken: Callable[[str], bool] = lambda _id: False,
) -> tuple[dict[str, Any] | None, bool]:
    """Look for the record of a create whose answer was lost.

    Args:
        instance: The object that was to be created.
        binding: Where.
        pause: Seconds between the two looks.
        sleep: Waits so many seconds.
        key: The attributes of the key; ``Meta.natural_key`` unless given.
        sent: What was sent of the object, which may have been changed since; what it holds now unless given.
        taken: Whether a record, by its id, is known to be another object's, so that it cannot be the one looked for.

    Returns:
        The record, or ``None``; and whether that is certain. It is not where the object has no natural key, or where
        several records have it.

    Makes one request per look.
    """
    wanted = natural_key(instance, key, sent)
    if wanted is None:
        return None, False
    for wait in (0.0, pause):
        if wait:
            sleep(wait)
        found = [one for one in _having(instance, wanted, binding) if not taken(one.id)]
        if found:
            return (found[0]._record, True) if len(found) == 1 else (None, False)
    return None, True


def _having(instance: Any, key: Mapping[str, Any], binding: Any) -> list[Any]:
    token = current.set(None)  # a record that is only looked at becomes none of a session's objects
    try:
        # Text comparison ignores case on the server, so the exact values are compared here.
        query: Any = QuerySet(type(instance)).using(binding.client).filter(**key)
        return [one for one in query.iterator() if all(getattr(one, name) == value for name, value in key.items())]
    finally:
        current.reset(token)


def create(
    instance: Any,
    wire: Mapping[str, Any],
    binding: Any,
    *,
    pause: float,
    sleep: Callable[[float], object],
    key: Iterable[str] = (),
    sent: Mapping[str, Any] | None = None,
    taken: Callable[[str], bool] = lambda _id: False,
    look: bool = True,
) -> tuple[dict[str, Any], int]:
    """Send a create; where its answer is lost, look for the record, and send again only what is surely not there.

    Args:
        instance: The object to create.
        wire: Its values as they are sent, by field id.
        binding: Where.
        pause: Seconds between two looks.
        sleep: Waits so many seconds.
        key: The attributes of the natural key; ``Meta.natural_key`` unless given.
        sent: The values by attribute; a record that is found and does not hold them, since it is older than this
            create, is then given them.
        taken: Whether a record, by its id, is known to be another object's.
        look: Whether looking can settle anything: not while another object of the same key is being created.

    Returns:
        The record, and how often the create was sent.

    Raises:
        AmbiguousWrite: The answer was lost, and looking for the record did not settle it.

    Makes one request; one or two more for each answer that is lost.
    """
    attempts = 0
    with binding.naming(type(instance)):
        while True:
            try:
                answer = _sent(binding, wire)
            except AmbiguousWrite as lost:
                attempts += lost.attempts
                lost.attempts = attempts
                if not look:
                    raise
                try:
                    found, certain = find_created(
                        instance, binding, pause=pause, sleep=sleep, key=key, sent=sent, taken=taken
                    )
                    if found is not None:
                        return _completed(instance, found, sent or {}, wire, binding), attempts
                except SoftrError as error:
                    raise lost from error  # looking failed too: the fate stays unknown
                if not certain or attempts >= MOST_CREATES:
                    raise
            else:
                return answer, attempts + attempts_made.get()


def _sent(binding: Any, wire: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a create; one that the service broke down on may be done, as if the answer was lost."""
    try:
        return binding.client.create_record(binding.database, binding.table, wire)  # type: ignore[no-any-return]
    except APIError as error:
        if error.status < 500:
            raise
        raise AmbiguousWrite(
            f"answered {error.status}: {error.message}",
            payload={"fields": dict(wire)},
            method=error.method,
            path=error.path,
            attempts=error.attempts,
        ) from error


def _completed(
    instance: Any, found: dict[str, Any], sent: Mapping[str, Any], wire: Mapping[str, Any], binding: Any
) -> dict[str, Any]:
    there = arrived(instance, sent, found, binding.ids)
    rest = {binding.ids[name]: wire[binding.ids[name]] for name in sent if name not in there}
    if not rest:
        return found
    return binding.client.update_record(binding.database, binding.table, found["id"], rest)  # type: ignore[no-any-return]


def update(
    instance: Any,
    sent: Mapping[str, Any],
    wire: Mapping[str, Any],
    binding: Any,
    *,
    pause: float,
    sleep: Callable[[float], object],
) -> dict[str, Any]:
    """Send an update; where a gateway gave up on a write of attachments, read back whether it succeeded after all.

    Args:
        instance: The object to update.
        sent: The values, by attribute.
        wire: The values as they are sent, by field id.
        binding: Where.
        pause: Seconds before the record is read back.
        sleep: Waits so many seconds.

    Returns:
        The record.

    Makes one request; one more where an attachment's write is read back.
    """
    place, record_id = binding, instance._record["id"]
    with place.naming(type(instance)):
        try:
            return place.client.update_record(place.database, place.table, record_id, wire)  # type: ignore[no-any-return]
        except (ServiceUnavailable, TransportError) as error:
            if not any(isinstance(instance._meta.writable.get(name), Attachment) for name in sent):
                raise
            sleep(pause)
            answer: dict[str, Any] = place.client.get_record(place.database, place.table, record_id, fresh=True)
            if not holds(instance, sent, answer, place.ids):
                raise
            attempts_made.set(error.attempts)  # of the write, not of the look
            return answer


def holds(instance: Any, sent: Mapping[str, Any], answer: Mapping[str, Any], ids: Mapping[str, str]) -> bool:
    """Whether a record that was read back holds all that a write sent; as :func:`arrived`."""
    return len(arrived(instance, sent, answer, ids)) == len(sent)


def arrived(instance: Any, sent: Mapping[str, Any], answer: Mapping[str, Any], ids: Mapping[str, str]) -> set[str]:
    """Those of the attributes sent whose values a record holds.

    Args:
        instance: The object that was written.
        sent: The values, by attribute.
        answer: The record.
        ids: The field ids by attribute.
    """
    names = set()
    for name, value in sent.items():
        field = instance._meta.writable[name]
        raw = answer["fields"].get(field.id or ids[name])
        there = _files_arrived(value, raw) if isinstance(field, Attachment) else field.unchanged(value, raw, instance)
        if there:
            names.add(name)
    return names


def _files_arrived(files: list[Any], raw: Any) -> bool:
    # Links and ids are new at each read; what was sent is known by its number and its names.
    stored = [one.get("filename") for one in raw or ()]
    return len(stored) == len(files) and {file.filename for file in files if file.filename} <= set(stored)
