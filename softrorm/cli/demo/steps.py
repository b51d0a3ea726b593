"""The demo's steps: each is a function whose code is shown as it stands, with what came of it below.

A docstring is a step's title. What a step returns is shown: the records of a query, a dict, or a line of
text.
"""

from __future__ import annotations

from typing import Any

from softrorm import Q
from softrorm.cli.demo.models import Country, Region, Zone


def chained_filter() -> Any:
    """A chained filter: clocks that change, in Europe and Asia, east of UTC+1."""
    zones = Zone.objects.filter(region__is_one_of=[Region.EUROPE, Region.ASIA])
    return zones.filter(daylight_saving=True).filter(utc_offset__gt=1)


def either_or_not() -> Any:
    """An OR with a negation: early clocks, and the far north outside America."""
    early = Q(utc_offset__gt=12)
    # The complement is exact: a zone without a region is not in America.
    arctic = Q(latitude__gt=66.5) & ~Q(region=Region.AMERICA)
    return Zone.objects.filter(early | arctic)


def counting() -> Any:
    """A count, which asks for one row and reads the total beside it."""
    steady = Zone.objects.filter(daylight_saving=False).count()
    return f"{steady} zones keep one time all year."


def ordered_slice() -> Any:
    """An ordered slice: the five southernmost zones."""
    return Zone.objects.order_by("latitude")[:5]


def zones_to_countries() -> Any:
    """A link, followed for all records of a result at once."""
    zones = Zone.objects.filter(name__starts_with="Asia/B").order_by("name")
    return {zone.name: [str(it.code) for it in zone.countries] for zone in zones}


def country_to_zones() -> Any:
    """The same relation from its other end, which the sandbox kept in step."""
    brazil = Country.objects.get(code="BR")
    offsets = sorted({zone.utc_offset for zone in brazil.zones})
    return f"{brazil.name}: {len(brazil.zones)} zones, UTC{offsets}"


def editing() -> Any:
    """Three fields edited, one of them put back: two go out, in one PATCH."""
    zone = Zone.objects.get(name="Europe/Prague")
    zone.daylight_saving = False
    zone.comments = "Czechia"
    zone.utc_offset = 2
    zone.daylight_saving = True
    dirty = zone.dirty_fields
    zone.save()
    zone.save()  # nothing is dirty any more: no request
    return f"Dirty before saving: {dirty}"


STEPS = (
    chained_filter,
    either_or_not,
    counting,
    ordered_slice,
    zones_to_countries,
    country_to_zones,
    editing,
)
