"""Records as plain data, and one value of many.

What the libraries' own classes are is theirs to say, where they are installed; here it is only used.
"""

from typing import Any, assert_type

from tracker import Task

from softrorm import Avg, Count, Max, Min, Sum


def plain_data() -> None:
    assert_type(Task.objects.to_dicts("title", "due"), list[dict[str, Any]])
    assert_type(Task.objects.filter().to_columns("project", links="label"), dict[str, list[Any]])


def frames() -> None:
    print(Task.objects.to_pandas("qty").shape, Task.objects.to_polars("qty").shape)


def aggregates() -> None:
    assert_type(Task.objects.aggregate(Sum("qty"), latest=Max("due"), n=Count()), dict[str, Any])
    Task.objects.filter().aggregate(Avg("qty"), Min("due"), Count("tags", distinct=True))
