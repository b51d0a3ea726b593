"""What may be assigned: what the attribute reads as, and the shorter forms that its field takes as well."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import assert_type

from tracker import Project, Status, Task

from softrorm import Choice, DateSpan, File, Person


def assignments(task: Task, project: Project) -> None:
    task.title = "Write"
    task.note = None
    task.qty = 5
    task.qty = 2.5
    task.qty = None
    task.price = Decimal("9.90")
    task.price = 10
    task.price = 9.5
    task.price = None
    task.fee = 3
    task.stars = 4
    task.effort = timedelta(minutes=5)
    task.due = datetime.now(UTC)
    task.due = None
    task.day = date(2026, 11, 22)
    task.at = time(12, 30)
    task.period = DateSpan(date(2026, 1, 1), None)
    task.period = (date(2026, 1, 1), date(2026, 2, 1))
    task.status = Status.DONE
    task.status = "Done"
    task.status = None
    task.state = "Done"
    task.kind = Choice("Bug")
    task.kind = "Bug"
    task.tags = ["a"]
    task.tags = [Choice("a"), "b"]
    task.tags = ("a", "b")
    task.stages = [Status.OPEN, "Done"]
    task.urgent = True
    task.project = project
    task.project = "vQ9BI8QUVQiFua"
    task.project = None
    task.owner_project = project
    task.projects = [project, "vQ9BI8QUVQiFua"]
    project.tasks = [task]
    project.parent = project
    task.files = ["https://example.com/a.png", File("https://example.com/b.png")]
    task.files = "https://example.com/a.png"
    task.owner = Person(email="ann@example.com")
    task.owner = "ann@example.com"
    task.owner = None
    task.team = ["ann@example.com", Person(id="u1")]
    task.unknown = {"any": ["json"]}


def edits_in_place(task: Task, project: Project) -> None:
    task.tags.append(Choice("blocked"))
    task.tags.append("blocked")
    task.tags.extend(["late", Choice("new")])
    task.tags.insert(0, "first")
    task.tags[0] = "second"
    task.tags[1:] = ["third", Choice("fourth")]
    task.tags += ["fifth"]
    task.tags.remove("fifth")
    task.tags.index("third")
    task.tags.count("third")
    assert_type("third" in task.tags, bool)
    assert_type(task.tags[0], Choice)
    task.tags = task.tags + ["sixth"]  # noqa: RUF005
    task.stages.append("Done")
    task.stages.append(Status.OPEN)
    task.stages.remove(Status.OPEN)
    task.projects.append(project)
    task.projects.append("vQ9BI8QUVQiFua")
    task.projects.remove(project)
    project.tasks.extend([task, "vQ9BI8QUVQiFua"])
    task.files.append("https://example.com/a.png")
    task.files.append(File("https://example.com/b.png"))
    task.team.append("ann@example.com")
    task.team += [Person(id="u1"), "u2"]


def lists_of_fields_are_lists(task: Task) -> None:
    tags: list[Choice] = task.tags
    projects: list[Project] = task.projects
    files: list[File] = task.files
    team: list[Person] = task.team
    print(tags, projects, files, team)
    assert_type([tag.label for tag in task.tags], list[str])


def assigned_attributes_read_as_their_fields_say(task: Task, project: Project) -> None:
    task.price = 10
    assert_type(task.price, Decimal | None)
    task.status = "Done"
    assert_type(task.status, Status | None)
    task.kind = "Bug"
    assert_type(task.kind, Choice | None)
    task.project = "vQ9BI8QUVQiFua"
    assert_type(task.project, Project | None)
    task.period = (date(2026, 1, 1), date(2026, 2, 1))
    assert_type(task.period, DateSpan | None)
    task.owner = "ann@example.com"
    assert_type(task.owner, Person | None)
    task.files = "https://example.com/a.png"
    print(task.files[0].filename)
    task.tags = ["a"]
    print(task.tags[0].label)
    task.projects = ["vQ9BI8QUVQiFua"]
    print(task.projects[0].name)
    task.team = ["ann@example.com"]
    print(task.team[0].email)
