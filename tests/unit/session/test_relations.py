"""The two sides of a relation: one write serves both, none undoes the other, loaded objects show what came of it."""

import pytest

from softrorm import CommitError


def test_one_write_serves_both_sides_of_a_new_relation(world):
    session = world.session()
    project, task = world.Project(name="P"), world.Task(title="a")
    task.project = project
    project.tasks = [task]
    session.add(project)
    session.commit()
    assert world.writes() == [
        ("POST", "Project", {"name": "P"}),
        ("POST", "Task", {"title": "a", "project": [project.id]}),
    ]
    assert project.tasks == [task]
    assert session.commit().counts == {}


def test_one_write_serves_both_sides_of_an_edited_relation(world):
    first, second = (world.saved(world.Project, name=name) for name in "PQ")
    id = world.saved(world.Task, title="a", project=first)
    session = world.session()
    one, two, task = session.get(world.Project, first), session.get(world.Project, second), session.get(world.Task, id)
    one.tasks.remove(task)
    two.tasks.append(task)
    task.project = two
    world.writes()
    session.commit()
    assert world.writes() == [("PATCH", id, {"project": [second]})]
    assert (one.tasks, two.tasks, task.project) == ([], [task], two)


def test_one_write_serves_both_sides_of_many_to_many(world):
    session = world.session()
    project, person = world.Project(name="P"), world.Person(name="Ada")
    project.members.append(person)
    person.projects.append(project)
    session.add_all([project, person])
    session.commit()
    assert [method for method, _, _ in world.writes()] == ["POST", "POST"]
    assert project.members == [person]
    assert person.projects == [project]


def test_a_list_that_is_edited_elsewhere_too_does_not_undo_the_new_link_of_a_task(world):
    id = world.saved(world.Project, name="P")
    other = world.saved(world.Task, title="other")
    session = world.session()
    project = session.get(world.Project, id)
    project.tasks.append(session.get(world.Task, other))
    task = world.Task(title="new", project=project)
    session.add(task)
    session.commit()
    assert {values["title"]: values["project"] for values in world.stored(world.Task).values()} == {
        "other": id,
        "new": id,
    }
    assert set(world.stored(world.Project)[id]["tasks"]) == {other, task.id}


def test_a_list_that_is_edited_too_does_not_take_back_a_task_that_moved_away(world):
    first, second = (world.saved(world.Project, name=name) for name in "PQ")
    moving, staying = (world.saved(world.Task, title=title, project=first) for title in "ab")
    new = world.saved(world.Task, title="c")
    session = world.session()
    project = session.get(world.Project, first)
    project.tasks.append(session.get(world.Task, new))
    session.get(world.Task, moving).project = session.get(world.Project, second)
    session.commit()
    stored = world.stored(world.Project)
    assert set(stored[first]["tasks"]) == {staying, new}
    assert stored[second]["tasks"] == [moving]


def test_a_task_taken_from_one_project_and_put_into_the_list_of_another_is_in_the_other(world):
    first, second = (world.saved(world.Project, name=name) for name in "PQ")
    id = world.saved(world.Task, title="a", project=first)
    session = world.session()
    session.get(world.Task, id).project = None
    session.get(world.Project, second).tasks.append(session.get(world.Task, id))
    session.commit()
    assert world.stored(world.Task)[id]["project"] == second


def test_a_single_link_is_right_where_a_list_says_otherwise(world):
    first, second = (world.saved(world.Project, name=name) for name in "PQ")
    session = world.session()
    task = world.Task(title="a", project=session.get(world.Project, first))
    session.get(world.Project, second).tasks.append(task)
    session.add(task)
    session.commit()
    assert world.stored(world.Task)[task.id]["project"] == first


def test_edits_of_both_lists_of_many_to_many_add_up(world):
    projects = [world.saved(world.Project, name=name) for name in "PQ"]
    people = [world.saved(world.Person, name=name, projects=[projects[0]]) for name in ("Ada", "Bob")]
    session = world.session()
    one, two = (session.get(world.Project, id) for id in projects)
    ada, bob = (session.get(world.Person, id) for id in people)
    one.members.remove(ada)
    bob.projects.append(two)
    two.members.append(ada)
    bob.projects.remove(one)
    session.commit()
    stored = world.stored(world.Project)
    assert stored[projects[0]]["members"] == []
    assert set(stored[projects[1]]["members"]) == set(people)


def test_loaded_inverse_links_are_read_anew_after_a_write(world):
    id = world.saved(world.Project, name="P")
    session = world.session()
    project = session.get(world.Project, id)
    assert project.tasks == []
    task = world.Task(title="a", project=project)
    session.add(task)
    session.commit()
    world.reads()
    assert project.tasks == [task]
    assert project.tasks[0] is task
    assert world.reads() == [("GET", id)]


