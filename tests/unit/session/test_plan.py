"""What a commit will send, in which order, and what it costs; the wire holds exactly that."""

import json

from softrorm import Dialect, Model, Session, fields
from softrorm.sandbox import Sandbox
from softrorm.schema import create_tables


def kinds(plan):
    return [(one.kind, str(one.instance), one.fields) for one in plan.operations]


def test_a_commit_sends_exactly_what_changed_in_a_legal_order_with_exactly_those_keys(world):
    first, second, third = (world.saved(world.Task, title=title, qty=1, tags=["a"]) for title in ("x", "y", "z"))
    world.writes()
    with world.session() as session:
        one, two, gone = (session.get(world.Task, id) for id in (first, second, third))
        project = world.Project(name="P")
        task = world.Task(title="new", project=project)
        child = world.Task(title="child", parent=task)
        session.add(child)
        one.qty = 2
        two.tags = []
        two.project = project
        session.delete(gone)
    sent = world.writes()
    assert sent[:3] == [
        ("POST", "Project", {"name": "P"}),
        ("POST", "Task", {"title": "new", "project": [project.id]}),
        ("POST", "Task", {"title": "child", "parent": [task.id]}),
    ]
    assert sent[3:5] == [("PATCH", first, {"qty": 2}), ("PATCH", second, {"tags": [], "project": [project.id]})]
    assert sent[5:] == [("DELETE", third, None)]
    assert len(world.sandbox.requests) == 0


def test_the_same_holds_with_many_requests_at_once(world):
    ids = [world.saved(world.Task, title=f"old {number}") for number in range(10)]
    world.writes()
    with world.session(workers=8) as session:
        projects = [world.Project(name=f"P{number}") for number in range(10)]
        session.add_all(world.Task(title=f"t{number}", project=project) for number, project in enumerate(projects))
        for id in ids[:5]:
            session.get(world.Task, id).qty = 1
        for id in ids[5:]:
            session.delete(session.get(world.Task, id))
    sent = [(method, what) for method, what, _ in world.writes()]
    assert set(sent[:10]) == {("POST", "Project")}
    assert set(sent[10:20]) == {("POST", "Task")}
    assert set(sent[20:25]) == {("PATCH", id) for id in ids[:5]}
    assert set(sent[25:]) == {("DELETE", id) for id in ids[5:]}


def test_a_plan_makes_no_request_and_changes_nothing(world):
    id = world.saved(world.Task, title="a")
    session = world.session()
    task = session.get(world.Task, id)
    task.qty = 5
    world.sandbox.requests.clear()
    assert [str(session.plan()) for _ in range(2)] == [str(session.plan())] * 2
    assert world.sandbox.requests == []
    assert session.dirty == [task]


def test_a_plan_reads_well(world):
    id = world.saved(world.Task, title="old")
    session = world.session()
    task = session.get(world.Task, id)
    project = world.Project(name="P")
    task.project = project
    task.qty = 2
    session.add(world.Task(title="new", project=project))
    assert str(session.plan()) == (
        "  1. create Project P: name\n"
        "  2. create Task new: title, project\n"
        "  3. update Task old: qty, project\n"
        "3 requests, about 0.1 s at the present budget"
    )
    session.rollback()
    assert str(session.plan()) == "Nothing to send."


def test_a_plan_is_json(world):
    session = world.session()
    session.add(world.Task(title="new", qty=1))
    plan = json.loads(json.dumps(session.plan().to_dict()))
    assert plan["requests"] == 1
    assert plan["operations"] == [
        {"kind": "create", "model": "Task", "id": None, "fields": ["title", "qty"], "stage": 0, "requests": 1}
    ]


def test_a_plan_counts_the_reads_of_conflict_detection_and_its_time(world):
    for number in range(60):
        world.saved(world.Raising, title=str(number))
    session = Session(world.sandbox.client(rates=(20, 30)))
    world.Raising.bind(session.client, database=world.database)
    tasks = list(session.query(world.Raising))
    for task in tasks:
        task.qty = 1
    plan = session.plan()
    assert plan.requests == 120
    assert plan.seconds == 3  # 60 reads at 20/s, beside 60 writes at 30/s
    assert "120 requests, about 3.0 s" in str(plan)


