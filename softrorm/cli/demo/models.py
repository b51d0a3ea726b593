"""The demo's models: countries, and the time zones that they use.

Fields are declared without ids, since the tables do not exist yet: an attribute in words is the field's name, so that
``daylight_saving`` is the field "Daylight saving". The two links are the two ends of one relation.
"""

from __future__ import annotations

from enum import Enum

from softrorm import Model, fields


class Region(Enum):
    """The part of the world that a zone's name begins with."""

    AFRICA = "Africa"
    AMERICA = "America"
    ANTARCTICA = "Antarctica"
    ARCTIC = "Arctic"
    ASIA = "Asia"
    ATLANTIC = "Atlantic"
    AUSTRALIA = "Australia"
    EUROPE = "Europe"
    INDIAN = "Indian"
    PACIFIC = "Pacific"


class Country(Model):
    """A country or territory of ISO 3166."""

    name = fields.SingleLineText(required=True)
    code = fields.SingleLineText(required=True, max_length=2)
    zones = fields.LinkedRecords(to="Zone")
    # With its id in a field of its own, any number of linked records loads in one search.
    record_id = fields.RecordId()

    class Meta:
        """Where the countries are."""

        database_name = "Time zones"
        table_name = "Countries"


class Zone(Model):
    """A time zone of the IANA database."""

    name = fields.SingleLineText(required=True)
    region = fields.Select(choices=Region, required=True)
    latitude = fields.Number()
    longitude = fields.Number()
    utc_offset = fields.Number(name="UTC offset", description="Hours ahead of UTC, in standard time")
    daylight_saving = fields.Checkbox()
    comments = fields.LongText()
    countries = fields.LinkedRecords(to=Country, inverse="zones")
    record_id = fields.RecordId()

    class Meta:
        """Where the zones are."""

        database_name = "Time zones"
        table_name = "Zones"
