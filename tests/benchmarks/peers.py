"""The same task tracker in the mappers beside which softrorm is measured, each in its own idiom and its fastest way.

What is the same work and what is not: softrorm, pyairtable and pydantic start from the decoded page of their service;
pyairtable's in Airtable's form, with names for ids and labels for choices. Django, SQLAlchemy and peewee map
databases, so they start from rows in SQLite, in memory; the time that SQLite takes is in their figures, that of
``json.loads`` in nobody's. All hold twelve attributes with the same types, but that choices are plain text for most
others, that links are bare ids in the databases' mappers, and that pydantic keeps the ``{id, label}`` of choices and
links as small models.
"""

import json
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any

import tracker

import softrorm

STATUSES, SOON = ["Urgent", "Done"], datetime.now(UTC)


class Peer:
    """What is measured of a mapper; what it has no counterpart for stays ``None``."""

    name: str
    define: str
    """A program that imports it and defines a model."""
    names: Sequence[str] = tracker.NAMES
    checks = True
    """Whether assignment checks the type."""
    keeps_page = False
    """Whether its objects refer to the decoded page."""
    changes: Callable[[Any], object] | None = None
    compile: Callable[[], object] | None = None

    def __init__(self, rows: list[dict]) -> None:
        """Take the decoded rows, and prepare what the mapper starts from."""
        raise NotImplementedError

    def objects(self) -> list[Any]:
        """The objects of the page."""
        raise NotImplementedError

    @property
    def version(self) -> str:
        return version(self.name)


class Softrorm(Peer):
    name = "softrorm"
    version = softrorm.__version__
    define = "from softrorm import Model, fields\nclass M(Model):\n a = fields.Number('aaaaa')"
    keeps_page = True

    def __init__(self, rows):
        self.rows = rows
        query = tracker.Task.objects.filter(status__is_one_of=STATUSES, hours__gt=3, due__lt=SOON)
        self.compile = query.to_dict

    def objects(self):
        return tracker.Task._meta.instances(self.rows, tracker.Task._meta.static_binding())

    @staticmethod
    def changes(task):
        return task.dirty_fields


class Pyairtable(Peer):
    name = "pyairtable"
    define = (
        "from pyairtable.orm import Model, fields\nclass M(Model):\n a = fields.NumberField('a')\n"
        " class Meta:\n  api_key = base_id = table_name = 'x'"
    )

    def __init__(self, rows):
        from pyairtable.formulas import AND, GT, LT, OR, Field
        from pyairtable.orm import Model, fields

        place = {"api_key": "x", "base_id": "appx", "table_name": "Projects"}
        air_project = type("AirProject", (Model,), {"name": fields.TextField("pname"), "Meta": place})

        class AirTask(Model):
            title = fields.SingleLineTextField("title")
            notes = fields.MultilineTextField("notes")
            email = fields.EmailField("email")
            hours = fields.NumberField("hours")
            price = fields.CurrencyField("price")
            stars = fields.RatingField("stars")
            done = fields.CheckboxField("done1")
            status = fields.SelectField("stats")
            tags = fields.MultipleSelectField("tags1")
            due = fields.DatetimeField("due12")
            day = fields.DateField("day12")
            project = fields.SingleLinkField("proj1", air_project, lazy=True)
            Meta = {**place, "table_name": "Tasks"}

        self.model = AirTask
        self.rows = [_as_airtable_shows(row) for row in rows]
        formula = AND(OR(*(Field("Status").eq(one) for one in STATUSES)), GT(Field("Hours"), 3), LT(Field("Due"), SOON))
        self.compile = lambda: str(formula)

    def objects(self):
        from_record = self.model.from_record
        return [from_record(row) for row in self.rows]


class Pydantic(Peer):
    name = "pydantic"
    define = "from pydantic import BaseModel\nclass M(BaseModel):\n a: float"

    def __init__(self, rows):
        from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

        class Named(BaseModel):
            id: str
            label: str

        class TypedTask(BaseModel):
            model_config = ConfigDict(validate_assignment=True)
            title: str | None
            notes: str | None
            email: str | None
            hours: int | float | None
            price: Decimal | None
            stars: int | None
            done: bool = Field(alias="done1")
            status: Named | None = Field(alias="stats")
            tags: list[Named] = Field(alias="tags1")
            due: datetime | None = Field(alias="due12")
            day: date | None = Field(alias="day12")
            project: Named | None = Field(alias="proj1")

        self.rows = [row["fields"] for row in rows]
        self.validate = TypeAdapter(list[TypedTask]).validate_python

    def objects(self):
        return self.validate(self.rows)


