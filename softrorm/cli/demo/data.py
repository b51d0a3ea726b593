"""The demo's data: the IANA time zone tables, which are in the public domain and come with the tzdata package.

``iso3166.tab`` names the countries. ``zone.tab`` has a row for each zone with the one country it lies in;
``zone1970.tab`` has fewer zones, each with every country that keeps its time. Together they give each zone its place
and all of its countries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib.resources import files
from zoneinfo import ZoneInfo

YEAR = 2026
"""The year that the offsets are of."""


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A zone as the tables and the zone's own rules describe it.

    Attributes:
        name: Such as ``Europe/Zurich``.
        codes: The ISO 3166 codes of its countries, the one that it lies in first.
        latitude: Degrees, north of the equator positive.
        longitude: Degrees, east of Greenwich positive.
        utc_offset: Hours ahead of UTC in standard time.
        daylight_saving: Whether January and July have different offsets.
        comments: What tells it apart from the country's other zones, ``""`` where nothing has to.
    """

    name: str
    codes: tuple[str, ...]
    latitude: float
    longitude: float
    utc_offset: float
    daylight_saving: bool
    comments: str


def countries() -> dict[str, str]:
    """The names of the countries by their codes."""
    return {code: name for code, name, *_ in _rows("iso3166.tab")}


def zones() -> list[ZoneRow]:
    """The zones, in the order of their countries' codes."""
    shared = {name: codes.split(",") for codes, _, name, *_ in _rows("zone1970.tab")}
    found = []
    for code, place, name, *comments in _rows("zone.tab"):
        latitude, longitude = coordinates(place)
        standard, summer = sorted(map(partial(_offset, name), (1, 7)))
        found.append(
            ZoneRow(
                name=name,
                codes=tuple(dict.fromkeys([code, *shared.get(name, ())])),
                latitude=latitude,
                longitude=longitude,
                # The lesser one: January is summer in the south.
                utc_offset=standard / timedelta(hours=1),
                daylight_saving=standard != summer,
                comments="".join(comments),
            )
        )
    return found


def coordinates(text: str) -> tuple[float, float]:
    """Latitude and longitude in degrees of an ISO 6709 text: ``+4723+00832`` is 47.3833 north, 8.5333 east.

    Args:
        text: Degrees and minutes, or degrees, minutes and seconds, each with a sign.

    Raises:
        ValueError: It is something else.
    """
    found = re.fullmatch(r"([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?", text)
    if found is None:
        raise ValueError(f"coordinates are such as '+4723+00832' or '+404251-0740023', not {text!r}")
    north, east = found.groups()[:4], found.groups()[4:]
    return _degrees(*north), _degrees(*east)


def _degrees(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    size = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return round(-size if sign == "-" else size, 4)


def _offset(zone: str, month: int) -> timedelta:
    return datetime(YEAR, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()


def _rows(table: str) -> list[list[str]]:
    text = (files("tzdata") / "zoneinfo" / table).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
