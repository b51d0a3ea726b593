"""Models as diagrams: Mermaid, Graphviz, and pictures."""

from __future__ import annotations

import os
import shutil
import sys
from xml.etree import ElementTree

import pytest

from softrorm import ConfigurationError, Model, create_tables, fields
from softrorm.schema import reflect
from softrorm.schema.graph import graphviz, mermaid, relations, svg


class Studio(Model):
    name = fields.SingleLineText()
    films = fields.LinkedRecords(to="Film", inverse="studio")
    head = fields.LinkedRecord(to="Person", inverse="heads")

    class Meta:
        database_name = "Film"


class Film(Model):
    title = fields.SingleLineText(name='The "title"')
    year = fields.Number()
    studio = fields.LinkedRecord(to=Studio)
    cast = fields.LinkedRecords(to="Person", inverse="films")
    sequel = fields.LinkedRecord(to="self")

    class Meta:
        database_name = "Film"
        table_name = "Feature films"


class Person(Model):
    name = fields.SingleLineText()
    films = fields.LinkedRecords(to=Film)
    heads = fields.LinkedRecord(to=Studio)

    class Meta:
        database_name = "Film"


MODELS = (Studio, Film, Person)


def test_mermaid_has_each_table_with_its_fields_and_each_relation_once():
    assert mermaid(MODELS) == (
        "erDiagram\n"
        "    Studio {\n"
        '        SingleLineText name "Name"\n'
        "    }\n"
        '    Film["Feature films"] {\n'
        "        SingleLineText title \"The 'title'\"\n"
        '        Number year "Year"\n'
        "    }\n"
        "    Person {\n"
        '        SingleLineText name "Name"\n'
        "    }\n"
        '    Studio |o--o{ Film : "Films / Studio"\n'
        '    Studio |o--o| Person : "Head / Heads"\n'
        '    Film }o--o{ Person : "Cast / Films"\n'
        '    Film }o--o| Film : "Sequel"\n'
    )


def test_a_live_database_looks_the_same(client):
    create_tables(client, MODELS)
    live = [reflect(client, name) for name in ("Studio", "Feature films", "Person")]
    lines = mermaid(live).splitlines()
    assert '    Studio |o--o{ FeatureFilms : "Films / Studio"' in lines
    assert '    FeatureFilms }o--o{ Person : "Cast / Films"' in lines
    assert "        SingleLineText the_title \"The 'title'\"" in lines
    assert len([line for line in lines if "--" in line]) in {4, 5}


def test_the_ends_of_a_relation_find_each_other_by_id(client):
    create_tables(client, MODELS)
    film = reflect(client, "Feature films")
    [one] = [one for one in relations([film]) if one.link.name == "Studio"]
    assert one.inverse is not None
    assert one.inverse.name == "Films"


def test_graphviz_draws_tables_with_their_fields_and_relations():
    text = graphviz([Film])
    assert text.startswith("digraph models {\n")
    assert "<b>Feature films</b>" in text
    assert "The &quot;title&quot;" in text
    assert '"Film" -> "Person" [label="Cast / Films", dir=both, arrowtail=crow, arrowhead=crow];' in text


def test_what_graphviz_takes_as_a_label_is_well_formed():
    text = graphviz(MODELS)
    for label in text.split("label=<")[1:]:
        ElementTree.fromstring(label.partition(">];")[0] + ("" if label.partition(">];")[0].endswith(">") else ">"))


def test_without_graphviz_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigurationError, match="takes Graphviz, whose program 'dot' is not on the PATH"):
        svg(MODELS)


def fake_dot(folder, monkeypatch, program):
    dot = folder / "dot"
    dot.write_text(f"#!{sys.executable}\nimport sys\n{program}\n")
    dot.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder) + os.pathsep + os.environ["PATH"])


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for Graphviz is a script")
def test_a_picture_is_what_graphviz_makes_of_it(tmp_path, monkeypatch):
    fake_dot(tmp_path, monkeypatch, "print(sys.argv[1], len(sys.stdin.read().splitlines()))")
    assert svg(MODELS) == f"-Tsvg {len(graphviz(MODELS).splitlines())}\n"


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for Graphviz is a script")
def test_what_graphviz_complains_of_is_told(tmp_path, monkeypatch):
    fake_dot(tmp_path, monkeypatch, "sys.exit('syntax error in line 1')")
    with pytest.raises(ConfigurationError, match="Graphviz could not draw it: syntax error in line 1"):
        svg(MODELS)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed (apt-get install graphviz)")
def test_graphviz_itself_takes_it():
    assert "<svg" in svg(MODELS)
