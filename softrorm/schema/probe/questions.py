"""The questions: what is asked, how it is tried, and which switches of the dialect hang on the answer.

They are asked in this order, since later ones make use of what earlier ones settled, and since those that write come
after those that count on what they find.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from softrorm.schema.probe import filters, orders, pages, rates, shapes, values, writes
from softrorm.schema.probe.lab import BUILDING

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.schema.probe.lab import Lab
    from softrorm.schema.probe.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a live account.

    Attributes:
        key: What it is called.
        asks: The question.
        tries: What is tried, and how the answer is read.
        ask: Asks it.
        requests: The most requests that it makes.
        switches: The switches of the dialect that it may settle; none if it is only reported.
        facts: The section of the wire facts that has what is known so far.
    """

    key: str
    asks: str
    tries: str
    ask: Callable[[Lab], Outcome]
    requests: int
    switches: tuple[str, ...] = ()
    facts: str = ""


def _of(ask: Callable[[Lab], Outcome], requests: int, facts: str, asks: str, tries: str, *switches: str) -> Question:
    return Question(ask.__name__, asks, tries, ask, requests, switches, facts)


QUESTIONS: tuple[Question, ...] = (
    _of(
        shapes.field_forms,
        BUILDING,
        "2, 8, 14",
        "What are a database, its tables and their fields made of?",
        "the answers to all that makes the scratch database",
    ),
    _of(
        pages.create_status,
        0,
        "14",
        "Which status has the answer to a create?",
        "the status of the first create",
        "create_status",
    ),
    _of(
        pages.record_form,
        2,
        "4, 16.12",
        "What is a record made of, and does it carry tableId?",
        "the keys of a record in a list and alone",
        "record_table_id",
    ),
    _of(
        pages.default_limit,
        2,
        "14",
        "How many rows come without a limit?",
        "GET and search without one; the limit that metadata shows",
        "default_limit",
    ),
    _of(
        writes.update_method,
        4,
        "16.6",
        "Which verb updates a record?",
        "one cell by PATCH and by PUT; it must hold the new value, and the other cells theirs",
        "update_method",
    ),
    _of(
        writes.select_write,
        5,
        "14",
        "How is a choice written?",
        "by id and by label; it must read as that choice",
        "select_write",
    ),
    _of(
        filters.number_filter,
        2,
        "10",
        "How do numbers stand in filters?",
        "as JSON number and as text; two records must be found",
        "number_filter",
    ),
    _of(
        filters.select_filter,
        2,
        "16.11",
        "How does a filter name a choice?",
        "by id and by label; two records must be found",
        "select_filter",
    ),
    _of(
        filters.system_dates,
        4,
        "10",
        "How is created_at compared?",
        "after 2000 and after 2100, in milliseconds and as ISO text; all records must be found, and none",
        "system_date_filter",
    ),
    _of(
        filters.operators,
        25,
        "10",
        "Which operators are known?",
        "a search with each; it must find what it should, and not every record",
        "operators",
    ),
    _of(
        filters.negatives,
        0,
        "16.13",
        "Do negative operators match an empty cell?",
        "whether the record with empty cells is among what they found",
        "negatives_match_empty",
    ),
    _of(
        orders.sort_key,
        4,
        "16.4",
        "Which key orders a search?",
        "sorting and sort, with a list and with one object; names must come backwards",
        "sort_key",
    ),
    _of(
        orders.nulls,
        2,
        "16.4",
        "Where do empty cells stand in an order?",
        "an order by numbers of which one is missing, in both directions",
        "nulls",
    ),
    _of(orders.ties, 3, "16.4", "How are ties broken?", "an order with two equal numbers, and one by two fields"),
    _of(
        orders.unknown_sort,
        5,
        "10",
        "What does an order do that makes no sense?",
        "an unknown field, a field by its name, system names, an unknown direction",
    ),
    _of(
        filters.malformed,
        6,
        "10",
        "What does a filter do that makes no sense?",
        "an unknown operator and field, a field by its name, no right side, a filter on id, a wrong shape",
    ),
    _of(filters.case, 3, "16.11", "Does case matter in filters?", "text and a label in capitals"),
    _of(
        filters.relative_dates,
        3,
        "10",
        "Are relative dates understood?",
        "created_at IS PREDEFINED:TODAY, and two more; all records were made just now",
    ),
    _of(
        writes.link_write,
        2,
        "14",
        "How is a link written?",
        "as a list of ids and as a list of objects; it must read as written",
        "link_write",
    ),
    _of(filters.link_filter, 6, "16.11", "How are links filtered?", "by id and by label, with IS and with others"),
    _of(
        writes.other_links,
        5,
        "5.2",
        "Which other forms of a link are taken?",
        "an id alone, an object without label, the id of no record, null, an empty list",
    ),
    _of(
        shapes.new_links,
        1,
        "14",
        "Does a new link get another end, and how many values does that hold?",
        "the table that it leads to, read afterwards",
    ),
    _of(
        writes.user_write,
        7,
        "16.7",
        "How is a person written?",
        "the owner of the key by id, by email and as an object; it must read as that person",
        "user_write",
    ),
    _of(
        writes.persons,
        2,
        "16.7",
        "How do CREATED_BY, UPDATED_BY and UPDATED_AT read?",
        "a record that was changed and one that was not; the form alone is told",
    ),
    _of(
        writes.attachment_write,
        4,
        "14",
        "How is one file attached?",
        "in a list and alone; a file must be there",
        "attachment_write",
    ),
    _of(
        writes.stored_file_write,
        2,
        "16",
        "Is the id of a stored file taken?",
        "a file that was read, written again with its id",
        "stored_file_write",
    ),
    _of(
        writes.unknown_field,
        1,
        "16.5",
        "What does a write to an unknown field do?",
        "a create with an id that no field has",
        "unknown_field",
    ),
    _of(
        writes.read_only_field,
        1,
        "16.5",
        "What does a write to a computed field do?",
        "an update of an AUTONUMBER",
        "read_only_field",
    ),
    _of(
        writes.names_as_keys,
        2,
        "14",
        "May a write name its fields?",
        "a create and an update by name; the cells must hold the text",
        "names_as_keys",
    ),
    _of(
        writes.null_takes_default,
        3,
        "16.9",
        "Does null in a create ask for the default?",
        "a create, and an update, with null in a field with a default",
        "null_takes_default",
    ),
    _of(
        writes.wrong_types, 5, "16.5", "What does a value of the wrong type do?", "creates with such values, read back"
    ),
    _of(
        writes.unknown_choice,
        3,
        "4.3, 16.11",
        "What does a value do that is no choice, and does case matter?",
        "creates with another text, a label in capitals, the object that a choice reads as",
    ),
    _of(values.empty_cells, 2, "4.1", "How do empty cells read?", "a record with nothing but a name"),
    _of(
        values.computed,
        2,
        "16.10",
        "Are computed cells up to date in the answer to a create?",
        "a formula, a lookup and a rollup, in that answer and read right after",
    ),
    _of(values.rare_numbers, 2, "16.7", "How do percentages and durations read?", "written and read"),
    _of(
        shapes.equal_names,
        2,
        "16.8",
        "May two fields have one name?",
        "a second one is made, and a record read by name",
    ),
    _of(pages.unknown_record, 2, "11", "What is answered about a record that is not there?", "GET and DELETE"),
    _of(pages.offset_past_the_end, 1, "9", "What is answered past the end?", "GET with an offset of 500"),
    _of(
        pages.page_size,
        13,
        "16.3",
        "What does a limit above the most do, and which one is echoed?",
        "a limit of 1000; if it is refused, which is the highest that is not",
        "page_size",
        "over_page_size",
        "limit_echo",
    ),
    _of(
        rates.rates,
        0,
        "13",
        "How many requests a second are let through?",
        "with --rates: reads, writes, and writes amid reads, more than are let through, for four seconds each",
        "reads_per_second",
        "writes_per_second",
        "shared_budget",
    ),
    _of(
        shapes.field_types,
        len(shapes.UNSEEN),
        "14",
        "Which doubtful types of fields can be made?",
        "a field of each type that is not documented any more, or was never seen",
    ),
    _of(
        shapes.partial_changes,
        3,
        "8.3, 14",
        "What does a change of a table or a field do that says not all?",
        "PUT of a table without its name, of a SELECT without its options",
    ),
    _of(pages.rate_headers, 0, "16.2", "Do headers speak of rates?", "the headers of all answers"),
    _of(shapes.error_form, 0, "16.1, 14", "What is the body of an error made of?", "the bodies of all errors"),
)