def test_a_task_that_moves_leaves_the_loaded_list_that_held_it(world):
    first, second = (world.saved(world.Project, name=name) for name in "PQ")
    id = world.saved(world.Task, title="a", project=first)
    session = world.session()
    one, two = session.get(world.Project, first), session.get(world.Project, second)
    assert [task.id for task in one.tasks] == [id]
    two.tasks.append(session.get(world.Task, id))
    session.commit()
    assert one.tasks == []
    assert session.get(world.Task, id).project is two


def test_a_link_that_is_to_be_read_anew_can_be_emptied_unread(world):
    id = world.saved(world.Project, name="P")
    session = world.session()
    project = session.get(world.Project, id)
    assert project.tasks == []
    session.add(world.Task(title="a", project=project))
    session.commit()
    project.tasks = []
    session.commit()
    assert [values["project"] for values in world.stored(world.Task).values()] == [None]


def test_a_record_that_went_away_before_its_links_were_read_anew_says_so(world):
    id = world.saved(world.Project, name="P")
    session = world.session()
    project = session.get(world.Project, id)
    assert project.tasks == []
    session.add(world.Task(title="a", project=project))
    session.commit()
    place = world.place(world.Project)
    world.quiet.delete_record(place.database, place.table, id)
    assert project.tasks == []
    assert project.is_dangling


def test_a_link_that_another_write_should_have_made_is_sent_by_the_next_commit(world):
    first, second = (world.saved(world.Project, name=name) for name in "PQ")
    id = world.saved(world.Task, title="a", project=first)
    session = world.session()
    one, two, task = session.get(world.Project, first), session.get(world.Project, second), session.get(world.Task, id)
    one.tasks.remove(task)
    two.tasks.append(task)
    task.project = two
    with (
        world.sandbox.faults.added("server_error", status=500, method="PATCH"),
        pytest.raises(CommitError),
    ):
        session.commit()
    assert set(map(id_of, session.dirty)) == {first, second, id}
    world.writes()
    session.commit()
    assert world.writes() == [("PATCH", id, {"project": [second]})]


def id_of(instance):
    return instance.id


def test_links_of_a_record_that_was_deleted_stay_and_say_so(world):
    id = world.saved(world.Project, name="P")
    gone, kept = (world.saved(world.Task, title=title, project=id) for title in "ab")
    session = world.session()
    project = session.get(world.Project, id)
    session.delete(session.get(world.Task, gone))
    session.commit()
    assert [(task.id, task.is_dangling) for task in project.tasks] == [(gone, True), (kept, False)]
    project.tasks.append(session.get(world.Task, world.saved(world.Task, title="c")))
    session.commit()
    assert len(world.stored(world.Project)[id]["tasks"]) == 3


def test_a_list_does_not_bring_back_what_left_it_by_a_link_that_is_to_be_read_anew(world):
    id, other = (world.saved(world.Task, title=title) for title in "ab")
    session = world.session()
    project, task = world.Project(name="P"), session.get(world.Task, id)
    project.tasks = [task]
    session.add(project)
    session.commit()
    task.project = None
    project.tasks.append(session.get(world.Task, other))
    session.commit()
    assert {key: one["project"] for key, one in world.stored(world.Task).items()} == {id: None, other: project.id}


def test_a_list_that_is_to_be_read_anew_and_set_unread_is_written(world):
    id = world.saved(world.Project, name="P")
    session = world.session()
    project = session.get(world.Project, id)
    assert project.tasks == []
    session.add(world.Task(title="first", project=project))
    session.commit()
    second = world.Task(title="second", project=project)
    project.tasks = [second]
    session.add(second)
    session.commit()
    assert world.stored(world.Project)[id]["tasks"] == [second.id]


def test_a_link_that_one_side_gave_up_stays_so_after_a_write_of_the_other_side_failed(world):
    project = world.saved(world.Project, name="P")
    first, second = (world.saved(world.Person, name=name, projects=[project]) for name in ("Ada", "Bob"))
    session = world.session()
    project, ada, bob = (
        session.get(world.Project, project),
        session.get(world.Person, first),
        session.get(world.Person, second),
    )
    project.members.remove(ada)
    with world.sandbox.faults.added("lost_answer", method="PATCH", times=None), pytest.raises(CommitError):
        session.commit()
    bob.projects.clear()
    session.commit()
    assert world.stored(world.Project)[project.id]["members"] == []


def test_a_link_that_arrived_unheard_and_is_given_up_on_the_other_side_is_gone(world):
    project, person = world.saved(world.Project, name="P"), world.saved(world.Person, name="Ada")
    session = world.session()
    project, person = session.get(world.Project, project), session.get(world.Person, person)
    project.members.append(person)
    with world.sandbox.faults.added("lost_answer", method="PATCH", times=None), pytest.raises(CommitError):
        session.commit()
    assert person.projects == [project]
    person.projects.remove(project)
    session.commit()
    assert world.stored(world.Project)[project.id]["members"] == []
    assert project.members == []
