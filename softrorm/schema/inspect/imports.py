"""Imports: where a module gets one more, so that they stay sorted as isort and ruff sort them."""

from __future__ import annotations

import ast
import sys
from typing import TypeAlias

from softrorm.schema.inspect.edits import Edits
from softrorm.schema.inspect.layout import WIDTH
from softrorm.schema.inspect.source import first_line, last_line

Statement: TypeAlias = ast.Import | ast.ImportFrom


def add_import(text: str, module: str, name: str = "", alias: str = "") -> str:
    """A module's text with one more import.

    Args:
        text: The text, which is valid Python.
        module: The module.
        name: What to import from it; the module itself unless given.
        alias: What to call it, if not as it is called.

    Makes no request.
    """
    edits = Edits(text)
    tree = ast.parse(text)
    known = _imports(tree)
    shown = f"{name or module} as {alias}" if alias else name or module
    if name:
        for node in known:
            if (
                isinstance(node, ast.ImportFrom)
                and (node.module, node.level) == (module, 0)
                and _is_plain(node, edits.lines)
            ):
                merged = sorted({*map(_spelled, node.names), shown}, key=_rank)
                edits.replace(node.lineno, last_line(node), _from(module, merged))
                return edits.text()
    new = _from(module, [shown]) if name else [f"import {shown}"]
    key = _key(module, bool(name))
    before = [node for node in known if _key_of(node) <= key]
    beside = [node for node in known if _key_of(node)[0] == key[0]]
    if before and (_key_of(before[-1])[0] == key[0] or not beside):
        at = last_line(before[-1])
        new = new if beside else ["", *new]
    elif known:
        at = first_line((beside or known)[0]) - 1
        is_below_docstring = ast.get_docstring(tree, clean=False) is not None and at == last_line(tree.body[0])
        new = [""] * is_below_docstring + new + [""] * (not beside)
    else:
        has_docstring = ast.get_docstring(tree, clean=False) is not None
        rest = tree.body[has_docstring:]
        at = last_line(tree.body[0]) if has_docstring else first_line(rest[0]) - 1 if rest else len(edits.lines)
        new = [""] * has_docstring + new + ["", ""] * (not has_docstring and bool(rest))
    edits.insert(at + 1, new)
    return edits.text()


def _imports(tree: ast.Module) -> list[Statement]:
    """The imports at the top: those before the first statement that is neither an import nor a docstring."""
    found: list[Statement] = []
    for node in tree.body:
        if isinstance(node, Statement):
            found.append(node)
        elif found or not isinstance(node, ast.Expr):
            break
    return found


def _is_plain(node: ast.ImportFrom, lines: list[str]) -> bool:
    """Whether a statement holds nothing but names, so that it can be written anew."""
    own = lines[node.lineno - 1 : last_line(node)]
    return not any("#" in line or ";" in line for line in own) and node.names[0].name != "*"


def _from(module: str, names: list[str]) -> list[str]:
    line = f"from {module} import {', '.join(names)}"
    return [line] if len(line) <= WIDTH else [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def _spelled(name: ast.alias) -> str:
    return f"{name.name} as {name.asname}" if name.asname else name.name


def _rank(name: str) -> tuple[int, str]:
    """The order of names within a statement: constants, classes, the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name


def _key_of(node: Statement) -> tuple[int, bool, str]:
    if isinstance(node, ast.Import):
        return _key(node.names[0].name, False)
    return _key("." * node.level + (node.module or ""), True)


def _key(module: str, is_from: bool) -> tuple[int, bool, str]:
    """The order of statements: the future, the standard library, installed packages, relative ones."""
    top = module.partition(".")[0]
    group = 0 if module == "__future__" else 1 if top in sys.stdlib_module_names else 3 if not top else 2
    return group, is_from, module.lower()
