"""Fields on abstract bases and mixins, and functions over any model."""

from datetime import datetime
from typing import TypeVar, assert_type

from softrorm import Model, QuerySet, fields

M = TypeVar("M", bound=Model)
T = TypeVar("T")


class Noted:
    note = fields.LongText("ab001")


class Base(Model):
    title = fields.SingleLineText("ab002", required=True)
    done_at = fields.DateTime("ab003")

    class Meta:
        abstract = True
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"


class Step(Noted, Base):
    order = fields.Number("ab004")

    class Meta(Base.Meta):
        table = "J563LaZ43bZSQy"
        ordering = ["order"]


class PagedQuerySet(QuerySet[T]):
    def page(self, number: int) -> list[T]:
        return list(self[number * 50 : (number + 1) * 50])


class Chapter(Base):
    objects = PagedQuerySet["Chapter"].as_manager()

    class Meta(Base.Meta):
        table = "J563LaZ43bZSQz"


def newest(model: type[M]) -> M | None:
    return model.objects.order_by("-created_at").first()


def titles(steps: QuerySet[Step]) -> list[str]:
    return [step.title for step in steps]


def inherited(step: Step) -> None:
    assert_type(step.title, str)
    assert_type(step.done_at, datetime | None)
    assert_type(step.note, str | None)
    assert_type(step.created_at, datetime | None)
    assert_type(Step.title, fields.SingleLineText[str])
    assert_type(Step.objects, QuerySet[Step])
    assert_type(newest(Step), Step | None)
    assert_type(Chapter.objects.filter(title="x"), PagedQuerySet[Chapter])
    assert_type(Chapter.objects.page(2), list[Chapter])
    titles(Step.objects.filter(Step.order > 2))
