"""Prefetching: the records that paths of links lead to, loaded level by level for many records at once.

A path is a chain of links such as ``project__owner``. All links of one level that lead to the same table are loaded
together, each record once, and what was read before for the same result or session is not read again. So a path costs
as many loads as it has links, however many records there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from softrorm.client.errors import ConfigurationError, InvalidQuery
from softrorm.client.twins import Errand
from softrorm.fields.link import LinkField
from softrorm.models.context import as_list, load_all
from softrorm.models.registry import models
from softrorm.query.loading import LoadPlan
from softrorm.query.operators import nearest

if TYPE_CHECKING:
    from softrorm.models.model import Model

Tree: TypeAlias = "dict[str, tuple[LinkField[Any], Tree]]"
"""The links to follow by attribute, each with those to follow from there."""


def prefetch(records: Iterable[Model], *paths: str) -> None:
    """Load what links of records that are here already lead to, in the fewest requests.

    Args:
        records: Records, of one model or of several, from wherever they come.
        *paths: Links, and chains of them: ``"project"``, ``"project__owner"``.

    Raises:
        InvalidQuery: A path is not one of links; the message names the nearest.

    Makes for each link of the paths, and each table that it leads to: no request where everything is loaded already;
    one per 200 records where the model declares a RECORD_ID field; else at most one per record and one more, and no
    more than the table has pages.
    """
    given: Any = records
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidQuery(f"prefetch() takes records and then paths of links, not {given!r}.")
    listed: list[Any] = list(given)
    by_model: dict[Any, list[Any]] = {}
    for record in listed:
        if not hasattr(record, "_meta"):
            raise InvalidQuery(f"prefetch() takes records and then paths of links, and {record!r} is no record.")
        by_model.setdefault(type(record), []).append(record)
    follow(by_model, paths)


def follow(records: Mapping[Any, list[Any]], paths: Iterable[str], *, fresh: bool = False) -> None:
    """Load what paths of links lead to.

    Args:
        records: The records by their model.
        paths: The paths.
        fresh: Whether to ask the service even if the client's cache has the answer.
    """
    level = [(some, tree(model, paths)) for model, some in records.items()]
    load_all((one for some in records.values() for one in some), fresh=fresh)
    while level:
        reached = [
            ([linked for record in some for linked in _linked(record, link)], deeper)
            for some, links in level
            for link, deeper in links.values()
        ]
        load_all((linked for some, _ in reached for linked in some), fresh=fresh)
        level = [(list({id(one): one for one in some}.values()), deeper) for some, deeper in reached if deeper]


async def aprefetch(records: Iterable[Model], *paths: str) -> None:
    """``prefetch()`` for async code, with the same arguments and as many requests."""
    listed = list(records)
    calls = next((record._calls for record in listed if hasattr(record, "_calls")), None)
    if calls is None:
        prefetch(listed, *paths)  # which makes no request: none of these is a record
    else:
        await Errand().run(calls, partial(prefetch, listed, *paths))


def _linked(record: Any, link: LinkField[Any]) -> list[Any]:
    """What a link of a record leads to; not read as an attribute, which would count as touching the record."""
    here = record.__dict__.get(link.attribute)
    if here is None:
        raw = record._record and record._record["fields"].get(link.id or record._context.ids.get(link.attribute))
        here = record._context.linked(link, as_list(raw))
    # A list that was edited in place may hold plain ids.
    return [one for one in as_list(here) if not isinstance(one, str)]


def tree(model: Any, paths: Iterable[str]) -> Tree:
    """The links that paths follow from a model.

    Raises:
        InvalidQuery: A path is not one of links.
    """
    root: Tree = {}
    for path in paths:
        if not isinstance(path, str) or not path:
            raise InvalidQuery(f"prefetch() takes paths of links such as 'project__owner', not {path!r}.")
        at, branch = model, root
        for name in re.split(r"__(?!_)", path):  # an attribute may end in an underscore of its own
            link = at._meta.fields.get(name)
            if not isinstance(link, LinkField):
                raise InvalidQuery(f"prefetch({path!r}): {_wrong(at, name)}")
            branch = branch.setdefault(name, (link, {}))[1]
            at = link.target
    return root


def plans(model: Any, paths: Iterable[str], size: int, count: int | None = None) -> list[tuple[str, LoadPlan]]:
    """What each link of the paths costs to load, by its path.

    Args:
        model: Where the paths begin.
        paths: The paths.
        size: The most rows of a page.
        count: How many records each path begins with, where that is known.

    Makes no request.
    """
    found = []
    level = [("", tree(model, paths), count)]
    while level:
        deeper: list[tuple[str, Tree, int | None]] = []
        for path, links, some in level:
            for name, (link, below) in links.items():
                many = None if link.many else some
                searched = link.target._meta.record_id
                found.append((path + name, LoadPlan(many, searched.label if searched is not None else None, size)))
                deeper.append((f"{path}{name}__", below, many))
        level = deeper
    return found


def _wrong(model: Any, name: str) -> str:
    meta = model._meta
    links = [one for one, field in meta.own_fields.items() if isinstance(field, LinkField)]
    if name in meta.fields:
        return f"{meta.name}.{name} is no link. {_listed(meta.name, links)}"
    here = {meta.own_fields[one].target for one in links}
    back = [
        field
        for other in models()
        for field in other._meta.own_fields.values()
        if isinstance(field, LinkField) and _leads_to(field, model)
        if field.inverse == name or not (other in here or nearest(name, links))
    ]
    if back:
        called = name.replace("_", "").lower()
        likely = max(back, key=lambda it: (it.inverse == name, called.startswith(it.model.__name__.lower())))
        return (
            f"{meta.name} declares no link {name!r}. {likely.label} leads here; to go the other way, declare the field "
            f"at its other end: {name} = fields.LinkedRecords(to={likely.model.__name__!r})."
        )
    return f"{meta.name} has no link {name!r}.{nearest(name, links)} {_listed(meta.name, links)}"


def _listed(name: str, links: list[str]) -> str:
    return f"The links of {name} are {', '.join(links)}." if links else f"{name} has no links."


def _leads_to(field: LinkField[Any], model: Any) -> bool:
    try:
        return field.target is model
    except ConfigurationError:  # a link of some other model that leads nowhere is not this query's concern
        return False
