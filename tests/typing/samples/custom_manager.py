"""A query set of one's own, made a manager: its methods chain with the inherited ones."""

from typing import Self, assert_type

from softrorm import Model, QuerySet, TypedModel, fields


class TaskQuerySet(QuerySet["Task"]):
    def late(self) -> Self:
        return self.filter(status="Late")


class Task(Model):
    title = fields.SingleLineText("aa001", required=True)
    status = fields.Select("aa002")

    objects = TaskQuerySet.as_manager()

    class Meta:
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "J563LaZ43bZSQy"


class NoteQuerySet(QuerySet["Note"]):
    def short(self) -> Self:
        return self.exclude(text__contains="\n")


class Note(TypedModel):
    text: fields.LongText = fields.LongText("aa001")

    objects = NoteQuerySet.as_manager()

    class Meta:
        database = "e74de047-f727-4f98-aa2a-7bda298672d3"
        table = "J563LaZ43bZSQz"


def chains() -> None:
    assert_type(Task.objects, TaskQuerySet)
    assert_type(Task.objects.late(), TaskQuerySet)
    assert_type(Task.objects.filter(title="x").late().order_by("title"), TaskQuerySet)
    assert_type(Task.objects.late()[:5], TaskQuerySet)
    assert_type(Task.objects.late().get(), Task)
    assert_type(Task.objects.late().first(), Task | None)
    for task in Task.objects.late():
        assert_type(task, Task)
    assert_type(Note.objects.short().first(), Note | None)
    Note(text="x")
