"""The API as it is on the wire: one method per endpoint, errors, retries and the rate budget.

The errors are here at once; all else is imported when it is first named.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import AmbiguousWrite as AmbiguousWrite
from softrorm.client.errors import APIError as APIError
from softrorm.client.errors import BadRequest as BadRequest
from softrorm.client.errors import ConfigurationError as ConfigurationError
from softrorm.client.errors import ConstraintViolation as ConstraintViolation
from softrorm.client.errors import DeadlineExceeded as DeadlineExceeded
from softrorm.client.errors import Forbidden as Forbidden
from softrorm.client.errors import InvalidValue as InvalidValue
from softrorm.client.errors import NotFound as NotFound
from softrorm.client.errors import PayloadTooLarge as PayloadTooLarge
from softrorm.client.errors import QuotaExceeded as QuotaExceeded
from softrorm.client.errors import RateLimited as RateLimited
from softrorm.client.errors import ServiceUnavailable as ServiceUnavailable
from softrorm.client.errors import SoftrError as SoftrError
from softrorm.client.errors import TransportError as TransportError
from softrorm.client.errors import Unauthorized as Unauthorized
from softrorm.client.errors import UnknownField as UnknownField
from softrorm.client.errors import ValidationFailed as ValidationFailed

if TYPE_CHECKING:
    from softrorm.client import resources as resources
    from softrorm.client.cache import Cache as Cache
    from softrorm.client.client import Client as Client
    from softrorm.client.dialect import Dialect as Dialect
    from softrorm.client.page import Page as Page
    from softrorm.client.resources import Choice as Choice
    from softrorm.client.resources import Database as Database
    from softrorm.client.resources import Table as Table
    from softrorm.client.resources import TableField as TableField
    from softrorm.client.resources import View as View
    from softrorm.client.transport import Transport as Transport

_LAZY = {
    "Cache": "cache",
    "Client": "client",
    "Dialect": "dialect",
    "Page": "page",
    "Transport": "transport",
    **dict.fromkeys(("Choice", "Database", "Table", "TableField", "View"), "resources"),
}


def __getattr__(name: str) -> Any:
    if name == "resources":
        return importlib.import_module(f"{__name__}.resources")
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
