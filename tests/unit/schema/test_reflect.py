"""Reflecting: models made from live tables, how their fields are called, and where their links lead."""

from __future__ import annotations

import asyncio
import gc
from datetime import date

import pytest

from softrorm import Client, ConfigurationError, InvalidQuery, InvalidValue, Model, fields
from softrorm.schema import areflect, create_tables, reflect
from softrorm.schema.names import attribute_name, class_name, member_name


class Album(Model):
    """A record."""

    title = fields.SingleLineText(required=True)
    genre = fields.Select(choices=["Jazz", "Blues"])
    released = fields.Date(name="Release date")
    artist = fields.LinkedRecord(to="Artist")

    class Meta:
        database_name = "Music"
        table_name = "Albums"


class Artist(Model):
    name = fields.SingleLineText()
    albums = fields.LinkedRecords(to=Album, inverse="artist")

    class Meta:
        database_name = "Music"
        table_name = "Artists"


@pytest.fixture
def music(client):
    create_tables(client, [Artist, Album])
    artist = Artist.objects.create(name="Ella")
    Album.objects.create(title="Live", genre="Jazz", released=date(1974, 4, 11), artist=artist)
    return client


def test_a_reflected_model_reads_and_writes_like_a_declared_one(music):
    albums = reflect(music, "Albums")
    assert albums.__name__ == "Albums"
    assert issubclass(albums, Model)
    live = albums.objects.get(genre="Jazz")
    assert (live.title, live.release_date, live.artist.name) == ("Live", date(1974, 4, 11), "Ella")
    live.genre = "Blues"
    live.save()
    assert Album.objects.get().genre == "Blues"


def test_it_needs_no_default_client(sandbox, music):
    from softrorm.client.default import set_default

    set_default(None)
    assert reflect(music, "Albums").objects.count() == 1


def test_choices_and_types_come_from_the_schema(music):
    albums = reflect(music, "Albums")
    with pytest.raises(InvalidQuery, match="one of 'Jazz', 'Blues'"):
        albums.objects.filter(genre="Rock")
    with pytest.raises(InvalidValue, match=r"Albums\.release_date takes a date"):
        albums(release_date="yesterday")
    with pytest.raises(InvalidValue, match=r"Albums\.title is required"):
        albums().save()


def test_links_lead_to_models_that_are_reflected_when_they_are_followed(music, assert_requests):
    albums = reflect(music, "Albums")
    with assert_requests(2):
        assert [album.title for album in albums.objects.filter(artist__name="Ella")] == ["Live"]
    artists = reflect(music, "Artists")
    assert albums.artist.target is artists
    assert artists.albums.target is albums
    new = albums(title="Studio", artist=artists.objects.get())
    new.save()
    assert {album.title for album in artists.objects.get().albums} == {"Live", "Studio"}


def test_a_link_to_a_table_that_is_gone_leads_to_records_with_a_label(music):
    albums = reflect(music, "Albums")
    music.delete_table(albums._meta.database, Artist._meta.binding(music).table, force=True)
    assert albums.artist.target._meta.table == albums.artist.to


def test_a_client_has_one_model_of_a_table_until_the_table_changes(music):
    albums = reflect(music, "Albums")
    assert reflect(music, "music/ALBUMS") is albums
    music.create_field(albums._meta.database, albums._meta.table, "Label", "SINGLE_LINE_TEXT")
    changed = reflect(music, "Albums")
    assert changed is not albums
    assert "label" in changed._meta.fields
    with Client(music.sandbox) as other:
        assert reflect(other, "Albums") is not changed


def test_declared_models_never_link_to_reflected_ones(music):
    name, table = Artist.__name__, Artist._meta.binding(music).table
    reflected = reflect(music, "Artists")

    class Label(Model):
        artist = fields.LinkedRecord(to="Artists")

    with pytest.raises(ConfigurationError, match="no model has this name"):
        _ = Label.artist.target
    assert Album.artist.target is Artist
    assert (reflected._meta.table, name) == (table, "Artist")


def test_what_is_asked_is_what_it_says(music, assert_requests):
    with assert_requests(1):
        reflect(music, "Music/Albums")
    music.schema_cache.drop()
    with assert_requests(2):
        reflect(music, "Albums")


def test_it_has_a_twin(music):
    assert asyncio.run(areflect(music, "Albums")) is reflect(music, "Albums")