def test_reads_and_writes_of_one_budget_take_their_times_together(world):
    with Sandbox(dialect=Dialect.JUNE_2025) as sandbox:
        client = sandbox.client(rates=(20, 10))
        database = create_tables(client, [world.Project, world.Task, world.Person], workspace=sandbox.workspace_id)
        world.Raising.bind(client, database=database)
        session = Session(client)
        task = world.Raising(title="a")
        task.save(using=client)
        session.add(task)
        task.qty = 1
        assert session.plan().seconds == 1 / 20 + 1 / 10


def test_creates_come_in_levels_by_their_links(world):
    session = world.session()
    leaf = world.Task(title="leaf")
    middle = world.Task(title="middle", parent=leaf)
    session.add(world.Task(title="top", parent=middle, project=world.Project(name="P")))
    assert [{str(one.instance) for one in stage} for stage in session.plan().stages()] == [
        {"leaf", "P"},
        {"middle"},
        {"top"},
    ]


def test_a_link_to_oneself_is_written_by_a_later_update_of_that_field_alone(world):
    session, task = world.session(), world.Task(title="a", qty=1)
    task.parent = task
    session.add(task)
    assert kinds(session.plan()) == [("create", "a", ("title", "qty")), ("link", "a", ("parent",))]
    session.commit()
    assert world.writes() == [("POST", "Task", {"title": "a", "qty": 1}), ("PATCH", task.id, {"parent": [task.id]})]
    assert world.stored(world.Task)[task.id]["parent"] == task.id
    assert not task.is_dirty


def test_a_cycle_is_cut_once_and_what_only_leads_to_it_is_not(world):
    session = world.session()
    tasks = [world.Task(title=str(number)) for number in range(4)]
    for task, parent in zip(tasks, [*tasks[1:], tasks[1]], strict=True):  # 0 -> 1 -> 2 -> 3 -> 1
        task.parent = parent
    session.add(tasks[0])
    assert [one.kind for one in session.plan().operations].count("link") == 1
    assert tasks[0] not in [one.instance for one in session.plan().operations if one.kind == "link"]
    session.commit()
    assert [values["parent"] for values in sorted(world.stored(world.Task).values(), key=lambda one: one["title"])] == [
        tasks[at].id for at in (1, 2, 3, 1)
    ]


def test_a_required_link_is_not_cut_out_of_a_cycle():
    class Head(Model):
        name = fields.SingleLineText()
        body = fields.LinkedRecord(to="Body", required=True)

    class Body(Model):
        name = fields.SingleLineText()
        head = fields.LinkedRecord(to=Head)

    with Sandbox() as sandbox:
        client = sandbox.client()
        create_tables(client, [Head, Body], workspace=sandbox.workspace_id)
        session = Session(client)
        head, body = Head(name="h", body="x"), Body(name="b")
        head.body, body.head = body, head
        session.add(head)
        assert kinds(session.plan()) == [
            ("create", "b", ("name",)),
            ("create", "h", ("name", "body")),
            ("link", "b", ("head",)),
        ]
        assert session.commit().ok


def test_what_a_new_object_links_to_comes_along(world):
    session = world.session()
    project = world.Project(name="P")
    task = world.Task(title="a", project=project)
    session.add(task)
    session.commit()
    assert project in session
    assert world.stored(world.Task)[task.id]["project"] == project.id


def test_what_an_edited_object_links_to_comes_along(world):
    id = world.saved(world.Project, name="P")
    session = world.session()
    session.get(world.Project, id).members.append(world.Person(name="Ada"))
    session.commit()
    assert [values["projects"] for values in world.stored(world.Person).values()] == [[id]]


def test_a_change_undone_is_none(world):
    id = world.saved(world.Task, title="a", tags=["a"])
    session = world.session()
    task = session.get(world.Task, id)
    task.qty, task.title = 1, "b"
    task.tags.append("b")
    task.qty, task.title = None, "a"
    task.tags.pop()
    assert len(session.plan()) == 0
    world.writes()
    assert session.commit().counts == {}
    assert world.writes() == []


def test_an_object_that_is_to_be_deleted_is_not_updated_before(world):
    session = world.session()
    task = session.get(world.Task, world.saved(world.Task, title="a"))
    task.qty = 5
    session.delete(task)
    assert kinds(session.plan()) == [("delete", "a", ())]
