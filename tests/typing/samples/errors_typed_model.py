"""Constructor keywords that ``TypedModel`` refuses, and declarations that cannot be."""

from tracker import Task
from typed_model import Ticket

from softrorm import fields


def constructors(task: Task) -> None:
    Ticket(title=5)  # error: mypy, pyright
    Ticket(tilte="x")  # error: mypy, pyright
    Ticket(title=None)  # error: mypy, pyright
    Ticket(status=5)  # error: mypy, pyright
    Ticket(project=task)  # error: mypy, pyright
    Ticket(priority=5)  # error: mypy, pyright
    Ticket(owner=["ann@example.com"])  # error: mypy, pyright
    Ticket("x")  # error: mypy, pyright


def declarations() -> None:
    fields.DateTime("aa001", requird=True)  # error: mypy, pyright
    fields.SingleLineText("aa001", precision=2)  # error: mypy, pyright
    fields.Number("aa001", max_length=2)  # error: mypy, pyright
    fields.Select("aa001", choices=5)  # error: mypy, pyright
    fields.LinkedRecord("aa001")  # error: mypy, pyright
    fields.Duration("aa001", unit="hours")  # error: mypy, pyright
    fields.Checkbox(5)  # error: mypy, pyright
    fields.Formula("aa001", returns=int)  # error: mypy, pyright
    fields.Nubmer("aa001")  # error: mypy, pyright
