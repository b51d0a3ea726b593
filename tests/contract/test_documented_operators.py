"""Operators: a query set compiles each one to the documented condition, in both spellings, and its answer is read.

``condition`` of a search is what stands in the cassette: a query that compiled to anything else would not be answered.
"""

import pytest

from softrorm import Dialect, Model, Q, fields

DATABASE = "e74de047-f727-4f98-aa2a-7bda298672d3"
TABLE = "1ngdhgT38Kv3Cl"


class Place:
    database = DATABASE
    table = TABLE


class Order(Model):
    """A number, as in the examples with "100", and a field that is only asked whether it is empty."""

    quantity = fields.Number("Fo3SS")
    note = fields.SingleLineText("bJ6jE")
    value = fields.SingleLineText("fieldId")
    Meta = Place


class Ticket(Model):
    """The field of the text examples."""

    subject = fields.SingleLineText("Fo3SS")
    value = fields.SingleLineText("fieldId")
    Meta = Place


class Task(Model):
    """The field of the examples with one choice."""

    priority = fields.Select("Fo3SS", choices=["URGENT", "IMPORTANT", "LATER"])
    value = fields.SingleLineText("fieldId")
    Meta = Place


class Release(Model):
    """The field of the examples with several choices."""

    states = fields.MultiSelect("Fo3SS", choices={"DONE": "dewqc", "DEPLOYED": "pq213m"})
    value = fields.SingleLineText("fieldId")
    Meta = Place


class Customer(Model):
    """The fields of the example filter."""

    email = fields.Email("Vrthy")
    status = fields.Select("Fo3SS", choices=["Active", "Lost"])
    phone = fields.Phone("bJ6jE")
    value = fields.SingleLineText("fieldId")
    Meta = Place


PRESSING = ["URGENT", "IMPORTANT"]
FINISHED = ["DONE", "DEPLOYED"]

