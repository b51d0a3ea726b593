"""Graphs: models and the links between them as a diagram, in the text of Mermaid or of Graphviz.

A live database is drawn through the models that reflect it. The two ends of one relation are one line.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from shutil import which
from typing import Any

from softrorm.client.errors import ConfigurationError
from softrorm.fields.link import LinkField
from softrorm.models.model import Model

DRAWING = 60.0  # seconds that Graphviz may take


@dataclass(frozen=True, slots=True)
class Relation:
    """A line between two tables.

    Attributes:
        link: The link that it stands for.
        target: The model that it leads to.
        inverse: The other end of the relation; ``None`` where there is none.
    """

    link: LinkField[Any]
    target: type[Model]
    inverse: LinkField[Any] | None

    @property
    def label(self) -> str:
        """The names of both ends."""
        return " / ".join(dict.fromkeys(end.name for end in (self.link, self.inverse) if end is not None))

    @property
    def from_many(self) -> bool:
        """Whether several records may lead to one; so it is where nobody says otherwise."""
        return self.inverse is None or self.inverse.many


def mermaid(models: Iterable[type[Model]]) -> str:
    """Models as an entity relationship diagram of Mermaid, which GitHub and many editors draw.

    Args:
        models: The models; what their links lead to is drawn too, without its fields.

    Returns:
        The text, to stand in a block of Markdown that says ``mermaid``.

    Makes no request; with reflected models, one for each database whose schema is not cached.
    """
    shown = list(models)
    lines = ["erDiagram"]
    for model in shown:
        lines.append(f"    {_entity(model)} {{")
        for field in _columns(model):
            comment = _quoted(field.name) if field.name != field.attribute else ""
            lines.append(f"        {type(field).__name__} {field.attribute} {comment}".rstrip())
        lines.append("    }")
    for relation in relations(shown):
        left, right = "}o" if relation.from_many else "|o", "o{" if relation.link.many else "o|"
        ends = f"{relation.link.model.__name__} {left}--{right} {relation.target.__name__}"
        lines.append(f"    {ends} : {_quoted(relation.label)}")
    return "\n".join(lines) + "\n"


def graphviz(models: Iterable[type[Model]]) -> str:
    """Models as a graph in the language of Graphviz, for ``dot``.

    Args:
        models: As for :func:`mermaid`.

    Makes no request; with reflected models, one for each database whose schema is not cached.
    """
    shown = list(models)
    lines = [
        "digraph models {",
        '    graph [rankdir=LR, fontname="Helvetica"];',
        '    node [shape=plain, fontname="Helvetica", fontsize=11];',
        '    edge [fontname="Helvetica", fontsize=9, color="#667085"];',
    ]
    for model in shown:
        rows = "".join(
            f'<tr><td align="left">{escape(field.name)}</td>'
            f'<td align="left"><font color="#667085">{type(field).__name__}</font></td></tr>'
            for field in _columns(model)
        )
        head = f'<tr><td colspan="2" bgcolor="#eaecf0"><b>{escape(_title(model))}</b></td></tr>'
        table = f'<table border="0" cellborder="1" cellspacing="0" cellpadding="4" color="#98a2b3">{head}{rows}</table>'
        lines.append(f"    {_quoted(model.__name__)} [label=<{table}>];")
    for relation in relations(shown):
        tail, head = "crow" if relation.from_many else "none", "crow" if relation.link.many else "none"
        ends = f"{_quoted(relation.link.model.__name__)} -> {_quoted(relation.target.__name__)}"
        lines.append(f"    {ends} [label={_quoted(relation.label)}, dir=both, arrowtail={tail}, arrowhead={head}];")
    return "\n".join(lines) + "\n}\n"


def svg(models: Iterable[type[Model]]) -> str:
    """Models as a picture, drawn by Graphviz.

    Args:
        models: As for :func:`mermaid`.

    Raises:
        ConfigurationError: Graphviz is not installed, or fails.

    Makes no request; with reflected models, one for each database whose schema is not cached.
    """
    dot = which("dot")
    if dot is None:
        raise ConfigurationError(
            "a picture takes Graphviz, whose program 'dot' is not on the PATH: install it (the package is called "
            "graphviz), or take the text of Mermaid, which GitHub and many editors draw."
        )
    try:
        done = subprocess.run(  # noqa: S603 - the program was found on the PATH, and what it gets is data
            [dot, "-Tsvg"], input=graphviz(models), capture_output=True, encoding="utf-8", timeout=DRAWING, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigurationError(f"Graphviz could not draw it: {error}") from error
    if done.returncode:
        raise ConfigurationError(f"Graphviz could not draw it: {done.stderr.strip()}")
    return done.stdout


def relations(models: Iterable[type[Model]]) -> Iterator[Relation]:
    """The links of models, each relation once, in the order of the models.

    Args:
        models: The models.

    Makes no request; with reflected models, one for each database whose schema is not cached.
    """
    seen: set[Any] = set()
    for model in models:
        for field in model._meta.own_fields.values():
            if not isinstance(field, LinkField) or field in seen:
                continue
            inverse = _inverse(field)
            seen.add(inverse)
            yield Relation(field, field.target, inverse)


def _inverse(link: LinkField[Any]) -> LinkField[Any] | None:
    """The other end: the field that says so, be it here or there, by its attribute or its id."""
    id = link.options.get("inverseLinkFieldId")
    for other in link.target._meta.own_fields.values():
        if not isinstance(other, LinkField) or other is link or other.target is not link.model:
            continue
        if (id and other.id == id) or other.attribute == link.inverse or other.inverse == link.attribute:
            return other
    return None


def _columns(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.own_fields.values() if not isinstance(field, LinkField)]


def _title(model: type[Model]) -> str:
    return model._meta.table_name


def _entity(model: type[Model]) -> str:
    """The model by its class, shown as its table is called."""
    title = _title(model)
    return model.__name__ if title == model.__name__ else f"{model.__name__}[{_quoted(title)}]"


def _quoted(text: str) -> str:
    # Neither language has an escape for a quote that both draw.
    return '"' + " ".join(text.replace('"', "'").replace("\\", "/").split()) + '"'