class Django(Peer):
    name = "django"
    define = (
        "from django.conf import settings\nsettings.configure(INSTALLED_APPS=[])\nimport django\ndjango.setup()\n"
        "from django.db import models\nclass M(models.Model):\n a = models.FloatField()\n"
        " class Meta:\n  app_label = 'tracker'"
    )
    names = (*tracker.NAMES[:-1], "project_id")
    checks = False

    def __init__(self, rows):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._define(rows)

    def _define(self, rows):
        import django
        from django.conf import settings

        if not settings.configured:
            database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
            settings.configure(DATABASES={"default": database}, USE_TZ=True, INSTALLED_APPS=[])
            django.setup()
        from django.db import connection, models

        class DjangoProject(models.Model):
            class Meta:
                app_label = "tracker"

        class DjangoTask(models.Model):
            id = models.CharField(max_length=14, primary_key=True)
            title = models.CharField(max_length=200, null=True)
            notes = models.TextField(null=True)
            email = models.EmailField(null=True)
            hours = models.FloatField(null=True)
            price = models.DecimalField(max_digits=15, decimal_places=2, null=True)
            stars = models.IntegerField(null=True)
            done = models.BooleanField()
            status = models.CharField(max_length=50, choices=[(one, one) for one in STATUSES], null=True)
            tags = models.JSONField()
            due = models.DateTimeField(null=True)
            day = models.DateField(null=True)
            project = models.ForeignKey(DjangoProject, models.DO_NOTHING, null=True, db_constraint=False)

            class Meta:
                app_label = "tracker"

        with connection.schema_editor() as editor:
            editor.create_model(DjangoTask)
        DjangoTask.objects.bulk_create(DjangoTask(**{**values, "project_id": 1}) for values in map(_as_values, rows))
        self.everything = DjangoTask.objects.all()
        query = DjangoTask.objects.filter(status__in=STATUSES, hours__gt=3, due__lt=SOON).query
        self.compile = query.sql_with_params

    def objects(self):
        return list(self.everything.all())


class SQLAlchemy(Peer):
    name = "sqlalchemy"
    define = (
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\nclass B(DeclarativeBase): pass\n"
        "class M(B):\n __tablename__ = 'm'\n a: Mapped[float] = mapped_column(primary_key=True)"
    )
    names = (*tracker.NAMES[:-1], "project_id")
    checks = False

    def __init__(self, rows):
        import sqlalchemy as sa
        from sqlalchemy.dialects import sqlite
        from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

        class Base(DeclarativeBase):
            pass

        class AlchemyTask(Base):
            __tablename__ = "tasks"
            id: Mapped[str] = mapped_column(primary_key=True)
            title: Mapped[str | None]
            notes: Mapped[str | None]
            email: Mapped[str | None]
            hours: Mapped[float | None]
            price: Mapped[Decimal | None] = mapped_column(sa.Numeric(15, 2))
            stars: Mapped[int | None]
            done: Mapped[bool]
            status: Mapped[str | None]
            tags: Mapped[list[str]] = mapped_column(sa.JSON)
            due: Mapped[datetime | None]
            day: Mapped[date | None]
            project_id: Mapped[str | None]

        self.engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        Base.metadata.create_all(self.engine)
        self.session = Session(self.engine)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLite has no decimals, which SQLAlchemy says
            self.session.add_all([AlchemyTask(**_as_values(row)) for row in rows])
            self.session.commit()
        self.everything = sa.select(AlchemyTask)
        conditions = (AlchemyTask.status.in_(STATUSES), AlchemyTask.hours > 3, AlchemyTask.due < SOON)
        narrowed, dialect = sa.select(AlchemyTask).where(*conditions), sqlite.dialect()
        self.compile = lambda: narrowed.compile(dialect=dialect).params

    def objects(self):
        self.session.expunge_all()  # those of the last round, which it would hand out again
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(self.session.scalars(self.everything))

    def changes(self, task):
        return self.session.is_modified(task)


class Peewee(Peer):
    name = "peewee"
    define = "import peewee\nclass M(peewee.Model):\n a = peewee.FloatField()"
    names = (*tracker.NAMES[:-1], "project_id")
    checks = False

    def __init__(self, rows):
        import peewee
        from playhouse.sqlite_ext import JSONField

        database = peewee.SqliteDatabase(":memory:")

        class PeeweeTask(peewee.Model):
            id = peewee.CharField(primary_key=True)
            title = peewee.CharField(null=True)
            notes = peewee.TextField(null=True)
            email = peewee.CharField(null=True)
            hours = peewee.FloatField(null=True)
            price = peewee.DecimalField(15, 2, null=True)
            stars = peewee.IntegerField(null=True)
            done = peewee.BooleanField()
            status = peewee.CharField(null=True)
            tags = JSONField()
            due = peewee.DateTimeField(null=True)
            day = peewee.DateField(null=True)
            project_id = peewee.CharField(null=True)

            class Meta:
                table_name = "tasks"

        PeeweeTask.bind(database)
        database.create_tables([PeeweeTask])
        for row in rows:
            PeeweeTask.create(**_as_values(row))
        self.model = PeeweeTask
        conditions = (PeeweeTask.status.in_(STATUSES), PeeweeTask.hours > 3, PeeweeTask.due < SOON)
        narrowed = PeeweeTask.select().where(*conditions)
        self.compile = lambda: narrowed.clone().sql()

    def objects(self):
        return list(self.model.select())

    @staticmethod
    def changes(task):
        return task.dirty_fields


PEERS: tuple[type[Peer], ...] = (Softrorm, Pyairtable, Pydantic, Django, SQLAlchemy, Peewee)


def _as_airtable_shows(row: dict) -> dict:
    values = row["fields"]
    shown = {
        **values,
        "stats": values["stats"]["label"],
        "tags1": [tag["label"] for tag in values["tags1"]],
        "proj1": [values["proj1"]["id"]],
    }
    return {"id": row["id"], "createdTime": row["createdAt"], "fields": shown}


def _as_values(row: dict) -> dict:
    """The values of a row by attribute, as a database's mapper takes them."""
    task = tracker.Task.from_record(json.loads(json.dumps(row)))
    return {
        "id": task.id,
        **{name: getattr(task, name) for name in tracker.NAMES[:-1]},
        "status": str(task.status),
        "tags": [str(tag) for tag in task.tags],
        "project_id": task.project.id,
    }
