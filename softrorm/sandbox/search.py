"""Search: from the body of a request to the records it asks for, in order (wire-facts 10).

A condition becomes a function that picks, from a list of positions, those whose decoded cell passes its test; it makes
one pass over one column. AND narrows the list from condition to condition, OR asks each one about what is left. Both
work with a stack of their own, so that groups nest without limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from softrorm.sandbox import operators
from softrorm.sandbox.celltypes import Scene, kind_of
from softrorm.sandbox.celltypes.temporal import only_dates
from softrorm.sandbox.operators import OPERATORS, CodedFamily, Family, ListFamily
from softrorm.sandbox.problems import bad_request, brief

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from softrorm.sandbox.celltypes import CellType
    from softrorm.sandbox.habits import Habits
    from softrorm.sandbox.model import Field, Row

    Picker = Callable[[Sequence[int]], Sequence[int]]

SYSTEM_TIMES: dict[str, Callable[[Row], int]] = {
    "created_at": lambda row: row.created,
    "updated_at": lambda row: row.updated,
}
IGNORED_SORTS = {"createdAt", "updatedAt"}
"""Names that an order ignores in silence (wire-facts 10)."""


class Group:
    """AND or OR over conditions and further groups. An empty one asks nothing: every record passes."""

    __slots__ = ("children", "operator")

    def __init__(self, operator: str) -> None:
        self.operator = operator
        self.children: list[Group | Picker] = []


class Search:
    """One request's way through a table.

    Args:
        scene: The table and the moment.
        habits: The operators known, the key of the order, and where empty cells go.
    """

    def __init__(self, scene: Scene, habits: Habits) -> None:
        self._scene = scene
        self._habits = habits

    def find(self, body: dict[str, Any]) -> Sequence[int]:
        """The positions of all records that a body asks for, in the order it asks for.

        Raises:
            Problem: 400 BAD_REQUEST; the filter or the order is malformed.
        """
        found = pick(self._filter(body.get("filter")), range(len(self._scene.table.rows)))
        return self._sorted(found, body.get(self._habits.sort_key))

    # --- filters -----------------------------------------------------------------------------------------------

    def _filter(self, given: Any) -> Group:
        root = Group("AND")
        if given is None or given == {}:
            return root
        if not isinstance(given, dict):
            raise bad_request('"filter" is an object with one key, "condition".')
        condition = given.get("condition")
        if condition is None or condition == {}:
            if given and "condition" not in given:
                raise bad_request(f'"filter" has the keys {sorted(given)}; right would be "condition".')
            return root
        pending = [(condition, root)]
        while pending:
            one, parent = pending.pop()
            if not isinstance(one, dict):
                raise bad_request(f"{brief(one)} is no condition; right would be an object with operator and leftSide.")
            operator = one.get("operator")
            if not isinstance(operator, str) or operator not in self._habits.operators:
                raise bad_request(
                    f"{brief(operator)} is no operator; there are: {', '.join(sorted(self._habits.operators))}."
                )
            if operator not in {"AND", "OR"}:
                parent.children.append(self._condition(one, operator))
                continue
            group, children = Group(operator), one.get("conditions")
            if not isinstance(children, list):
                raise bad_request(f'{operator} needs a list "conditions"; it has {brief(children)}.')
            parent.children.append(group)
            pending.extend((child, group) for child in reversed(children))
        return root

    def _condition(self, given: dict[str, Any], name: str) -> Picker:
        operator = OPERATORS[name]
        family, column = self._column(given.get("leftSide"), "leftSide")
        if operator.test is None:
            if operator.negative:
                return lambda rows: [at for at in rows if column[at] is not None]
            return lambda rows: [at for at in rows if column[at] is None]
        test = operator.test(family, *_operands(given, name, operator.shape))
        if not operator.negative:
            return lambda rows: [at for at in rows if (cell := column[at]) is not None and test(cell)]
        if self._habits.negatives_match_empty:
            return lambda rows: [at for at in rows if (cell := column[at]) is None or not test(cell)]
        return lambda rows: [at for at in rows if (cell := column[at]) is not None and not test(cell)]

    def _column(self, name: Any, role: str) -> tuple[Family, list[Any]]:
        table = self._scene.table
        if name in SYSTEM_TIMES if isinstance(name, str) else False:
            form = self._habits.only("system_date_filter")
            family = operators.time_family(self._scene.now, only_dates=False, form=form)
            return family, table.column(name, SYSTEM_TIMES[name])
        field = table.fields.get(name) if isinstance(name, str) else None
        if field is None:
            raise bad_request(f"Table {table.id} has no field {brief(name)}, which is the {role}; fields go by id.")
        return self._family(field), kind_of(field).column(field, self._scene)

    def _family(self, field: Field) -> Family:
        kind, leaf, scene, several = kind_of(field).compared_as(field, self._scene)
        if kind.family == "coded":
            by = self._habits.only("select_filter") if leaf.type == "SELECT" else None
            return CodedFamily(kind.words(leaf, scene), by)
        family = self._plain_family(kind, leaf)
        return ListFamily(family) if several else family

    def _plain_family(self, kind: CellType, field: Field) -> Family:
        if kind.family == "time":
            return operators.time_family(self._scene.now, only_dates=only_dates(field))
        if kind.family == "number":
            return operators.number_family(self._habits.only("number_filter"))
        return operators.flag_family() if kind.family == "flag" else operators.text_family()

    # --- orders ------------------------------------------------------------------------------------------------

    def _sorted(self, found: Sequence[int], given: Any) -> Sequence[int]:
        """Sort by the last key first: every sort is stable, and ties stay in the default order."""
        for name, descending in reversed(_sort_items(given)):
            family, column = self._column(name, "sortingField")
            empty = [at for at in found if column[at] is None] if None in column else []
            filled = [at for at in found if column[at] is not None] if empty else list(found)
            key: Any = column.__getitem__
            if isinstance(family, CodedFamily):
                texts = {at: family.order_key(column[at]) for at in filled}
                key = texts.__getitem__
            filled.sort(key=key, reverse=descending)
            empty_first = (self._habits.nulls == "first") != descending
            found = empty + filled if empty_first else filled + empty
        return found


def pick(root: Group, rows: Sequence[int]) -> Sequence[int]:
    """The positions that pass a group.

    Args:
        root: The group.
        rows: The positions to choose from, ascending.

    Returns:
        Those that pass, ascending.
    """
    stack = [_Visit(root, rows)]
    answer: Sequence[int] | None = None
    while True:
        visit = stack[-1]
        if answer is not None:
            visit.take(answer)
        child = visit.next()
        if child is None:
            answer = visit.answer()
            stack.pop()
            if not stack:
                return answer
        elif isinstance(child, Group):
            stack.append(_Visit(child, visit.left))
            answer = None
        else:
            answer = child(visit.left)


class _Visit:
    """How far a group has been worked through: the rows it still asks about, and for OR those that passed."""

    __slots__ = ("group", "index", "left", "passed")

    def __init__(self, group: Group, rows: Sequence[int]) -> None:
        self.group = group
        self.left = rows
        self.index = 0
        self.passed: list[int] = []

    def next(self) -> Group | Picker | None:
        if self.index == len(self.group.children) or not self.left:
            return None
        self.index += 1
        return self.group.children[self.index - 1]

    def take(self, rows: Sequence[int]) -> None:
        if self.group.operator == "AND":
            self.left = rows
        elif rows:
            self.passed.extend(rows)
            gone = set(rows)
            self.left = [at for at in self.left if at not in gone]

    def answer(self) -> Sequence[int]:
        if self.group.operator == "AND" or not self.group.children:
            return self.left
        return sorted(self.passed)


def _operands(given: dict[str, Any], name: str, shape: str) -> tuple[Any, ...]:
    right = given.get("rightSide")
    if shape == "bounds":
        lower, upper = given.get("lowerBound"), given.get("upperBound")
        if lower is None and upper is None and right is not None and not isinstance(right, (list, dict)):
            return right, right  # "within RELATIVE_DATE:PAST:WEEK" needs no second bound
        if lower is None or upper is None:
            raise bad_request(f"{name} needs lowerBound and upperBound; they are {brief(lower)} and {brief(upper)}.")
        return lower, upper
    if right is None:
        raise bad_request(f"{name} needs a rightSide.")
    if shape == "many" and not isinstance(right, list):
        raise bad_request(f"{name} needs a list for its rightSide; it is {brief(right)}.")
    return (right,)


def _sort_items(given: Any) -> list[tuple[str, bool]]:
    if given is None or given == {}:
        return []
    items = given if isinstance(given, list) else [given]
    found = []
    for item in items:
        name = item.get("sortingField") if isinstance(item, dict) else None
        if not isinstance(name, str):
            raise bad_request(
                f'{brief(item)} is no order; right would be {{"sortingField": "<field id>", "sortType": "ASC"}}.'
            )
        direction = item.get("sortType") or "ASC"
        if direction not in ("ASC", "DESC"):
            raise bad_request(f"sortType is {brief(direction)}; right would be ASC or DESC.")
        if name not in IGNORED_SORTS:
            found.append((name, direction == "DESC"))
    return found
