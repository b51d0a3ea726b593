"""Modules with models, by the name that a program would import them by."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from softrorm.cli.exits import Exit, Stop
from softrorm.client.errors import SoftrError


def load_module(name: str) -> ModuleType:
    """Import a module, also from the working directory, as ``python -m`` does.

    Args:
        name: Such as ``myapp.models``.

    Raises:
        Stop: There is no such module, or it cannot be imported; the message has the traceback from the module on.
        SoftrError: What softrorm says to its models, with a note of the line.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        # Looking for a module imports the packages that it is in.
        if all(part.isidentifier() for part in name.split(".")) and find_spec(name) is not None:
            return import_module(name)
    except SoftrError as error:
        if where := _place(error):
            error.add_note(where)
        raise
    except Exception as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing is None or not f"{name}.".startswith(f"{missing}."):
            raise Stop(f"{name} cannot be imported.\n{traceback_of(error, _is_user_code)}", Exit.USAGE) from error
    module, _, last = name.rpartition(".")
    if isinstance(getattr(sys.modules.get(module), last, None), type):
        raise Stop(f"{last} is a class in {module}: give the module, {module}.", Exit.USAGE)
    hint = f" Write {name.removesuffix('.py').replace('/', '.')}." if name.endswith(".py") or "/" in name else ""
    raise Stop(f"there is no module {name!r}, neither in this folder nor installed.{hint}", Exit.USAGE)


def traceback_of(error: BaseException, is_user_code: Callable[[str], bool]) -> str:
    """The traceback of an error, from the first frame of a user's code on.

    Args:
        error: The error.
        is_user_code: Whether a file name is one of the user's.
    """
    import traceback

    at = error.__traceback__
    while at is not None and not is_user_code(at.tb_frame.f_code.co_filename):
        at = at.tb_next
    return "".join(traceback.format_exception(type(error), error, at)).rstrip()


def _place(error: BaseException) -> str:
    """Where in a user's code an error of softrorm comes from: ``File "shop/models.py", line 12``."""
    import traceback

    ours = str(Path(__file__).parents[1])
    places = [at for at in traceback.extract_tb(error.__traceback__) if _is_user_code(at.filename)]
    users = [at for at in places if not at.filename.startswith(ours)]
    return f'  File "{users[-1].filename}", line {users[-1].lineno}' if users else ""


def _is_user_code(file: str) -> bool:
    return file != __file__ and "importlib" not in file
