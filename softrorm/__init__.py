"""softrorm: the object mapper for Softr Databases.

This module is the public face: what users import, and nothing else. Models, queries and fields are here at once; what
needs a network library (``Client``) is imported when it is first asked for, so that importing softrorm and defining
models stays cheap.
"""

from typing import TYPE_CHECKING, Any

from softrorm import fields
from softrorm._version import __version__
from softrorm.client.errors import (
    AmbiguousWrite,
    APIError,
    BadRequest,
    ConfigurationError,
    ConstraintViolation,
    DeadlineExceeded,
    DoesNotExist,
    DriftError,
    DriftWarning,
    FilterIgnored,
    Forbidden,
    InvalidQuery,
    InvalidState,
    InvalidValue,
    LazyLoadRefused,
    MultipleObjectsReturned,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    RateLimited,
    ReadOnlyField,
    ServiceUnavailable,
    SoftrError,
    TransportError,
    Unauthorized,
    UnknownField,
    ValidationFailed,
)
from softrorm.fields import Choice, DateSpan, File, Person
from softrorm.models import Model, TypedModel
from softrorm.query import Q, QuerySet, RelativeDate, past, this, today, tomorrow, upcoming, yesterday

if TYPE_CHECKING:
    from softrorm.client.cache import Cache as Cache
    from softrorm.client.capture import capture as capture
    from softrorm.client.client import Client as Client
    from softrorm.client.default import configure as configure
    from softrorm.client.dialect import Dialect as Dialect
    from softrorm.models.bulk import BulkError as BulkError
    from softrorm.models.bulk import BulkReport as BulkReport
    from softrorm.models.bulk import JournalError as JournalError
    from softrorm.models.prefetching import aprefetch as aprefetch
    from softrorm.models.prefetching import prefetch as prefetch
    from softrorm.query.aggregates import Avg as Avg
    from softrorm.query.aggregates import Count as Count
    from softrorm.query.aggregates import Max as Max
    from softrorm.query.aggregates import Min as Min
    from softrorm.query.aggregates import Sum as Sum
    from softrorm.query.changes import Change as Change
    from softrorm.query.changes import Checkpoint as Checkpoint
    from softrorm.schema.create import acreate_tables as acreate_tables
    from softrorm.schema.create import create_tables as create_tables
    from softrorm.session import CommitError as CommitError
    from softrorm.session import CommitReport as CommitReport
    from softrorm.session import Conflict as Conflict
    from softrorm.session import Session as Session

_LAZY = {
    "Avg": "softrorm.query.aggregates",
    "Count": "softrorm.query.aggregates",
    "Max": "softrorm.query.aggregates",
    "Min": "softrorm.query.aggregates",
    "Sum": "softrorm.query.aggregates",
    "BulkError": "softrorm.models.bulk",
    "BulkReport": "softrorm.models.bulk",
    "JournalError": "softrorm.models.bulk",
    "Cache": "softrorm.client.cache",
    "Change": "softrorm.query.changes",
    "Checkpoint": "softrorm.query.changes",
    "Client": "softrorm.client.client",
    "CommitError": "softrorm.session",
    "CommitReport": "softrorm.session",
    "Conflict": "softrorm.session",
    "Dialect": "softrorm.client.dialect",
    "Session": "softrorm.session",
    "acreate_tables": "softrorm.schema.create",
    "aprefetch": "softrorm.models.prefetching",
    "capture": "softrorm.client.capture",
    "configure": "softrorm.client.default",
    "create_tables": "softrorm.schema.create",
    "prefetch": "softrorm.models.prefetching",
}


if not TYPE_CHECKING:  # a checker would take it to mean that any name may be imported

    def __getattr__(name: str) -> Any:
        if name in _LAZY:
            from importlib import import_module

            value = globals()[name] = getattr(import_module(_LAZY[name]), name)
            return value
        raise AttributeError(f"module 'softrorm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})


__all__ = [
    "APIError",
    "AmbiguousWrite",
    "Avg",
    "BadRequest",
    "BulkError",
    "BulkReport",
    "Cache",
    "Change",
    "Checkpoint",
    "Choice",
    "Client",
    "CommitError",
    "CommitReport",
    "ConfigurationError",
    "Conflict",
    "ConstraintViolation",
    "Count",
    "DateSpan",
    "DeadlineExceeded",
    "Dialect",
    "DoesNotExist",
    "DriftError",
    "DriftWarning",
    "File",
    "FilterIgnored",
    "Forbidden",
    "InvalidQuery",
    "InvalidState",
    "InvalidValue",
    "JournalError",
    "LazyLoadRefused",
    "Max",
    "Min",
    "Model",
    "MultipleObjectsReturned",
    "NotFound",
    "PayloadTooLarge",
    "Person",
    "Q",
    "QuerySet",
    "QuotaExceeded",
    "RateLimited",
    "ReadOnlyField",
    "RelativeDate",
    "ServiceUnavailable",
    "Session",
    "SoftrError",
    "Sum",
    "TransportError",
    "TypedModel",
    "Unauthorized",
    "UnknownField",
    "ValidationFailed",
    "__version__",
    "acreate_tables",
    "aprefetch",
    "capture",
    "configure",
    "create_tables",
    "fields",
    "past",
    "prefetch",
    "this",
    "today",
    "tomorrow",
    "upcoming",
    "yesterday",
]