def test_models_go_with_their_client(sandbox, music):
    import weakref

    other = sandbox.client()
    model = weakref.ref(reflect(other, "Albums"))
    assert model() is not None
    other.close()
    del other
    gc.collect()
    assert model() is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Album", "this account has no table 'Album'. Did you mean 'Albums'? Its tables are 'Music/"),
        ("music/Artist", "the database 'Music' has no table 'Artist'. Did you mean 'Artists'? Its tables are 'A"),
        ("Musik/Artists", "this account has no table 'Musik/Artists'. Did you mean 'Music/Artists'?"),
    ],
)
def test_a_table_that_is_not_there_is_answered_with_the_nearest(music, asked, said):
    with pytest.raises(ConfigurationError) as error:
        reflect(music, asked)
    assert str(error.value).startswith(said)


def test_a_name_that_two_tables_have_is_answered_with_both(music):
    second = music.create_database("Archive", music.sandbox.workspace_id)
    table = music.create_table(second.id, "Albums")
    with pytest.raises(ConfigurationError, match="2 tables called 'Albums': 'Music/Albums'") as error:
        reflect(music, "Albums")
    assert f"'Archive/Albums' ({table.id}). Give one of these names, or the id." in str(error.value)
    assert reflect(music, table.id) is reflect(music, "archive/albums")
    music.create_table(second.id, "Albums")
    with pytest.raises(ConfigurationError, match=r"2 tables called 'Albums': .*\. Give the id\.$"):
        reflect(music, "Archive/Albums")


def test_names_with_a_slash_are_found(music):
    database = music.create_database("A/B", music.sandbox.workspace_id)
    music.create_table(database.id, "C/D")
    assert reflect(music, "C/D") is reflect(music, "a/b/c/d")


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("Due date", "due_date"),
        ("  E-mail (work) ", "e_mail_work"),
        ("2nd phone", "field_2nd_phone"),
        ("class", "class_"),
        ("Save", "save_"),
        ("ID", "id_"),
        ("Created at", "created_at_"),
        ("a__b", "a_b"),
        ("Fälligkeit", "falligkeit"),
        ("状態", "状態"),
        ("Größe", "grosse"),
        ("%", "percent"),
        ("# of people", "number_of_people"),
        ("dueDate", "due_date"),
        ("PDFFile", "pdf_file"),
        ("IDs", "ids"),
        ("नाम", "नाम"),
        ("💥", "field"),
        ("", "field"),
    ],
)
def test_attributes_are_the_names_as_python_can_call_them(name, attribute):
    assert attribute_name(name) == attribute
    assert attribute.isidentifier()


def test_names_that_come_to_the_same_are_told_apart():
    assert attribute_name("Due-date", {"due_date"}) == "due_date_2"
    assert attribute_name("Due.date", {"due_date", "due_date_2"}) == "due_date_3"
    assert attribute_name("Save!", {"save_"}) == "save_2"
    assert class_name("Time zones", {"TimeZones"}) == "TimeZones2"


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("Time zones", "TimeZones"),
        ("HTTP log", "HTTPLog"),
        ("2025", "Table2025"),
        ("!", "Table"),
        ("model", "ModelTable"),
    ],
)
def test_classes_are_the_names_of_tables_as_python_can_call_them(name, cls):
    assert class_name(name) == cls


@pytest.mark.parametrize(
    ("label", "member"),
    [
        ("In progress", "IN_PROGRESS"),
        ("1st", "CHOICE_1ST"),
        ("💥", "CHOICE"),
        ("None", "NONE"),
        ("I", "CHOICE_I"),
        ("já", "JA"),
    ],
)
def test_members_are_the_labels_of_choices_as_python_can_call_them(label, member):
    assert member_name(label) == member
    assert member_name(label, {member}) == f"{member}_2"


def test_long_names_end_at_a_word():
    assert (
        attribute_name("The day on which the whole of the work has to be done")
        == "the_day_on_which_the_whole_of_the_work"
    )
    assert class_name("x" * 99) == "X" + "x" * 39


def test_a_lookup_knows_what_it_shows_so_that_look_ups_across_the_link_need_one_request(music, assert_requests):
    [database] = music.list_databases()
    tables = {one.name: one for one in music.list_tables(database.id)}
    albums, artists = tables["Albums"], tables["Artists"]
    for name, of in (("By", "Name"), ("Also by them", "Albums")):
        path = {"linkedRecordFieldId": albums.field("Artist").id, "lookupFieldId": artists.field(of).id}
        music.create_field(database.id, albums.id, name, "LOOKUP", path)
    model = reflect(music, "Albums")
    assert (model.by.through, model.by.of) == ("artist", "name")
    with assert_requests(1):
        [album] = model.objects.filter(artist__name="Ella")
    assert (album.by, [one.title for one in album.also_by_them]) == ("Ella", ["Live"])
