"""Working a formula out: a tree, the values of the fields that it names, and a moment make a value.

IF works out both branches, so that an error in the branch that is not taken is an error all the same: nothing public
says so, but it is what explains all published cells. AND, OR and SWITCH stop at the first operand that decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from softrorm.sandbox.formulas import functions, moments, values
from softrorm.sandbox.formulas.syntax import Call, FormulaRefused, Literal, Reference, parse
from softrorm.sandbox.formulas.values import FormulaError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from softrorm.sandbox.formulas.syntax import Node
    from softrorm.sandbox.formulas.values import Context

    Work = Callable[[Node], Any]

FUNCTIONS = {**functions.FUNCTIONS, **moments.FUNCTIONS}
COMPARISONS: dict[str, Callable[[int], bool]] = {
    "<": lambda sign: sign < 0,
    ">": lambda sign: sign > 0,
    "<=": lambda sign: sign <= 0,
    ">=": lambda sign: sign >= 0,
}
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "^": lambda left, right: left**right,
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read.

    Attributes:
        root: Its tree.
        names: The fields that it names, in the order of their first mention.
    """

    root: Node
    names: tuple[str, ...]

    def value(self, cells: Mapping[str, Any], context: Context) -> Any:
        """What it comes to.

        Args:
            cells: The value of each field that it names.
            context: The moment and the record.

        Raises:
            FormulaError: It comes to an error.
        """
        try:
            return _worked_out(self.root, cells, context)
        except RecursionError as error:
            raise FormulaError("nested too deeply") from error


def compiled(formula: str, names: Collection[str]) -> Formula:
    """Read a formula.

    Args:
        formula: The text.
        names: The names of the fields that there are.

    Raises:
        FormulaRefused: It is malformed, or names a function that there is not, or gives one the wrong number of
            arguments.
    """
    root = parse(formula, names)
    found: dict[str, None] = {}
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Reference):
            found[node.name] = None
        elif isinstance(node, Call):
            _check(node)
            pending.extend(reversed(node.arguments))
    return Formula(root, tuple(found))


def _check(node: Call) -> None:
    if node.name in ARITHMETIC or node.name in COMPARISONS or node.name in {"=", "!=", "&", "negative"}:
        return
    least, most = ARITIES.get(node.name) or (FUNCTIONS[node.name][:2] if node.name in FUNCTIONS else (-1, -1))
    if least < 0:
        raise FormulaRefused(f"there is no function {node.name}")
    if not least <= len(node.arguments) <= most:
        wanted = str(least) if least == most else f"{least} or more" if most > MANY else f"{least} to {most}"
        raise FormulaRefused(f"{node.name} takes {wanted} arguments, not {len(node.arguments)}")


def _worked_out(root: Node, cells: Mapping[str, Any], context: Context) -> Any:
    def work(node: Node) -> Any:
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Reference):
            return cells.get(node.name)
        special = SPECIAL.get(node.name)
        if special is not None:
            return special(node.arguments, work)
        operands = [work(one) for one in node.arguments]
        if node.name in FUNCTIONS:
            try:
                return FUNCTIONS[node.name][2](context, *operands)
            except (ArithmeticError, ValueError) as error:  # such as a number that is too large
                raise FormulaError(f"{node.name}: {error}") from error
        return _operated(node.name, operands)

    return work(root)


def _operated(name: str, operands: list[Any]) -> Any:
    if name == "&":
        return "".join(map(values.text, operands))
    if name == "negative":
        return -values.number(operands[0]) or 0
    left, right = operands
    if name in {"=", "!="}:
        return values.equal(left, right) is (name == "=")
    if name in COMPARISONS:
        sign = values.order(left, right)
        return sign is not None and COMPARISONS[name](sign)
    try:
        return values.finite(ARITHMETIC[name](float(values.number(left)), float(values.number(right))))
    except ArithmeticError as error:
        raise FormulaError(str(error)) from error


def _if(arguments: tuple[Node, ...], work: Work) -> Any:
    test, *branches = [work(one) for one in arguments]
    chosen = 0 if values.truth(test) else 1
    return branches[chosen] if chosen < len(branches) else None


def _switch(arguments: tuple[Node, ...], work: Work) -> Any:
    wanted, rest = work(arguments[0]), arguments[1:]
    for case, result in zip(rest[::2], rest[1::2], strict=False):
        if values.equal(wanted, work(case)):
            return work(result)
    return work(rest[-1]) if len(rest) % 2 else None


def _fails(node: Node, work: Work) -> bool:
    try:
        work(node)
    except FormulaError:
        return True
    return False


def _if_error(arguments: tuple[Node, ...], work: Work) -> Any:
    try:
        return work(arguments[0])
    except FormulaError:
        return work(arguments[1])


MANY = 1000
SPECIAL: dict[str, Callable[[tuple[Node, ...], Work], Any]] = {
    "IF": _if,
    "SWITCH": _switch,
    "AND": lambda arguments, work: all(values.truth(work(one)) for one in arguments),
    "OR": lambda arguments, work: any(values.truth(work(one)) for one in arguments),
    "ISERROR": lambda arguments, work: _fails(arguments[0], work),
    "IFERROR": _if_error,
}
ARITIES = {
    "IF": (2, 3),
    "SWITCH": (3, 10**6),
    "AND": (1, 10**6),
    "OR": (1, 10**6),
    "ISERROR": (1, 1),
    "IFERROR": (2, 2),
}
