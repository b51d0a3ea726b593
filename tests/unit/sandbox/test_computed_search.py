"""Computed fields in filters and orders, and how they keep up with writes in other tables."""

import pytest


@pytest.fixture
def orders(api):
    """Orders of items: o1 of a (5) and b (7, c2), o2 of b, o3 of c, which has no price, o4 of nothing."""
    choices = {"choices": [{"id": "c1", "label": "Fruit"}, {"id": "c2", "label": "Tool"}]}
    items = api.table(
        {"name": "Price", "type": "NUMBER"},
        {"name": "Kind", "type": "SELECT", "options": choices},
        {"name": "Since", "type": "DATETIME", "options": {"precision": "DATE"}},
        {"name": "Sold", "type": "CHECKBOX"},
        name="Items",
    )
    orders = api.table(database=items.database, name="Orders")
    link = orders.add("Items", "LINKED_RECORD", options={"linkedTableId": items.id})
    for name in ("Name", "Price", "Kind", "Since", "Sold"):
        options = {"linkedRecordFieldId": link["id"], "lookupFieldId": items.field(name)["id"]}
        orders.add(f"{name}s", "LOOKUP", options=options)
    for function in ("SUM", "COUNTA", "ARRAYJOIN", "MAX", "OR"):
        field = items.field({"ARRAYJOIN": "Name", "OR": "Sold"}.get(function, "Price"))["id"]
        options = {"linkedRecordFieldId": link["id"], "rollupFieldId": field, "function": function}
        orders.add(function, "ROLLUP", options=options)
    orders.add("Count", "COUNT", options={"linkedRecordFieldId": link["id"]})
    a = items.create(Name="Apple", Price=5, Kind="c1", Since="2026-01-01")["id"]
    b = items.create(Name="Bolt", Price=7, Kind="c2", Since="2026-02-01", Sold=True)["id"]
    c = items.create(Name="Cup")["id"]
    for number, linked in enumerate([[a, b], [b], [c], []], 1):
        orders.create(Name=f"o{number}", Items=linked)
    orders.items, orders.item_ids = items, (a, b, c)
    return orders


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (("Names", "IS", "apple"), "o1"),
        (("Names", "IS_NOT", "apple"), "o2 o3 o4"),
        (("Names", "CONTAINS", "p"), "o1 o3"),
        (("Names", "DOES_NOT_CONTAIN", "p"), "o2 o4"),
        (("Names", "IS_ONE_OF", ["bolt", "cup"]), "o1 o2 o3"),
        (("Names", "HAS_ALL_OF", ["bolt", "apple"]), "o1"),
        (("Names", "IS", ["bolt"]), "o2"),
        (("Names", "HAS_NONE_OF", ["bolt"]), "o3 o4"),
        (("Names", "IS_EMPTY"), "o4"),
        (("Prices", "IS", 7), "o1 o2"),
        (("Prices", "LESS_THAN", 6), "o1"),
        (("Prices", "IS_EMPTY"), "o3 o4"),
        (("Kinds", "IS", "c2"), "o1 o2"),
        (("Kinds", "HAS_ANY_OF", ["Fruit"]), "o1"),
        (("Kinds", "HAS_NONE_OF", ["c1"]), "o2 o3 o4"),
        (("Sinces", "GREATER_THAN", "2026-01-15"), "o1 o2"),
        (("Sinces", "IS", "2026-01-01"), "o1"),
        (("Solds", "IS", True), "o1 o2"),
        (("SUM", "IS", 12), "o1"),
        (("SUM", "GREATER_THAN_OR_EQUALS", 0), "o1 o2 o3"),
        (("SUM", "IS_EMPTY"), "o4"),
        (("COUNTA", "IS", 0), "o3"),
        (("Count", "LESS_THAN", 2), "o2 o3"),
        (("ARRAYJOIN", "CONTAINS", "bolt"), "o1 o2"),
        (("OR", "IS", False), "o3 o4"),
    ],
)
def test_filters_compare_computed_fields_as_what_they_show(orders, condition, found):
    assert " ".join(orders.names(*condition)) == found


def test_bounds_hold_for_one_of_the_values(orders):
    between = {"lowerBound": 6, "upperBound": 8}
    assert orders.names(orders.condition("Prices", "IS_BETWEEN", **between)) == ["o1", "o2"]
    assert orders.names(orders.condition("Prices", "IS_NOT_BETWEEN", **between)) == ["o3", "o4"]


@pytest.mark.parametrize(
    ("order", "found"),
    [("SUM", "o3 o2 o1 o4"), ("-SUM", "o4 o1 o2 o3"), ("Names", "o1 o2 o3 o4"), ("-Kinds", "o3 o4 o2 o1")],
)
def test_orders_compare_them_too(orders, order, found):
    assert " ".join(orders.names(order=[order])) == found


def test_what_a_computed_field_cannot_be_compared_with_is_refused(orders):
    condition = orders.condition("SUM", "IS", "many")
    assert orders.search_error(filter={"condition": condition}) == (400, "BAD_REQUEST")


def test_a_write_to_a_linked_record_changes_what_is_found(orders):
    a, b, _ = orders.item_ids
    assert orders.names("SUM", "IS", 12) == ["o1"]
    assert orders.names("Names", "IS", "Bolt") == ["o1", "o2"]
    orders.items.update(a, Price=10)
    assert orders.names("SUM", "IS", 17) == ["o1"]
    orders.items.update(b, Name="Nut")
    assert orders.names("Names", "IS", "Bolt") == []
    orders.items.delete(b)
    assert orders.names("Names", "IS", "Nut") == []
    assert orders.names("SUM", "IS", 0) == ["o2", "o3"]


def test_a_link_written_from_either_side_changes_what_is_found(orders):
    a, _, c = orders.item_ids
    assert orders.names("Count", "IS", 1) == ["o2", "o3"]
    fourth = orders.search("Name", "IS", "o4")["data"][0]["id"]
    orders.update(fourth, Items=[a])
    assert orders.names("Count", "IS", 1) == ["o2", "o3", "o4"]
    third = orders.search("Name", "IS", "o3")["data"][0]["id"]
    orders.items.update(c, Orders=[])
    assert orders.get(third)["fields"]["Count"] is None
    assert orders.names("Count", "IS", 1) == ["o2", "o4"]


def test_a_new_record_and_a_deleted_one_stand_in_the_right_place(orders):
    _, b, _ = orders.item_ids
    assert orders.names("SUM", "IS", 7) == ["o2"]
    orders.delete(orders.search("Name", "IS", "o1")["data"][0]["id"])
    orders.create(Name="o5", Items=[b])
    assert orders.names("SUM", "IS", 7) == ["o2", "o5"]


def test_a_rollup_with_a_relative_date_in_its_filter_follows_the_clock(orders, clock):
    since = orders.items.field("Since")["id"]
    condition = {"leftSide": since, "operator": "IS_WITHIN", "rightSide": "RELATIVE_DATE:THIS:YEAR"}
    options = {
        "linkedRecordFieldId": orders.field("Items")["id"],
        "rollupFieldId": orders.items.field("Price")["id"],
        "function": "SUM",
        "filter": {"condition": condition},
    }
    orders.add("This year", "ROLLUP", options=options)
    assert orders.names("This year", "IS", 12) == ["o1"]
    clock.now += 365 * 86400
    assert orders.names("This year", "IS", 12) == []
    assert orders.names("This year", "IS", 0) == ["o1", "o2", "o3"]
