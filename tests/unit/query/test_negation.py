"""``exclude(c)`` and ``~Q`` are the exact complement of ``filter(c)``, whatever a dialect says of empty cells."""

from dataclasses import replace

import pytest

from softrorm import Dialect, Model, Q, fields
from softrorm.sandbox import Sandbox

DIALECTS = {
    known: replace(Dialect.CURRENT, name=f"negatives_match_empty={known}", negatives_match_empty=known)
    for known in (None, True, False)
}


class Task(Model):
    title = fields.SingleLineText("Title")
    qty = fields.Number("Qty00")
    done = fields.Checkbox("Done0")
    tags = fields.MultiSelect("Tags0")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "TaskTable00002"


@pytest.fixture(scope="module")
def clients():
    with Sandbox() as sandbox:
        yield {known: sandbox.client(dialect=dialect) for known, dialect in DIALECTS.items()}


def compiled(queryset):
    return queryset.to_dict()["filter"]["condition"]


def c(left, operator, *right):
    return {"leftSide": left, "operator": operator, **({"rightSide": right[0]} if right else {})}


def either(*conditions):
    return {"operator": "OR", "conditions": list(conditions)}


def both(*conditions):
    return {"operator": "AND", "conditions": list(conditions)}


NO_TITLE, NO_QTY, NO_TAGS = c("Title", "IS_EMPTY"), c("Qty00", "IS_EMPTY"), c("Tags0", "IS_EMPTY")


@pytest.mark.parametrize(
    ("asked", "unknown", "matching", "skipping"),
    [
        # A positive operator: its opposite may or may not match empty cells, so they are asked for.
        (Q(title="x"), either(c("Title", "IS_NOT", "x"), NO_TITLE), c("Title", "IS_NOT", "x"), "unknown"),
        (
            Q(title__contains="x"),
            either(c("Title", "DOES_NOT_CONTAIN", "x"), NO_TITLE),
            c("Title", "DOES_NOT_CONTAIN", "x"),
            "unknown",
        ),
        # The opposite of an ordering operator never matches empty cells.
        (Q(qty__lt=5), either(c("Qty00", "GREATER_THAN_OR_EQUALS", 5), NO_QTY), "unknown", "unknown"),
        (Q(qty__gte=5), either(c("Qty00", "LESS_THAN", 5), NO_QTY), "unknown", "unknown"),
        # A negative operator passes as it is; its complement takes empty cells only where it left them out itself.
        (Q(title__is_not="x"), c("Title", "IS", "x"), "unknown", either(c("Title", "IS", "x"), NO_TITLE)),
        (
            Q(tags__has_none_of=["a"]),
            c("Tags0", "HAS_ANY_OF", ["a"]),
            "unknown",
            either(c("Tags0", "HAS_ANY_OF", ["a"]), NO_TAGS),
        ),
        # HAS_ALL_OF has no opposite: one of them is missing.
        (
            Q(tags__has_all_of=["a", "b"]),
            either(c("Tags0", "HAS_NONE_OF", ["a"]), c("Tags0", "HAS_NONE_OF", ["b"]), NO_TAGS),
            "unknown",
            "unknown",
        ),
        (
            Q(tags__has_any_of=["a"]),
            either(c("Tags0", "HAS_NONE_OF", ["a"]), NO_TAGS),
            c("Tags0", "HAS_NONE_OF", ["a"]),
            "unknown",
        ),
        (Q(title=None), c("Title", "IS_NOT_EMPTY"), "unknown", "unknown"),
        (Q(title__is_not_empty=True), NO_TITLE, "unknown", "unknown"),
        # A checkbox is never empty.
        (Q(done=True), c("Done0", "IS_NOT", True), "unknown", "unknown"),
    ],
    ids=repr,
)
def test_the_complement_of_a_condition(asked, unknown, matching, skipping, clients):
    known = {None: unknown, True: matching, False: skipping}
    for position, client in clients.items():
        expected = unknown if isinstance(known[position], str) else known[position]
        assert compiled(Task.objects.using(client).exclude(asked)) == expected
        assert compiled(Task.objects.using(client).filter(~asked)) == expected


def test_explicit_negative_operators_pass_as_they_are(clients):
    for client in clients.values():
        query = Task.objects.using(client).filter(title__does_not_contain="x")
        assert compiled(query) == c("Title", "DOES_NOT_CONTAIN", "x")


def test_negation_goes_down_to_the_leaves():
    tree = Q(done=True) & (Q(title=None) | Q(done=False))
    assert compiled(Task.objects.exclude(tree)) == either(
        c("Done0", "IS_NOT", True), both(c("Title", "IS_NOT_EMPTY"), c("Done0", "IS_NOT", False))
    )


def test_negating_twice_is_no_change():
    tree = Q(done=True) | Q(title=None)
    assert Task.objects.filter(~~tree).to_dict() == Task.objects.filter(tree).to_dict()
    assert Task.objects.exclude(~tree).to_dict() == Task.objects.filter(tree).to_dict()


def test_de_morgan():
    a, b = Q(done=True), Q(title=None)
    assert Task.objects.filter(~(a & b)).to_dict() == Task.objects.filter(~a | ~b).to_dict()
    assert Task.objects.filter(~(a | b)).to_dict() == Task.objects.filter(~a & ~b).to_dict()


def test_excluding_several_look_ups_excludes_what_satisfies_them_all():
    assert (
        Task.objects.exclude(done=True, title=None).to_dict()
        == Task.objects.exclude(Q(done=True) & Q(title=None)).to_dict()
    )


@pytest.mark.parametrize(
    ("asked", "everything"),
    [
        (Q(title__in=[]), False),
        (Q(title__is_not_one_of=[]), True),
        (Q(tags__has_any_of=[]), False),
        (Q(tags__has_all_of=[]), True),
        (Q(tags__has_none_of=[]), True),
        (Q(), True),
        (Q(title__in=[]) | Q(tags__has_all_of=[]), True),
        (Q(title__in=[]) & Q(title="x"), False),
        (Q(title__in=[]) | Q(title__in=[]), False),
    ],
    ids=repr,
)
def test_what_can_be_known_without_asking_is_not_asked(asked, everything, clients):
    client = clients[None]
    sandbox = client.sandbox
    sandbox.requests.clear()
    for query, matches in ((Task.objects.filter(asked), everything), (Task.objects.exclude(asked), not everything)):
        if matches:
            assert query.to_dict() == {"paging": {"offset": 0, "limit": 200}}
        else:
            nothing = query.using(client)
            assert (list(nothing), nothing.count(), nothing.exists(), nothing.first()) == ([], 0, False, None)
            assert query.to_dict() == {"paging": {"offset": 0, "limit": 0}}
            assert str(query.explain()) == "-- No record can match: answered without a request."
    assert sandbox.requests == []


def test_a_constant_beside_a_condition_leaves_the_condition():
    assert compiled(Task.objects.filter(Q(title__in=[]) | Q(title="x"))) == c("Title", "IS", "x")
    assert compiled(Task.objects.filter(Q(title__is_not_one_of=[]) & Q(title="x"))) == c("Title", "IS", "x")
