"""Imports: where a module gets one more, so that they stay sorted as isort and ruff sort them."""

from __future__ import annotations

import ast
import sys
from typing import TypeAlias

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
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    tree = ast.parse(text)
    known = _imports(tree)
    shown = f"{name or module} as {alias}" if alias else name or module
    if name:
        for one in known:
            if isinstance(one, ast.ImportFrom) and (one.module, one.level) == (module, 0) and _is_plain(one, lines):
                merged = sorted({*map(_spelled, one.names), shown}, key=_rank)
                lines[one.lineno - 1 : last_line(one)] = _from(module, merged)
                return end.join(lines)
    new = _from(module, [shown]) if name else [f"import {shown}"]
    key = _key(module, bool(name))
    before = [one for one in known if _key_of(one) < key]
    if before:
        after = before[-1]
        at = last_line(after)
        apart = _key_of(after)[0] != key[0]
        new = [""] * apart + new
        # What stood after the last import of its group may be an import of a later one, and is set apart already.
    elif known:
        at = first_line(known[0]) - 1
        new = new + [""] * (_key_of(known[0])[0] != key[0])
    else:
        has_docstring = ast.get_docstring(tree, clean=False) is not None
        at = last_line(tree.body[0]) if has_docstring else 0
        new = [""] * has_docstring + new + ["", ""] * (len(tree.body) > has_docstring)
    lines[at:at] = new
    return end.join(lines)


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
