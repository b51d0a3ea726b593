"""Modules with models, by the name that a program would import them by."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from softrorm.cli.exits import Exit, Stop


def load_module(name: str) -> ModuleType:
    """Import a module, also from the working directory, as ``python -m`` does.

    Args:
        name: Such as ``myapp.models``.

    Raises:
        Stop: There is no such module. What goes wrong inside of it keeps its traceback.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        there = find_spec(name) is not None
    except (ModuleNotFoundError, ValueError):
        there = False
    if not there:
        hint = f" Write {name.removesuffix('.py').replace('/', '.')}." if name.endswith(".py") or "/" in name else ""
        raise Stop(f"there is no module {name!r}, neither in this folder nor installed.{hint}", Exit.USAGE)
    return import_module(name)
