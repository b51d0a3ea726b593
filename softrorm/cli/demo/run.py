"""Running the demo: tables, records, the steps, and where to go from there.

All numbers printed are counted from the log of the sandbox, which sees every request that the client sends.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import click

from softrorm import Client, QuerySet, configure
from softrorm.cli.demo import data, show
from softrorm.cli.demo.models import Country, Region, Zone
from softrorm.cli.demo.steps import STEPS
from softrorm.sandbox import LoggedRequest
from softrorm.schema import create_tables

MODELS = (Country, Zone)


def run() -> None:
    """Run the demo and print what happens. Makes requests to a sandbox in this process only."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of countries have letters that not every output can show.
        sys.stdout.reconfigure(errors="replace")
    began = time.perf_counter()
    client = configure(Client("sandbox:"))
    assert client.sandbox is not None  # noqa: S101 - that is what the address says
    log = client.sandbox.requests
    click.secho("softrorm demo: the world's time zones, on a sandbox in this process", bold=True)

    _create(client, log)
    _load(log)
    names = {model._meta.binding().table: model._meta.table_name for model in MODELS}
    for at, step in enumerate(STEPS, 3):
        _show(at, step, log, names)
    _show_patch(len(STEPS) + 3, log)
    _farewell(log, time.perf_counter() - began)


def _create(client: Client, log: list[LoggedRequest]) -> None:
    show.heading("1. Tables, created from the models in softrorm/cli/demo/models.py")
    click.secho("  create_tables(client, [Country, Zone])", fg="cyan")
    create_tables(client, MODELS)
    for model in MODELS:
        binding = model._meta.binding()
        ids = ", ".join(f"{name} {binding.ids[name]}" for name in model._meta.own_fields)
        show.lines(f"Table {model._meta.table_name!r} with the fields {ids}.")
    click.secho(f"  {show.number(len(log), 'request')}", fg="yellow", bold=True)


def _load(log: list[LoggedRequest]) -> None:
    show.heading("2. Records, each made by a save")
    before, began = len(log), time.perf_counter()
    countries: dict[str, Country] = {}
    for code, name in show.progress("Countries", list(data.countries().items())):
        countries[code] = Country(code=code, name=name)
        countries[code].save()
    rows = data.zones()
    for row in show.progress("Zones    ", rows):
        zone = Zone(
            name=row.name,
            region=Region(row.name.partition("/")[0]),
            latitude=row.latitude,
            longitude=row.longitude,
            utc_offset=row.utc_offset,
            daylight_saving=row.daylight_saving,
            comments=row.comments,
            countries=[countries[code] for code in row.codes],
        )
        zone.save()
    links = sum(len(row.codes) for row in rows)
    click.echo(f"  {len(countries)} countries, {len(rows)} zones, {links} links between them.")
    taken = time.perf_counter() - began
    click.secho(f"  {show.number(len(log) - before, 'request')} in {taken:.1f} s", fg="yellow", bold=True)


def _show(at: int, step: Callable[[], Any], log: list[LoggedRequest], names: dict[str, str]) -> None:
    show.heading(f"{at}. {step.__doc__}")
    show.code(step)
    before = len(log)
    got = step()
    if isinstance(got, QuerySet):
        records = list(got)
        shown = [f"{record.name} ({record.utc_offset:+g})" for record in records[:6]]
        rest = f" and {len(records) - len(shown)} more" if len(records) > len(shown) else ""
        got = f"{show.number(len(records), 'record')}: {', '.join(shown)}{rest}"
    show.exchange(log[before:], names)
    for line in [f"{key}: {', '.join(value)}" for key, value in got.items()] if isinstance(got, dict) else [got]:
        show.lines(line)


def _show_patch(at: int, log: list[LoggedRequest]) -> None:
    show.heading(f"{at}. What the wire saw of that save")
    click.secho("  client.sandbox.requests[-1]", fg="cyan")
    patch = log[-1]
    click.echo(f"  {patch.method} .../{'/'.join(patch.path.split('/')[-2:])} {json.dumps(patch.body)}")
    attributes = {id: name for name, id in Zone._meta.binding().ids.items()}
    show.lines(", ".join(f"{id} is {attributes[id]}" for id in patch.body["fields"]))


def _farewell(log: list[LoggedRequest], seconds: float) -> None:
    methods = Counter(request.method for request in log)
    counted = ", ".join(f"{count} {method}" for method, count in methods.most_common())
    refused = sum(request.status >= 400 for request in log)
    show.heading(f"{show.number(len(log), 'request')} in {seconds:.1f} s: {counted}; {refused} refused.")
    click.echo("Where to go next:")
    for line in (
        "README.md            the same in twenty lines of your own",
        "docs/                models and fields, querying, saving, the sandbox",
        "softrorm sandbox     the same API on a port, for any program",
        "softrorm --help      all commands",
    ):
        click.echo(f"  {line}")
