"""Two sessions edit one record: each ``Meta.on_conflict`` does what its name says."""

import pytest

from softrorm import CommitError, Conflict
from softrorm.client.errors import ConfigurationError


def conflicting(world, model, mine, theirs, **stored):
    """One session edits a record, another one too and commits first. The session, its object."""
    id = world.saved(model, **{"title": "a", "qty": 1, **stored})
    first, second = world.session(), world.session()
    task, other = first.get(model, id), second.get(model, id)
    for name, value in theirs.items():
        setattr(other, name, value)
    second.commit()
    for name, value in mine.items():
        setattr(task, name, value)
    world.sandbox.requests.clear()
    return first, task


def refused(session):
    with pytest.raises(CommitError) as failure:
        session.commit()
    [error] = [result.error for result in failure.value.report.results if result.fate == "failed"]
    return error


def test_overwrite_writes_and_makes_no_read(world):
    session, task = conflicting(world, world.Task, {"qty": 2}, {"qty": 3})
    session.commit()
    assert [one.method for one in world.sandbox.requests] == ["PATCH"]
    assert world.stored(world.Task)[task.id]["qty"] == 2


@pytest.mark.parametrize("model", ["Raising", "Merging"])
def test_a_field_that_both_changed_is_refused_with_base_mine_and_theirs(world, model):
    session, task = conflicting(world, getattr(world, model), {"qty": 2, "tags": ["a"]}, {"qty": 3})
    error = refused(session)
    assert isinstance(error, Conflict)
    assert error.instance is task
    assert {name: (one.base, one.mine, one.theirs) for name, one in error.fields.items()} == {"qty": (1, 2, 3)}
    assert "qty was 1, is 3 now, and was to become 2" in str(error)
    assert world.writes() == []
    assert session.dirty == [task]
    session.refresh(task)
    task.qty = 2
    assert session.commit().counts == {"updated": 1}


@pytest.mark.parametrize("model", ["Raising", "Merging"])
def test_edits_of_different_fields_are_no_conflict_and_both_survive(world, model):
    session, task = conflicting(world, getattr(world, model), {"title": "mine"}, {"qty": 3})
    session.commit()
    stored = world.stored(world.Task)[task.id]
    assert (stored["title"], stored["qty"]) == ("mine", 3)
    assert task.qty == 3
    assert [one.method for one in world.sandbox.requests if one.method != "GET"] == ["PATCH"]


@pytest.mark.parametrize("model", ["Raising", "Merging"])
def test_an_unrelated_change_of_updated_at_is_no_conflict(world, model):
    id = world.saved(getattr(world, model), title="a", qty=1)
    session = world.session()
    task = session.get(getattr(world, model), id)
    world.clock.advance(3600)
    world.elsewhere(world.Task, id, title="a")  # a nightly recalculation, say
    before = task.updated_at
    task.qty = 2
    assert session.commit().counts == {"updated": 1}
    assert task.updated_at > before


def test_the_same_change_twice_is_a_conflict_to_raise_since_one_of_two_came_late(world):
    session, _ = conflicting(world, world.Raising, {"title": "taken"}, {"title": "taken"})
    assert isinstance(refused(session), Conflict)


def test_the_same_change_twice_is_unchanged_to_merge(world):
    session, task = conflicting(world, world.Merging, {"qty": 3}, {"qty": 3, "tags": ["a"]})
    assert session.commit().counts == {"unchanged": 1}
    assert world.writes() == []
    assert task.tags == ["a"]
    assert session.dirty == []


def test_merge_writes_only_what_somebody_else_did_not_write_already(world):
    session, task = conflicting(world, world.Merging, {"qty": 3, "title": "mine"}, {"qty": 3})
    session.commit()
    assert world.writes() == [("PATCH", task.id, {"title": "mine"})]


