"""Sessions at a client with a cache: what decides over a write is read from the service."""

import pytest

from softrorm import Cache, Client, CommitError, Conflict, Session


class Elsewhere:
    """The sandbox, reached by a way of its own: what goes through here is another process' doing."""

    def __init__(self, sandbox):
        self.handle = sandbox.handle


@pytest.fixture
def cached(world):
    """A session whose client has a cache; other processes' writes go unnoticed by it."""
    client = world.sandbox.client(cache=Cache())
    world.quiet = Client(Elsewhere(world.sandbox))
    for model in (world.Task, world.Project, world.Raising):
        model.bind(client, database=world.database)
    return Session(client, workers=1, sleep=world.clock.advance)


def test_a_conflict_is_seen_although_the_record_is_in_the_cache(world, cached):
    id = world.saved(world.Task, title="a", qty=1)
    task = cached.get(world.Raising, id)
    world.elsewhere(world.Task, id, qty=3)
    assert world.Raising.objects.using(cached.client).get(id=id).qty == 1
    task.qty = 2
    with pytest.raises(CommitError) as failure:
        cached.commit()
    [result] = failure.value.report.results
    assert isinstance(result.error, Conflict)
    cached.refresh(task)
    assert task.qty == 3


def test_a_lost_create_is_found_although_the_cache_says_there_is_none(world, cached):
    tasks = world.Task.objects.using(cached.client)
    assert not list(tasks.filter(title="a"))
    cached.add(world.Task(title="a"))
    with world.sandbox.faults.added("lost_answer", method="POST", path="records$"):
        assert cached.commit().counts == {"created": 1}
    assert len(world.stored(world.Task)) == 1
    assert [task.title for task in tasks.filter(title="a")] == ["a"]
