"""``to_dict()`` and ``explain()`` say what a query would send, without a client and without sending it."""

import pytest

from softrorm import InvalidQuery, Model, fields


class Task(Model):
    title = fields.SingleLineText("Title")
    due = fields.DateTime("Due00")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "TaskTable00004"
        ordering = "-due"


SEARCH = "POST /databases/6f3c2a10-0000-4222-8333-444455556666/tables/TaskTable00004/records/search"
SORT = [{"sortingField": "Due00", "sortType": "DESC"}]


def test_the_search_body_needs_no_client():
    assert Task.objects.filter(title="x")[5:15].to_dict() == {
        "filter": {"condition": {"leftSide": "Title", "operator": "IS", "rightSide": "x"}},
        "sorting": SORT,
        "paging": {"offset": 5, "limit": 10},
    }


def test_an_order_has_several_keys_and_none_is_the_tables_own():
    assert Task.objects.order_by("title", "-created_at").to_dict()["sorting"] == [
        {"sortingField": "Title", "sortType": "ASC"},
        {"sortingField": "created_at", "sortType": "DESC"},
    ]
    assert Task.objects.order_by().to_dict() == {"paging": {"offset": 0, "limit": 200}}
    assert Task.objects.all().to_dict()["sorting"] == SORT


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (["titel"], "Task cannot be ordered by 'titel'. Did you mean 'title'? It can be ordered by title, due, c"),
        (["id"], "Task cannot be ordered by 'id'."),
        ([Task.due], "Task cannot be ordered by <Task.due: DateTime('Due00')>."),
        ([["-due"]], "Task cannot be ordered by ['-due']."),
        (["due", "-due"], "Task is ordered by 'due' twice."),
    ],
)
def test_an_order_that_cannot_work_is_refused(order, message):
    with pytest.raises(InvalidQuery) as caught:
        Task.objects.order_by(*order)
    assert str(caught.value).startswith(message)


def test_explain_shows_the_request_and_how_many_there_will_be():
    assert str(Task.objects.filter(title="x")[:50].explain()) == "\n".join(
        [
            SEARCH,
            "{",
            '  "filter": {',
            '    "condition": {',
            '      "leftSide": "Title",',
            '      "operator": "IS",',
            '      "rightSide": "x"',
            "    }",
            "  },",
            '  "sorting": [',
            "    {",
            '      "sortingField": "Due00",',
            '      "sortType": "DESC"',
            "    }",
            "  ],",
            '  "paging": {',
            '    "offset": 0,',
            '    "limit": 50',
            "  }",
            "}",
            "-- 1 request.",
        ]
    )


def test_explain_bounds_the_requests_of_long_reads():
    assert Task.objects.all()[:450].explain().notes == (
        "One request per 200 records, until metadata.total is reached, at most 3.",
    )
    assert Task.objects.all().explain().notes == ("One request per 200 records, until metadata.total is reached.",)


def test_a_read_of_everything_is_a_plain_get():
    plain = Task.objects.order_by().explain()
    assert (plain.method, plain.body, plain.query) == ("GET", None, {"offset": 0, "limit": 200})
    viewed = Task.objects.view("view01")[:10].explain()  # Meta.ordering has no say in a view
    assert (viewed.method, viewed.query) == ("GET", {"offset": 0, "limit": 10, "viewId": "view01"})


@pytest.mark.parametrize("nothing", [Task.objects.none(), Task.objects.all()[4:4], Task.objects.filter(title__in=[])])
def test_what_matches_nothing_needs_no_request_and_asks_for_no_rows(nothing):
    assert str(nothing.explain()) == "-- No record can match: answered without a request."
    assert nothing.to_dict()["paging"]["limit"] == 0