def test_a_function_decides_what_is_written(world):
    def larger(conflict):
        return {name: max(one.mine, one.theirs) for name, one in conflict.fields.items()}

    world.Deciding.decide = larger
    session, task = conflicting(world, world.Deciding, {"qty": 2, "title": "mine"}, {"qty": 3})
    session.commit()
    assert world.writes() == [("PATCH", task.id, {"title": "mine", "qty": 3})]
    assert (task.qty, task.title) == (3, "mine")
    assert session.commit().counts == {}


def test_what_a_function_does_not_name_stays_as_it_is_on_the_server(world):
    world.Deciding.decide = lambda conflict: {}
    session, task = conflicting(world, world.Deciding, {"qty": 2}, {"qty": 3})
    assert session.commit().counts == {"unchanged": 1}
    assert task.qty == 3
    assert world.writes() == []
    assert session.commit().counts == {}


@pytest.mark.parametrize("answer", [None, {"nothing": 1}, {"number": 1}])
def test_a_function_that_returns_something_else_fails_the_operation(world, answer):
    world.Deciding.decide = lambda conflict: answer
    session, task = conflicting(world, world.Deciding, {"qty": 2}, {"qty": 3})
    error = refused(session)
    assert isinstance(error, TypeError)
    assert "right is a dict of attributes" in str(error)
    assert session.dirty == [task]


def test_a_function_may_raise_the_conflict(world):
    def stop(conflict):
        raise conflict

    world.Deciding.decide = stop
    session, _ = conflicting(world, world.Deciding, {"qty": 2}, {"qty": 3})
    assert isinstance(refused(session), Conflict)


def test_a_function_runs_in_the_sessions_own_thread(world):
    def look(conflict):
        return {"qty": 10 * session.get(world.Deciding, conflict.instance.id).qty}

    world.Deciding.decide = look
    session, task = conflicting(world, world.Deciding, {"qty": 2}, {"qty": 3})
    session.commit()
    assert world.stored(world.Task)[task.id]["qty"] == 20


def test_links_and_lists_are_compared_by_what_they_hold(world):
    project = world.saved(world.Project, name="P")
    session, _ = conflicting(
        world, world.Raising, {"tags": ["a", "c"]}, {"tags": ["a", "b"], "project": project}, tags=["a"]
    )
    error = refused(session)
    assert {name: (one.base, one.mine, one.theirs) for name, one in error.fields.items()} == {
        "tags": (["a"], ["a", "c"], ["a", "b"])
    }


def test_the_check_costs_one_read_for_each_update(world):
    session, _ = conflicting(world, world.Raising, {"qty": 2}, {})
    plan = session.plan()
    assert plan.requests == 2
    session.commit()
    assert [one.method for one in world.sandbox.requests] == ["GET", "PATCH"]


def test_a_new_record_costs_no_read(world):
    session = world.session()
    session.add(world.Raising(title="a"))
    assert session.plan().requests == 1


def test_a_link_that_was_never_loaded_can_be_written_since_nothing_is_known_of_it(world):
    parent = world.saved(world.Raising, title="parent", qty=1)
    id = world.saved(world.Raising, title="a", parent=parent)
    session = world.session()
    session.get(world.Raising, id).parent.qty = 5
    session.commit()
    assert world.stored(world.Task)[parent]["qty"] == 5


def test_a_conflict_stops_others_only_where_that_is_asked_for(world):
    session, task = conflicting(world, world.Raising, {"qty": 2}, {"qty": 3})
    session.add(world.Task(title="other"))
    with pytest.raises(CommitError) as failure:
        session.commit(on_error="continue")
    assert failure.value.report.counts == {"created": 1, "failed": 1}
    assert session.dirty == [task]


def test_an_unknown_setting_is_refused_when_the_model_is_made(world):
    with pytest.raises(ConfigurationError, match="'overwrite', 'raise', 'merge'"):

        class Wrong(world.Task):
            class Meta:
                on_conflict = "ignore"
