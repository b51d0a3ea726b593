"""``Model.objects`` and managers of one's own."""

import pytest

from softrorm import Model, Q, QuerySet, fields


class TaskQuerySet(QuerySet):
    def late(self):
        return self.filter(due__is_not_empty=True)


class Task(Model):
    title = fields.SingleLineText("Title")
    due = fields.DateTime("Due00")

    objects = TaskQuerySet.as_manager()

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "TaskTable00006"


class Base(Model):
    title = fields.SingleLineText("Title")

    class Meta:
        abstract = True


def test_a_query_set_of_ones_own_goes_through_the_whole_chain():
    query = Task.objects.late().filter(title="x").order_by("-due")[:5]
    assert isinstance(query, TaskQuerySet)
    assert query.to_dict() == Task.objects.filter(Q(due__is_not_empty=True), title="x").order_by("-due")[:5].to_dict()


def test_each_access_starts_a_query_of_its_own():
    assert Task.objects is not Task.objects


def test_queries_start_from_the_class_and_from_models_with_a_table():
    with pytest.raises(AttributeError, match=r"^Use Task\.objects: a query starts from the class, not from a record"):
        Task().objects  # noqa: B018
    with pytest.raises(AttributeError, match=r"^Base is abstract and has no table to query"):
        Base.objects  # noqa: B018
    with pytest.raises(AttributeError, match=r"^Model is abstract"):
        Model.objects  # noqa: B018


def test_a_derived_model_has_the_manager_of_its_base():
    class Urgent(Task):
        pass

    assert isinstance(Urgent.objects.late(), TaskQuerySet)
    assert Urgent.objects.model is Urgent
