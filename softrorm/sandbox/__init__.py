"""The API, embedded: a second, independent reading of the documents that shares no code with the mapper.

``Sandbox`` is what users import. ``app`` routes requests to ``tables``, ``fieldschema``, ``records`` and ``search``;
``celltypes`` is the table of field types and ``operators`` that of operators; ``store`` holds everything, ``habits``
says what to do where nobody knows, and ``server`` puts it on a port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from softrorm.sandbox.sandbox import LoggedRequest, Sandbox
    from softrorm.sandbox.server import Server

__all__ = ["LoggedRequest", "Sandbox", "Server"]


def __getattr__(name: str) -> Any:
    if name in {"LoggedRequest", "Sandbox"}:
        from softrorm.sandbox import sandbox

        return getattr(sandbox, name)
    if name == "Server":
        from softrorm.sandbox.server import Server

        return Server
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
