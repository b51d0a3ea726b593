"""``softrorm graph``: tables and the links between them as a diagram."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from softrorm.cli.connection import open_client, url_option
from softrorm.cli.exits import Exit, Stop
from softrorm.cli.output import examples, note
from softrorm.client.errors import ConfigurationError

if TYPE_CHECKING:
    from softrorm.models.model import Model


@click.command(
    "graph",
    epilog=examples(
        "softrorm graph Tracker",
        "softrorm graph Tracker -o tracker.svg",
        "softrorm graph --models myapp.models -o docs/models.mmd",
    ),
)
@click.argument("database", required=False)
@click.option("--models", metavar="MODULE", help="The models of a module instead of a live database.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Ends with .mmd for Mermaid, .dot for Graphviz, or .svg, which needs Graphviz; else Mermaid on stdout.",
)
@url_option
def command(database: str | None, models: str | None, output: Path | None, url: str | None) -> None:
    """Draw tables and their links.

    Those of DATABASE, an id or a name, or the models of a module. Mermaid is a text that GitHub and many editors
    draw.
    """
    if (database is None) == (models is None):
        both = ", not both" if models else ""
        raise click.UsageError(f"give a DATABASE, or --models and a module{both}")
    draw = _drawer(output)
    if models:
        from softrorm.cli.modules import load_module
        from softrorm.schema.groups import models_of

        text = draw(models_of(load_module(models)))
    else:
        text = _drawn_live(database or "", url, draw)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        note(f"Drawn into {output}.")


def _drawn_live(database: str, url: str | None, draw: Callable[[Any], str]) -> str:
    from softrorm.schema.find import find_database
    from softrorm.schema.reflect import model_of

    try:
        with open_client(url) as client:
            place = find_database(client, database)
            reflected: list[type[Model]] = [model_of(client, place.id, table) for table in client.schema(place.id)]
    except ConfigurationError as error:
        if "." in database and all(part.isidentifier() for part in database.split(".")):
            # Other commands take modules there.
            error.add_note(f"To draw the models of a module write: softrorm graph --models {database}")
        raise
    if not reflected:
        raise Stop(f"The database {place.name!r} has no tables.")
    return draw(reflected)


def _drawer(output: Path | None) -> Callable[[Any], str]:
    from softrorm.schema import graph

    drawers = {".mmd": graph.mermaid, ".dot": graph.graphviz, ".svg": graph.svg}
    if output is not None and output.suffix.lower() not in drawers:
        raise Stop(f"{output}: the name of the file ends with .mmd, .dot or .svg, and so says what it is.", Exit.USAGE)
    return drawers[output.suffix.lower() if output else ".mmd"]