# By operator: the query as a look-up, as a method of the field, and in Django's spelling where it has one.
QUERIES = {
    "IS_EMPTY": [
        lambda: Order.objects.filter(quantity__is_empty=True),
        lambda: Order.objects.filter(Order.quantity.is_empty()),
        lambda: Order.objects.filter(quantity=None),
        lambda: Order.objects.filter(quantity__isnull=True),
        lambda: Order.objects.exclude(quantity__is_not_empty=True),
    ],
    "IS_NOT_EMPTY": [
        lambda: Order.objects.filter(quantity__is_not_empty=True),
        lambda: Order.objects.filter(Order.quantity.is_not_empty()),
        lambda: Order.objects.filter(quantity__isnull=False),
        lambda: Order.objects.exclude(quantity=None),
    ],
    "IS_BETWEEN": [
        lambda: Order.objects.filter(quantity__is_between=(100, 500)),
        lambda: Order.objects.filter(Order.quantity.is_between(100, 500)),
        lambda: Order.objects.filter(quantity__range=(100, 500)),
    ],
    "IS_NOT_BETWEEN": [
        lambda: Order.objects.filter(quantity__is_not_between=(100, 500)),
        lambda: Order.objects.filter(Order.quantity.is_not_between(100, 500)),
    ],
    "IS": [
        lambda: Order.objects.filter(quantity=100),
        lambda: Order.objects.filter(quantity__is=100),
        lambda: Order.objects.filter(quantity__exact=100.0),
        lambda: Order.objects.filter(Order.quantity == 100),
    ],
    "IS_NOT": [
        lambda: Order.objects.filter(quantity__is_not=100),
        lambda: Order.objects.filter(Order.quantity != 100),
    ],
    "GREATER_THAN": [
        lambda: Order.objects.filter(quantity__greater_than=100),
        lambda: Order.objects.filter(quantity__gt=100),
        lambda: Order.objects.filter(Order.quantity > 100),
    ],
    "GREATER_THAN_OR_EQUALS": [
        lambda: Order.objects.filter(quantity__greater_than_or_equals=100),
        lambda: Order.objects.filter(quantity__gte=100),
        lambda: Order.objects.filter(Order.quantity >= 100),
    ],
    "LESS_THAN": [
        lambda: Order.objects.filter(quantity__less_than=100),
        lambda: Order.objects.filter(quantity__lt=100),
        lambda: Order.objects.filter(Order.quantity < 100),
    ],
    "LESS_THAN_OR_EQUALS": [
        lambda: Order.objects.filter(quantity__less_than_or_equals=100),
        lambda: Order.objects.filter(quantity__lte=100),
        lambda: Order.objects.filter(Order.quantity <= 100),
    ],
    "CONTAINS": [
        lambda: Ticket.objects.filter(subject__contains="urgent"),
        lambda: Ticket.objects.filter(subject__icontains="urgent"),
        lambda: Ticket.objects.filter(Ticket.subject.contains("urgent")),
    ],
    "DOES_NOT_CONTAIN": [
        lambda: Ticket.objects.filter(subject__does_not_contain="urgent"),
        lambda: Ticket.objects.filter(Ticket.subject.does_not_contain("urgent")),
    ],
    "STARTS_WITH": [
        lambda: Ticket.objects.filter(subject__starts_with="THE"),
        lambda: Ticket.objects.filter(subject__startswith="THE"),
        lambda: Ticket.objects.filter(Ticket.subject.starts_with("THE")),
    ],
    "DOES_NOT_START_WITH": [
        lambda: Ticket.objects.filter(subject__does_not_start_with="THE"),
        lambda: Ticket.objects.filter(Ticket.subject.does_not_start_with("THE")),
    ],
    "ENDS_WITH": [
        lambda: Ticket.objects.filter(subject__ends_with="END"),
        lambda: Ticket.objects.filter(subject__endswith="END"),
        lambda: Ticket.objects.filter(Ticket.subject.ends_with("END")),
    ],
    "DOES_NOT_END_WITH": [
        lambda: Ticket.objects.filter(subject__does_not_end_with="END"),
        lambda: Ticket.objects.filter(Ticket.subject.does_not_end_with("END")),
    ],
    "IS_ONE_OF": [
        lambda: Task.objects.filter(priority__is_one_of=PRESSING),
        lambda: Task.objects.filter(priority__in=PRESSING),
        lambda: Task.objects.filter(Task.priority.is_one_of(PRESSING)),
    ],
    "IS_NOT_ONE_OF": [
        lambda: Task.objects.filter(priority__is_not_one_of=PRESSING),
        lambda: Task.objects.filter(Task.priority.is_not_one_of(PRESSING)),
    ],
    "HAS_ALL_OF": [
        lambda: Release.objects.filter(states__has_all_of=FINISHED),
        lambda: Release.objects.filter(Release.states.has_all_of(FINISHED)),
    ],
    "HAS_NONE_OF": [
        lambda: Release.objects.filter(states__has_none_of=FINISHED),
        lambda: Release.objects.filter(Release.states.has_none_of(FINISHED)),
    ],
    "AND": [
        lambda: Order.objects.filter(quantity=100, note__is_not_empty=True),
        lambda: Order.objects.filter(quantity=100).filter(Order.note.is_not_empty()),
        lambda: Order.objects.filter((Order.quantity == 100) & Order.note.is_not_empty()),
        lambda: Order.objects.filter(Q(quantity=100) & ~Q(note=None)),
    ],
    "OR": [
        lambda: Order.objects.filter(Q(quantity=100) | Q(note__is_not_empty=True)),
        lambda: Order.objects.filter((Order.quantity == 100) | Order.note.is_not_empty()),
        lambda: Order.objects.filter(Q(quantity=100) | ~Q(note=None)),
    ],
}
EACH = [
    pytest.param(operator, query, id=f"{operator} {at}")
    for operator, queries in QUERIES.items()
    for at, query in enumerate(queries)
]


def is_documented_page(found):
    [record] = found
    return (record.id, record.value) == ("string", "value")


@pytest.mark.parametrize(("operator", "query"), EACH)
def test_an_operator_is_sent_as_documented(documented, operator, query):
    documented(f"operators/{operator.lower()}")
    assert is_documented_page(query()[:10])


def test_every_operator_of_the_document_has_an_example_here():
    assert set(QUERIES) == Dialect.JUNE_2025.operators


@pytest.mark.parametrize(
    "query",
    [
        lambda: Customer.objects.filter(
            Q(email="test@softr.io"), Q(status__is_one_of=["Active"]) | Q(phone__is_not_empty=True)
        ),
        lambda: Customer.objects.filter(email="test@softr.io").filter(Q(status__in=["Active"]) | ~Q(phone=None)),
        lambda: Customer.objects.filter(
            (Customer.email == "test@softr.io")
            & (Customer.status.is_one_of(["Active"]) | Customer.phone.is_not_empty())
        ),
    ],
)
def test_the_example_filter_nests_as_documented(documented, query):
    documented("records/example_filter")
    assert is_documented_page(query().order_by()[:10])
