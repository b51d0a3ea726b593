"""The vocabulary of queries: operators, conditions, the compiler and the lazy query set."""

from softrorm.query.conditions import Q
from softrorm.query.manager import Manager
from softrorm.query.queryset import QuerySet
from softrorm.query.relative import RelativeDate, past, this, today, tomorrow, upcoming, yesterday

__all__ = [
    "Manager",
    "Q",
    "QuerySet",
    "RelativeDate",
    "past",
    "this",
    "today",
    "tomorrow",
    "upcoming",
    "yesterday",
]
