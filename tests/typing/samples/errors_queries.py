"""Conditions that a field's family does not have, and what query sets refuse."""

from tracker import Project, Task

from softrorm import Sum


def operators_of_other_families() -> None:
    Task.qty.contains("x")  # error: mypy, pyright
    Task.qty.is_within(1, 2)  # error: mypy, pyright
    Task.title.is_between("a", "b")  # error: mypy, pyright
    Task.title < "x"  # error: mypy, pyright # noqa: B015
    Task.tags.contains("x")  # error: mypy, pyright
    Task.status.has_any_of(["Done"])  # error: mypy, pyright
    Task.status < "Done"  # error: mypy, pyright # noqa: B015
    Task.files.is_one_of(["x"])  # error: mypy, pyright
    Task.urgent.is_empty()  # error: mypy, pyright
    Task.project.contains("x")  # error: mypy, pyright
    Task.due.contains("2026")  # error: mypy, pyright


def operands_of_other_types() -> None:
    Task.qty > "5"  # error: mypy, pyright # noqa: B015
    Task.due < 5  # error: mypy, pyright # noqa: B015
    Task.qty.is_one_of(["x"])  # error: mypy, pyright
    Task.title.contains(5)  # error: mypy, pyright
    Task.title.is_(5)  # error: mypy, pyright
    Task.status.is_one_of([5])  # error: mypy, pyright
    Task.urgent.is_("yes")  # error: mypy, pyright


def query_sets(project: Project) -> None:
    Task.objects.filter("status")  # error: mypy, pyright
    Task.objects.filtered(status="Done")  # error: mypy, pyright
    Task.objects.filter(status="Done").matches(project)  # error: mypy, pyright
    task: Project = Task.objects.get(id="x")  # error: mypy, pyright
    Task.objects.first().title  # error: mypy, pyright # noqa: B018
    Task.tilte  # error: mypy, pyright # noqa: B018
    print(task)


def plain_data() -> None:
    Task.objects.to_columns(links="name")  # error: mypy, pyright
    Task.objects.to_columns(Task.qty)  # error: mypy, pyright
    Task.objects.aggregate("qty")  # error: mypy, pyright
    Task.objects.aggregate(total=Sum)  # error: mypy, pyright
    Sum()  # error: mypy, pyright
