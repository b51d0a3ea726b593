"""Conditions combine into trees of any shape and depth, and say what they are."""

import json
import pickle
from functools import reduce
from operator import or_

import pytest

from softrorm import InvalidQuery, Model, Q, fields


class Task(Model):
    title = fields.SingleLineText("Title")
    qty = fields.Number("Qty00")
    due = fields.DateTime("Due00")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "TaskTable00003"


class Project(Model):
    title = fields.SingleLineText("Title")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "ProjTable00003"


class Urgent(Task):
    level = fields.Number("Level")


def compiled(queryset):
    return queryset.to_dict()["filter"]["condition"]


TITLE = {"leftSide": "Title", "operator": "IS", "rightSide": "x"}
QTY = {"leftSide": "Qty00", "operator": "GREATER_THAN", "rightSide": 1}
EMPTY = {"leftSide": "Due00", "operator": "IS_EMPTY"}


def test_and_or_and_their_nesting():
    assert compiled(Task.objects.filter(Q(title="x") & Q(qty__gt=1))) == {
        "operator": "AND",
        "conditions": [TITLE, QTY],
    }
    tree = {"operator": "AND", "conditions": [TITLE, {"operator": "OR", "conditions": [QTY, EMPTY]}]}
    assert compiled(Task.objects.filter(Q(title="x") & (Q(qty__gt=1) | Q(due=None)))) == tree
    assert compiled(Task.objects.filter((Task.title == "x") & ((Task.qty > 1) | Task.due.is_empty()))) == tree


def test_everything_that_filter_is_given_must_hold():
    spelled = [
        Task.objects.filter(title="x", qty__gt=1),
        Task.objects.filter(title="x").filter(qty__gt=1),
        Task.objects.filter(Q(title="x"), Task.qty > 1),
        Task.objects.filter(Q(Q(title="x"), qty__gt=1)),
    ]
    assert all(compiled(query) == {"operator": "AND", "conditions": [TITLE, QTY]} for query in spelled)


def test_one_condition_stands_alone():
    assert compiled(Task.objects.filter(Q(Q(Q(title="x"))))) == TITLE
    assert Task.objects.filter(Q()).to_dict() == {"paging": {"offset": 0, "limit": 200}}


def test_a_filter_leaves_the_query_it_started_from_as_it_was():
    base = Task.objects.filter(title="x")
    base.filter(qty__gt=1)
    base.order_by("-due")
    base[3:5]
    base.exclude(due=None)
    assert base.to_dict() == {"filter": {"condition": TITLE}, "paging": {"offset": 0, "limit": 200}}


def test_groups_nest_without_limit():
    tree = Q(title="x")
    for level in range(400):
        tree = tree | Q(qty__gt=level) if level % 2 else tree & ~Q(title=str(level))
    query = Task.objects.filter(~tree)
    node, depth = compiled(query), 0
    while "conditions" in node:
        node, depth = node["conditions"][0], depth + 1
    assert depth == 400
    assert repr(query).count(" OR ") == 200
    assert json.loads(json.dumps(query.to_dict())) == query.to_dict()
    assert query.matches(Task(title="x", qty=1)) in {True, False}


def test_an_or_of_five_thousand_conditions_is_one_flat_group():
    tree = reduce(or_, (Task.title == str(number) for number in range(5000)))
    condition = compiled(Task.objects.filter(tree))
    assert condition["operator"] == "OR"
    assert len(condition["conditions"]) == 5000


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: 1 < Task.qty < 5,
        lambda: Task.title == "x" and Task.qty > 1,
        lambda: not Q(title="x"),
    ],
)
def test_a_condition_has_no_truth_value_that_could_swallow_another(mistake):
    with pytest.raises(TypeError, match=r"^A condition has no truth value\. Join conditions with & and"):
        mistake()


def test_conditions_join_only_with_conditions():
    with pytest.raises(TypeError):
        Q(title="x") & "y"
    with pytest.raises(TypeError, match=r"^Q\(\) takes conditions and look-ups, not 'y'; write Q\(status='Done'\)"):
        Q("y")


def test_a_condition_of_another_model_is_refused_even_where_the_attribute_is_called_the_same():
    with pytest.raises(InvalidQuery, match=r"^Project\.title is not a field of Task; its fields are id, "):
        Task.objects.filter(Project.title == "x")


def test_a_condition_of_a_base_model_serves_the_models_derived_from_it():
    assert compiled(Urgent.objects.filter(Task.title == "x")) == TITLE
    with pytest.raises(InvalidQuery, match=r"^Urgent\.level is not a field of Task"):
        Task.objects.filter(Urgent.level > 1)


def test_a_tree_shows_what_it_asks():
    tree = Q(title="x") & ~(Q(qty__gt=1) | Q(due=None))
    assert repr(tree) == "(Q(title='x') AND ~(Q(qty__gt=1) OR Q(due=None)))"
    assert repr(Task.objects.filter(tree)) == (
        "<QuerySet Task.objects.filter((<Task.title IS 'x'> AND ~(<Task.qty GREATER_THAN 1> OR <Task.due IS_EMPTY>)))>"
    )
    assert repr(Task.objects.order_by("-due")[5:10]) == "<QuerySet Task.objects.order_by('-due')[5:10]>"


def test_query_sets_pickle_with_all_that_was_asked():
    for query in (
        Task.objects.filter(Q(title="x") | ~Q(qty__in=[1, 2])).order_by("-due")[5:10],
        Task.objects.all(),
        Task.objects.none(),
    ):
        copy = pickle.loads(pickle.dumps(query))
        assert (copy.to_dict(), repr(copy)) == (query.to_dict(), repr(query))
    assert pickle.loads(pickle.dumps(Task.objects.none())).update(title="x") == 0


def test_a_raw_filter_goes_out_as_it_is_beside_the_rest():
    raw = {"leftSide": "zzzzz", "operator": "IS_WITHIN", "lowerBound": 1, "upperBound": 2}
    assert compiled(Task.objects.raw_filter(raw)) == raw
    assert compiled(Task.objects.filter(title="x").raw_filter(raw)) == {"operator": "AND", "conditions": [TITLE, raw]}
    asked = {"operator": "AND", "conditions": []}
    assert compiled(Task.objects.raw_filter(asked)) == asked


@pytest.mark.parametrize("condition", [{}, {"operator": 5}, "IS", None, [("operator", "IS")]])
def test_a_raw_filter_without_an_operator_is_refused(condition):
    with pytest.raises(InvalidQuery, match=r"^raw_filter\(\) takes a condition with an 'operator', not "):
        Task.objects.raw_filter(condition)
