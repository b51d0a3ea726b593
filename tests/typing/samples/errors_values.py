"""Values that a field cannot hold, and attributes that nobody may set."""

from datetime import datetime

from tracker import Project, Task


def wrong_values(task: Task, project: Project) -> None:
    task.due = 5  # error: mypy, pyright
    task.begin = None  # error: mypy, pyright
    task.title = None  # error: mypy, pyright
    task.title = 5  # error: mypy, pyright
    task.qty = "5"  # error: mypy, pyright
    task.price = "9.90"  # error: mypy, pyright
    task.stars = 2.5  # error: mypy, pyright
    task.raw_effort = "1h"  # error: mypy, pyright
    task.effort = 300  # error: mypy, pyright
    task.status = 5  # error: mypy, pyright
    task.state = None  # error: mypy, pyright
    task.tags = 5  # error: mypy, pyright
    task.tags = [5]  # error: mypy, pyright
    task.urgent = None  # error: mypy, pyright
    task.project = 5  # error: mypy, pyright
    task.project = task  # error: mypy, pyright
    task.owner_project = None  # error: mypy, pyright
    task.projects = [task]  # error: mypy, pyright
    task.files = 5  # error: mypy, pyright
    task.owner = 5  # error: mypy, pyright
    task.owner = ["ann@example.com"]  # error: mypy, pyright
    task.team = [5]  # error: mypy, pyright


def wrong_items(task: Task, project: Project) -> None:
    task.tags.append(5)  # error: mypy, pyright
    task.tags.extend([5])  # error: mypy, pyright
    task.tags[0] = 5  # error: mypy, pyright
    task.tags += [5]  # error: mypy, pyright
    task.projects.append(task)  # error: mypy, pyright
    project.tasks.append(project)  # error: mypy, pyright
    task.files.append(5)  # error: mypy, pyright
    task.team.append(5)  # error: mypy, pyright


def values_that_the_service_computes(task: Task) -> None:
    task.id = "vQ9BI8QUVQiFua"  # error: mypy, pyright
    task.created_at = None  # error: mypy, pyright
    task.updated_at = None  # error: mypy, pyright
    task.total = 5  # error: mypy, pyright
    task.anything = 5  # error: mypy, pyright
    task.prices = []  # error: mypy, pyright
    task.newest = None  # error: mypy, pyright
    task.tasks_count = 5  # error: mypy, pyright
    task.number = 5  # error: mypy, pyright
    task.record_id = "x"  # error: mypy, pyright
    task.made = None  # error: mypy, pyright
    task.changed = None  # error: mypy, pyright
    task.author = None  # error: mypy, pyright
    task.editor = None  # error: mypy, pyright
    task.press = 1  # error: mypy, pyright


def values_used_wrongly(task: Task) -> None:
    task.due.isoformat()  # error: mypy, pyright
    task.begin.isoformat()
    task.note.upper()  # error: mypy, pyright
    task.tilte = "x"  # error: mypy, pyright
    task.tilte  # error: mypy, pyright # noqa: B018
    moment: datetime = task.due  # error: mypy, pyright
    print(moment)
