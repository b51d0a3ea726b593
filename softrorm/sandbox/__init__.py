"""The API, embedded: a second, independent reading of the documents that shares no code with the mapper.

``Sandbox`` is what users import. ``app`` routes requests to ``tables``, ``fieldschema``, ``records`` and ``search``,
and ``loading`` takes over a schema from elsewhere; ``celltypes`` is the table of field types and ``operators`` that of
operators; ``store`` holds everything, ``habits`` says what to do where nobody knows, ``faults`` lets things go wrong on
purpose, and ``server`` puts it on a port.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from softrorm.sandbox.fakeclock import FakeClock
    from softrorm.sandbox.faults import Fault, Faults
    from softrorm.sandbox.loading import SchemaRefused
    from softrorm.sandbox.sandbox import LoggedRequest, Sandbox
    from softrorm.sandbox.server import Server
    from softrorm.sandbox.store import FileRefused

__all__ = ["FakeClock", "Fault", "Faults", "FileRefused", "LoggedRequest", "Sandbox", "SchemaRefused", "Server"]

_HOMES = {
    "FakeClock": "fakeclock",
    "Fault": "faults",
    "Faults": "faults",
    "FileRefused": "store",
    "LoggedRequest": "sandbox",
    "Sandbox": "sandbox",
    "SchemaRefused": "loading",
    "Server": "server",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
