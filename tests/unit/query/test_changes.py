"""The change feed: created and updated records since a checkpoint, in the order of their changes."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from softrorm import InvalidQuery, Model, fields
from softrorm.query.changes import Checkpoint
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.schema import create_tables
from softrorm.testing import assert_requests


class Order(Model):
    number = fields.Number()
    state = fields.Select(choices=["open", "paid"])


class Other(Model):
    text = fields.SingleLineText()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def sandbox(clock):
    with Sandbox(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def orders(client, clock):
    create_tables(client, [Order, Other])
    made = []
    for number in range(3):
        clock.advance(60)
        made.append(Order.objects.create(number=number, state="open"))
    clock.advance(60)
    return made


def told(feed):
    return [(change.kind, change.record and change.record.number) for change in feed]


def test_from_the_beginning_every_record_is_new(orders):
    assert told(Order.objects.changes()) == [("created", 0), ("created", 1), ("created", 2)]


def test_a_feed_goes_on_from_its_checkpoint_in_another_process(orders, clock):
    feed = Order.objects.changes()
    told(feed)
    kept = str(feed.checkpoint)
    orders[0].state = "paid"
    orders[0].save()
    clock.advance(30)
    Order.objects.create(number=3)
    assert told(Order.objects.changes(since=kept)) == [("updated", 0), ("created", 3)]


def test_a_feed_that_is_iterated_again_reads_what_changed_since(orders, clock):
    feed = Order.objects.changes()
    assert len(told(feed)) == 3
    assert told(feed) == []
    orders[1].state = "paid"
    orders[1].save()
    assert told(feed) == [("updated", 1)]
    assert told(feed) == []


def test_a_checkpoint_includes_the_change_in_hand_and_no_later_one(orders):
    feed = Order.objects.changes()
    for change in feed:
        if change.record.number == 1:
            break
    assert told(Order.objects.changes(since=feed.checkpoint)) == [("created", 2)]


def test_a_write_that_becomes_visible_late_is_not_missed(orders, client, clock):
    """Two writers: the later one is seen first, and the reader's checkpoint is past the earlier one."""
    feed = Order.objects.changes()
    told(feed)
    late = clock() - 63  # three seconds before the last record that came
    sandbox_clock, client.sandbox.clock = client.sandbox.clock, lambda: late
    Order.objects.create(number=9)
    client.sandbox.clock = sandbox_clock
    assert told(feed) == [("created", 9)]
    assert told(feed) == []


def test_what_becomes_visible_late_does_not_bring_back_what_came_before_it(orders, client, clock):
    for number in range(3, 9):
        clock.advance(2)
        Order.objects.create(number=number)
    feed = Order.objects.changes()
    told(feed)
    late = clock() - 8
    sandbox_clock, client.sandbox.clock = client.sandbox.clock, lambda: late
    Order.objects.create(number=9)
    client.sandbox.clock = sandbox_clock
    assert told(feed) == [("created", 9)]
    assert told(feed) == []
    assert feed.checkpoint.moment.timestamp() == clock()


def test_a_record_that_is_edited_while_it_is_read_comes_again(orders, clock):
    feed = Order.objects.changes()
    seen = []
    for change in feed:
        seen.append((change.kind, change.record.number))
        if len(seen) == 1:
            clock.advance(1)
            orders[2].state = "paid"
            orders[2].save()
    seen += told(feed)
    assert seen == [("created", 0), ("created", 1), ("created", 2), ("updated", 2)]


def test_a_moment_may_be_the_beginning(orders):
    since = orders[1].updated_at
    assert told(Order.objects.changes(since, overlap=timedelta(0))) == [("created", 1), ("created", 2)]


@pytest.mark.parametrize("overlap", [10, "10", None, timedelta(seconds=-1)])
def test_an_overlap_that_is_no_span_is_refused(overlap):
    with pytest.raises(InvalidQuery, match=r"overlap is how far to go back: a timedelta\(seconds=\.\.\.\), 0 or more"):
        Order.objects.changes(overlap=overlap)


def test_a_feed_of_some_records(orders):
    assert told(Order.objects.filter(number__gte=1).changes()) == [("created", 1), ("created", 2)]


def test_deletes_are_seen_when_they_are_looked_for(orders):
    feed = Order.objects.changes(detect_deletes=True)
    told(feed)
    orders[1].delete()
    feed = Order.objects.changes(since=str(feed.checkpoint), detect_deletes=True)
    assert [(change.kind, change.id, change.record, change.at) for change in feed] == [
        ("deleted", orders_id(orders, 1), None, None)
    ]
    assert told(feed) == []


def test_a_record_that_is_deleted_while_the_first_run_reads_is_told_of(orders):
    seen = []
    for change in Order.objects.changes(detect_deletes=True):
        seen.append((change.kind, change.id))
        if len(seen) == 3:
            orders[1].delete()
    assert seen[3:] == [("deleted", seen[1][1])]


def test_a_record_that_is_deleted_before_the_first_run_goes_on_is_told_of(orders):
    feed = Order.objects.changes(detect_deletes=True)
    gone = next(iter(feed)).id
    kept = str(feed.checkpoint)
    orders[0].delete()
    feed = Order.objects.changes(since=kept, detect_deletes=True)
    assert [(change.kind, change.id) for change in feed][2:] == [("deleted", gone)]


def orders_id(orders, at):
    return orders[at]._record["id"]


def test_deletes_are_not_seen_otherwise(orders):
    feed = Order.objects.changes()
    told(feed)
    orders[1].delete()
    assert told(feed) == []


def test_a_feed_without_news_costs_one_request_and_looking_for_deletes_one_more(orders, sandbox):
    feed = Order.objects.changes()
    told(feed)
    with assert_requests(sandbox, 1):
        told(feed)
    feed = Order.objects.changes(feed.checkpoint, detect_deletes=True)
    with assert_requests(sandbox, 2):
        told(feed)


def test_the_checkpoint_stays_small(client, clock):
    create_tables(client, [Order, Other])
    for number in range(300):
        clock.advance(1)
        Order.objects.create(number=number)
    feed = Order.objects.changes()
    assert len(told(feed)) == 300
    assert len(feed.checkpoint.seen) == 11, "those of the last ten seconds"
    assert Checkpoint.parse(str(feed.checkpoint)) == feed.checkpoint


def test_a_feed_in_async_code(orders):
    async def read():
        feed = Order.objects.changes()
        async for change in feed:
            if change.record.number == 0:
                break
        return feed.checkpoint

    checkpoint = asyncio.run(read())
    assert told(Order.objects.changes(since=checkpoint)) == [("created", 1), ("created", 2)]


@pytest.mark.parametrize("since", ["yesterday", '{"a":1}', "[]", datetime(2026, 1, 1), 7])
def test_what_is_no_checkpoint_is_refused(orders, since):
    with pytest.raises(InvalidQuery, match="since= takes"):
        Order.objects.changes(since=since)


def test_the_checkpoint_of_another_table_is_refused(orders):
    other = Other.objects.changes().checkpoint
    with pytest.raises(InvalidQuery, match=r"checkpoint is of table .*, and Order is table"):
        list(Order.objects.changes(since=other))


def test_a_slice_has_no_changes(orders):
    with pytest.raises(InvalidQuery, match="comes before slicing"):
        Order.objects.all()[:2].changes()


def test_a_moment_in_the_future_gives_nothing(orders):
    assert told(Order.objects.changes(datetime(2999, 1, 1, tzinfo=UTC))) == []
